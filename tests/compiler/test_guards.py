"""Programs are used while everything they rely on is as it was: after any change the results are still eager's."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim


class Net(nn.Module):
    """Layers, a dropout, a parameter and a buffer of its own, and a number that it computes with."""

    def __init__(self, device):
        super().__init__()
        g = tg.Generator(0, device)
        self.body = nn.Sequential(nn.Linear(4, 6, generator=g), nn.Tanh(), nn.Dropout(0.5, generator=g))
        self.head = nn.Linear(6, 2, generator=g)
        self.gain = nn.Parameter(tg.ones(1, device=device))
        self.register_buffer("shift", tg.zeros((1,), device=device))
        self.factor = 1.0
        self.sizes = [1]

    def forward(self, x):
        return (self.head(self.body(x)) * self.gain + self.shift) * self.factor * len(self.sizes)


class Training:
    def __init__(self, device, make):
        self.model = Net(device)
        self.optimizer = make(self.model.parameters())

    def step(self, x, t):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), t)
        loss.backward()
        self.optimizer.step()
        return loss


def _batch(device, seed=0):
    rng = np.random.default_rng(seed)
    return [tg.asarray(rng.normal(size=(5, n)).astype(np.float32), device=device) for n in (4, 2)]


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        yield


class Pair:
    """The same training twice: as it is, and compiled."""

    def __init__(self, device, make=lambda p: optim.Adam(p, lr=0.05)):
        self.device = device
        self.eager, self.compiled = Training(device, make), Training(device, make)
        self.step = tg.compile(self.compiled.step)

    def do(self, change):
        for each in (self.eager, self.compiled):
            change(each)

    def check(self, count=2):
        """Train both for some steps; says how many programs there are."""
        for seed in range(count):
            batch = _batch(self.device, seed)
            assert self.step(*batch).item() == pytest.approx(self.eager.step(*batch).item(), rel=1e-4)
        for p, q in zip(self.eager.model.parameters(), self.compiled.model.parameters()):
            np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=1e-3, atol=1e-5)
            assert (p.grad is None) == (q.grad is None)
        return len(self.step.programs)


def _replace_weight(t):
    t.model.head.weight = nn.Parameter(t.model.head.weight.detach() * 2)


def _replace_single_element(t):
    t.model.gain = nn.Parameter(t.model.gain.detach().copy())


def _replace_buffer(t):
    t.model.shift = t.model.shift + 1


def _exchange_child(t):
    t.model.body[1] = nn.ReLU()


def _append_child(t):
    t.model.body.append(nn.Tanh())


def _freeze(t):
    t.model.body.requires_grad_(False)


def _eval(t):
    t.model.eval()


def _other_p(t):
    t.model.body[2].p = 0.25


def _other_number(t):
    t.model.factor = 2.0


def _other_list(t):
    t.model.sizes.append(2)


def _hook(t):
    t.model.body.register_forward_hook(lambda module, inputs, output: output * 2)


def _gradient_hook(t):
    t.model.head.weight.register_hook(lambda g: g * 2)


def _other_forward(t):
    t.model.head.forward = lambda x: x[:, :2]


def _weight_decay(t):
    t.optimizer.param_groups[0]["weight_decay"] = 0.5


def _betas(t):
    t.optimizer.param_groups[0]["betas"] = (0.5, 0.9)


def _new_group(t):
    t.extra = tg.ones(2, device=t.model.gain.device, requires_grad=True)
    t.optimizer.add_param_group({"params": [t.extra]})


def _load(t):
    t.optimizer.load_state_dict(t.optimizer.state_dict())


def _reset(t):
    t.optimizer.state.clear()


def _double(t):
    t.model.to(tg.float64)
    t.model.to(tg.float32)


# How many programs there are after it: a parameter that the optimizer does not know keeps its gradient, which makes one
# more.
CHANGES = {
    _replace_weight: 3, _replace_single_element: 3, _replace_buffer: 2, _exchange_child: 2, _append_child: 2,
    _freeze: 2, _eval: 2, _other_p: 2, _other_number: 2, _other_list: 2, _hook: 2, _gradient_hook: 2,
    _other_forward: 2, _weight_decay: 2, _betas: 1, _new_group: 2, _load: 2, _reset: 2, _double: 1,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_after_a_change(device, change):
    pair = Pair(device)
    assert pair.check() == 1
    pair.do(change)
    assert pair.check() == CHANGES[change]


def test_there_and_back(device):
    pair = Pair(device)
    for mode in (True, False, True, False):
        pair.do(lambda t, mode=mode: t.model.train(mode))
        pair.check()
    assert len(pair.step.programs) == 2
    for decay in (0.1, 0.2, 0.0, 0.3, 0.0):
        pair.do(lambda t, decay=decay: t.optimizer.param_groups[0].update(weight_decay=decay))
        pair.check()
    assert len(pair.step.programs) == 3


def test_values_are_read_anew(device):
    pair = Pair(device)
    pair.check()

    def written(t):
        with tg.no_grad():
            t.model.gain[...] = 3
        t.model.shift += 1
        t.model.load_state_dict({name: x * 0.5 for name, x in t.model.state_dict().items()})
        t.model.head.weight.array = t.model.head.weight.array.copy()
        t.model.body[0].weight.array = t.model.body[0].weight.array.astype(np.float64).astype(np.float32)

    if device == "cpu":
        pair.do(written)
    assert pair.check() == 1


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.05),
    "dampening": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.5, weight_decay=0.01),
    "nesterov": lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.01),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01, amsgrad=True),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.05),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_twenty_steps_with_a_schedule(device, name):
    pair = Pair(device, OPTIMIZERS[name])
    schedules = [optim.CosineAnnealingLR(t.optimizer, T_max=20) for t in (pair.eager, pair.compiled)]
    for _ in range(10):
        pair.check()
        for schedule in schedules:
            schedule.step()
    assert len(pair.step.programs) == (2 if name == "dampening" else 1)


def test_a_schedule_with_a_rate_of_zero(device):
    pair = Pair(device, lambda p: optim.SGD(p, lr=0.1))
    schedules = [optim.LambdaLR(t.optimizer, lambda n: min(n / 3, 1)) for t in (pair.eager, pair.compiled)]
    for _ in range(5):
        pair.check(1)
        for schedule in schedules:
            schedule.step()
    assert len(pair.step.programs) == 1


def test_a_momentum_that_comes_and_goes(device):
    pair = Pair(device, lambda p: optim.SGD(p, lr=0.05))
    for momentum in (0.0, 0.9, 0.5, 0.0, 0.9):
        pair.do(lambda t, momentum=momentum: t.optimizer.param_groups[0].update(momentum=momentum))
        pair.check()
    assert len(pair.step.programs) == 2


def test_a_dropout_alone(device):
    dropout = nn.Dropout(0.5, generator=tg.Generator(0, device))
    f = tg.compile(dropout)
    x = tg.ones(100, device=device)
    assert 0 in f(x).tolist()
    dropout.eval()
    assert 0 not in f(x).tolist()
    dropout.train().p = 1.0
    assert set(f(x).tolist()) == {0}
    assert len(f.programs) == 3


def test_modules_whose_parameters_are_used_without_calling_them(device):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(3, 2, bias=False, generator=tg.Generator(0, device))

        def forward(self, x):
            return x @ self.inner.weight.T

    model = Tied()
    f = tg.compile(model)
    x = tg.ones((1, 3), device=device)
    with tg.no_grad():
        f(x)
        model.inner.weight = nn.Parameter(tg.zeros((2, 3), device=device))
        assert f(x).tolist() == [[0, 0]]


class Annealed(nn.Module):
    """Methods that read attributes of a module which nobody calls."""

    def __init__(self, device):
        super().__init__()
        self.weight = nn.Parameter(tg.ones(2, device=device))
        self.beta = 1.0

    def penalty(self, x):
        return (self.weight * x).detach() * self.beta

    @tg.compile
    def compiled(self, x):
        return self.penalty(x)


class Holder:
    def __init__(self, model):
        self.model = model

    def run(self, x):
        return self.model.penalty(x)


def _by_closure(model):
    return lambda x: model.penalty(x)


@pytest.mark.parametrize(
    "make",
    [
        _by_closure, lambda model: model.penalty, lambda model: Holder(model).run, lambda model: model.compiled,
        lambda model: partial(lambda model, x: model.penalty(x), model),
    ],
)  # fmt: skip
def test_attributes_of_a_module_that_is_not_called(device, make):
    model = Annealed(device)
    f = tg.compile(make(model)) if make(model) is not model.compiled else model.compiled
    x = tg.ones(2, device=device)
    assert f(x).tolist() == [1, 1]
    model.beta = 0.5
    assert f(x).tolist() == [0.5, 0.5]
    model.weight = nn.Parameter(tg.zeros(2, device=device))
    assert f(x).tolist() == [0, 0]


def test_gradient_mode(device):
    w = tg.ones(2, device=device, requires_grad=True)
    f = tg.compile(lambda x: (x * w).detach() * (2 if tg.is_grad_enabled() else 3))
    x = tg.ones(2, device=device)
    assert f(x).tolist() == [2, 2]
    with tg.no_grad():
        assert f(x).tolist() == [3, 3]


def test_what_differs_is_said_in_words(device):
    model = Net(device)
    f = tg.compile(model, cache_size=1)
    x, _ = _batch(device)
    said = []
    with tg.no_grad():
        for turn in range(6):
            model.body[2].train(turn % 2 == 0)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                f(x)
            said += [str(w.message) for w in caught]
    assert len(said) == 1
    assert "Dropout.training is True, and was False" in said[0]
    assert "traced 4 times" in said[0]
