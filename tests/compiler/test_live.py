"""Live numbers: each run of a program reads learning rates anew and counts steps, as a step does that is not traced."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1),
    "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, maximize=True),
    "Adam": lambda p: optim.Adam(p, lr=0.01, weight_decay=0.01),
    "amsgrad": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1, lr_decay=0.1),
}


class Trained:
    """A model, its optimizer, and a step of both."""

    def __init__(self, device, make, dtype=tg.float32):
        g = tg.Generator(0, device)
        self.model = nn.Sequential(nn.Linear(6, 8, generator=g), nn.Tanh(), nn.Linear(8, 3, generator=g))
        self.model.to(dtype)
        self.optimizer = make(self.model.parameters())

    def step(self, x, t):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), t)
        loss.backward()
        self.optimizer.step()
        return loss

    def parameters(self):
        return [p.detach().numpy().copy() for p in self.model.parameters()]


def _batch(device, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    return [tg.asarray(rng.normal(size=(5, n)).astype(dtype), device=device) for n in (6, 3)]


def _both(device, make, dtype=tg.float32):
    return Trained(device, make, dtype), Trained(device, make, dtype)


def _assert_same(eager, traced, rtol=1e-5):
    for p, q in zip(eager.parameters(), traced.parameters()):
        np.testing.assert_allclose(q, p, rtol=rtol, atol=rtol / 10)
    for p, q in zip(eager.model.parameters(), traced.model.parameters()):
        assert eager.optimizer.state[p]["step"] == traced.optimizer.state[q]["step"]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "rtol"), [(tg.float32, 1e-4), (tg.float64, 1e-11)])
def test_twenty_steps_with_a_schedule(device, name, dtype, rtol):
    eager, traced = _both(device, OPTIMIZERS[name], dtype)
    momentum = name not in ("SGD", "Adagrad")
    schedules = [
        optim.OneCycleLR(t.optimizer, max_lr=0.1, total_steps=20, cycle_momentum=momentum) for t in (eager, traced)
    ]
    program = tg.trace(traced.step, *_batch(device, 0, dtype))
    for seed in range(20):
        batch = _batch(device, seed, dtype)
        expected = eager.step(*batch).item()
        assert program(*batch).item() == pytest.approx(expected, rel=rtol)
        for schedule in schedules:
            schedule.step()
    _assert_same(eager, traced, rtol)


def test_a_learning_rate_that_is_set_by_hand(device):
    eager, traced = _both(device, OPTIMIZERS["SGD"])
    batch = _batch(device)
    program = tg.trace(traced.step, *batch)
    for lr in (0.1, 0.0, 0.5):
        eager.optimizer.param_groups[0]["lr"] = traced.optimizer.param_groups[0]["lr"] = lr
        eager.step(*batch)
        program(*batch)
    _assert_same(eager, traced)


def test_groups_have_numbers_of_their_own(device):
    def make(p):
        weights = list(p)
        return optim.SGD([{"params": weights[:2], "lr": 0.5}, {"params": weights[2:], "lr": 0.1, "momentum": 0.9}])

    eager, traced = _both(device, make)
    batch = _batch(device)
    program = tg.trace(traced.step, *batch)
    for i in range(4):
        for each in (eager, traced):
            each.optimizer.param_groups[1]["lr"] = 0.1 * i
        eager.step(*batch)
        program(*batch)
    _assert_same(eager, traced)


def test_several_steps_in_one_program(device):
    eager, traced = _both(device, OPTIMIZERS["Adam"])
    batch = _batch(device)

    def twice(x, t):
        traced.step(x, t)
        return traced.step(x, t)

    program = tg.trace(twice, *batch)
    for _ in range(3):
        program(*batch)
        eager.step(*batch)
        eager.step(*batch)
    _assert_same(eager, traced)


def test_the_first_step_with_dampening_is_another_program(device):
    eager, traced = _both(device, lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5))
    batch = _batch(device)
    first = tg.trace(traced.step, *batch)
    first(*batch)
    with pytest.raises(tg.TraceError, match="gain is 0.5, and was None"):
        first(*batch)
    later = tg.trace(traced.step, *batch)
    for _ in range(2):
        later(*batch)
    for _ in range(3):
        eager.step(*batch)
    _assert_same(eager, traced)


def test_what_a_rule_asked_about_a_number_must_stay(device):
    traced = Trained(device, lambda p: optim.SGD(p, lr=0.1, weight_decay=0.5))
    batch = _batch(device)
    program = tg.trace(traced.step, *batch)
    traced.optimizer.param_groups[0]["weight_decay"] = 0.25
    program(*batch)
    before = traced.parameters()
    traced.optimizer.param_groups[0]["weight_decay"] = 0
    with pytest.raises(tg.TraceError, match=r"weight_decay is 0\.0, and was 0\.5"):
        program(*batch)
    for p, was in zip(traced.parameters(), before):
        np.testing.assert_array_equal(p, was)
    assert {record["step"] for record in traced.optimizer.state.values()} == {1}


def _new_group(t):
    t.optimizer.add_param_group({"params": [tg.ones(2, device=t.model[0].weight.device, requires_grad=True)]})


def _other_moments(t):
    t.optimizer.load_state_dict(t.optimizer.state_dict())


def _other_count(t):
    t.optimizer.state[t.model[2].bias]["step"] = 7


def _fewer_parameters(t):
    t.optimizer.param_groups[0]["params"].pop()


def _another_moment(t):
    record = t.optimizer.state[t.model[0].weight]
    record["exp_avg"] = record["exp_avg"].copy()


def _amsgrad(t):
    t.optimizer.param_groups[0]["amsgrad"] = True


def _maximize(t):
    t.optimizer.param_groups[0]["maximize"] = True


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_new_group, "other groups"), (_other_moments, "other groups"), (_other_count, "counts of steps"),
        (_fewer_parameters, "other parameters"), (_another_moment, "exp_avg"), (_amsgrad, "max_exp_avg_sq"),
        (_maximize, "maximize is True, and was False"),
    ],
)  # fmt: skip
def test_an_optimizer_that_is_another_now(device, change, message):
    traced = Trained(device, OPTIMIZERS["Adam"])
    batch = _batch(device)
    program = tg.trace(traced.step, *batch)
    program(*batch)
    change(traced)
    with pytest.raises(tg.TraceError, match=message):
        program(*batch)


def test_live_numbers_have_names_in_the_text(device):
    traced = Trained(device, OPTIMIZERS["SGD"])
    assert "live" in str(tg.trace(traced.step, *_batch(device)))
    assert ": lr" in str(tg.trace(traced.step, *_batch(device)))


def test_only_their_truth_may_be_asked(device):
    class Odd(optim.SGD):
        @staticmethod
        def rule(xp, p, g, *, lr, **settings):
            p -= lr * g if lr > 0.05 else g

    traced = Trained(device, lambda p: Odd(p, lr=0.1))
    with pytest.raises(tg.TraceError, match=r"bool\(\)"):
        tg.trace(traced.step, *_batch(device))


@pytest.mark.parametrize(
    "make",
    [
        lambda o: optim.StepLR(o, 1),
        lambda o: optim.SequentialLR(o, [optim.StepLR(o, 1), optim.StepLR(o, 2)], milestones=[1]),
        lambda o: optim.ReduceLROnPlateau(o),
    ],
)
def test_schedulers_step_outside(device, make):
    traced = Trained(device, OPTIMIZERS["SGD"])
    schedule = make(traced.optimizer)

    def step(x, t):
        traced.step(x, t)
        schedule.step(*(1.0,) if isinstance(schedule, optim.ReduceLROnPlateau) else ())

    with pytest.raises(tg.TraceError, match=r"test_live\.py, line \d+.*outside"):
        tg.trace(step, *_batch(device))
    assert schedule.last_epoch == 0
