"""What is done in how many steps, and where in memory."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.compiler.fusion import Group
from tinygrad_nn.compiler.plan import ALIGNMENT, Plan

from .programs import Program as Drawn
from .programs import programs
from .same import arrays, assert_same, plan_of, steps_of, tensor

X, T = arrays((6, 8), (6, 3))
LABELS = np.array([0, 1, 2, 0, 1, 2])


def training(optimizer, *, activation=tg.tanh, x=X, **settings):
    """The plan of a step of a network of three layers."""
    generator = tg.Generator(0)
    layers = [nn.Linear(8, 8, generator=generator), nn.Linear(8, 8, generator=generator), nn.Linear(8, 3)]
    parameters = [p for layer in layers for p in layer.parameters()]
    made = optimizer(parameters, lr=0.1, **settings)

    def step(x, t):
        made.zero_grad()
        for layer in layers[:-1]:
            x = activation(layer(x))
        loss = nn.functional.cross_entropy(layers[-1](x), t)
        loss.backward()
        made.step()
        return loss

    return Plan(tg.trace(step, tensor(x), tensor(LABELS))), parameters


def test_a_training_step() -> None:
    plan, _ = training(optim.SGD)
    products = [step for step in steps_of(plan) if step == "matmul"]
    groups = [step for step in steps_of(plan) if isinstance(step, list)]
    assert len(products) == 3 + 3 + 2  # forward, for the weights, for what comes before
    assert sum("tanh" in group for group in groups) == 2  # one for each activation ...
    for group in groups:
        if "tanh" in group:
            assert {"add", "tanh"} <= set(group)  # ... with its bias
    assert sum({"exp", "put_along_axis"} <= set(group) for group in groups) == 1
    assert sum(group[-1] == "subtract" for group in groups) == 6  # an update for each parameter
    assert len(groups) == 2 + 1 + 2 + 6 + 2  # the derivatives of activations; labels are counted, the loss divided
    assert len(plan.steps) == len(products) + len(groups)


def test_the_forward_and_backward_of_a_cross_entropy_share_their_loops() -> None:
    logits = tensor(T).requires_grad_()

    def step(t):
        logits.grad = None
        loss = nn.functional.cross_entropy(logits, t)
        loss.backward()
        return loss

    plan = plan_of(step, LABELS)
    counted, both, mean = steps_of(plan)
    assert {"not_equal", "sum"} <= set(counted)  # labels that are not ignored
    assert "exp" not in counted
    assert {"max", "exp", "sum", "log", "take_along_axis", "put_along_axis"} <= set(both)
    assert mean == ["divide"]


def test_updates_are_written_over_the_state() -> None:
    plan, parameters = training(optim.AdamW, weight_decay=0.1)
    assert len(plan.in_place) == 3 * len(parameters)  # the parameter and two moments
    assert len(plan.program.writes) == 3 * len(parameters)
    for n in plan.in_place:
        assert n not in plan.buffers
        (step,) = [s for s in plan.steps if n in plan.outputs_of(s)]
        assert isinstance(step, Group)
        assert len(plan.in_place.keys() & step.outputs) % 3 == 0


def test_gradients_are_kept() -> None:
    plan, parameters = training(optim.SGD)
    assert len(plan.kept) == len(parameters)
    assert plan.memory.kept == sum(p.size * 4 for p in parameters)


def test_memory_is_shared_by_what_is_not_needed_together() -> None:
    def chain(x):
        for _ in range(10):
            x = x @ x
        return x

    plan = plan_of(chain, np.zeros((64, 64), np.float32))
    assert plan.memory.values == 10 * 64 * 64 * 4
    assert plan.memory.peak == plan.arena_size == 2 * 64 * 64 * 4
    plan, _ = training(optim.SGD)
    assert 0 < plan.arena_size < plan.memory.values


@given(program=programs())
def test_no_two_values_are_in_the_same_place_at_the_same_time(program: Drawn) -> None:
    state = program.parameters()
    given = [tensor(x) for x in program.arrays(0)]
    given = [x.requires_grad_() if program.trained and x.dtype.kind == "f" else x for x in given]
    try:
        plan = Plan(tg.trace(program.step(state), *given))
    except tg.TraceError:
        return
    for (n, one), (m, other) in itertools.combinations(plan.buffers.items(), 2):
        if one.first <= other.last and other.first <= one.last and one.size and other.size:
            assert one.offset + one.size <= other.offset or other.offset + other.size <= one.offset, (n, m)
    for n, buffer in plan.buffers.items():
        assert buffer.offset % ALIGNMENT == 0
        assert buffer.size >= plan.bytes_of(n)
        read = [k for k in range(len(plan.steps)) if n in plan.reads_of(k)]
        assert all(buffer.first < k <= buffer.last for k in read)


def test_views_keep_what_they_look_at() -> None:
    def step(x):
        h = x @ x
        v = h.mT
        y = ((x @ x @ x) @ x) @ x
        return y @ v

    plan = plan_of(step, np.zeros((64, 64), np.float32))
    first = plan.steps[0].output
    assert plan.buffers[first].last == len(plan.steps) - 1


# What is written over a state, and what must not be.


def sgd(*parameters, **settings):
    made = optim.SGD(parameters, lr=0.1, momentum=0.9, **settings)

    def make(loss):
        def step(*given):
            made.zero_grad()
            found = loss(*given)
            found.backward()
            made.step()
            return found

        return step

    return make


@pytest.mark.parametrize("optimizer", [optim.SGD, optim.AdamW])
def test_parameters_in_another_order_of_memory(optimizer, tier: str) -> None:
    def make():
        w = tensor(np.asfortranarray(arrays((8, 4))[0])).requires_grad_()
        v = tensor(arrays((4, 8))[0]).mT.detach().requires_grad_()
        made = optimizer([w, v], lr=0.1)

        def step(x):
            made.zero_grad()
            loss = tg.sum((x @ w + x @ v) ** 2) * 0.01
            loss.backward()
            made.step()
            return loss

        return step, [w, v]

    program = assert_same(make, [arrays((10, 8), seed=k) for k in range(4)], rtol=1e-4)
    assert not Plan(program).in_place.keys() & {n for place, n in program.writes if place.array.flags.f_contiguous}


def test_states_that_are_read_later(tier: str) -> None:
    def make():
        w = tensor(X).requires_grad_()

        def step(x):
            before = w.detach() * 1
            with tg.no_grad():
                w.__isub__(x)
            return before @ x.mT, w.detach() @ x.mT

        return step, [w]

    assert_same(make, [[X], [X * 2]])


def test_states_that_are_read_in_another_order(tier: str) -> None:
    def make():
        w = tensor(arrays((7, 7))[0]).requires_grad_()
        step = sgd(w)(lambda x: tg.sum(tg.tanh(w.mT @ x) * tg.flip(w, axis=0)))
        return step, [w]

    assert_same(make, [arrays((7, 7), seed=k) for k in range(3)], rtol=1e-4)


def test_single_numbers_beside_many_rows(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is one number for all rows is not counted up once for each block of them."""
    monkeypatch.setattr("tinygrad_nn.compiler.numpy_tier.BLOCK", 64)

    def make():
        w, s, b = tensor(arrays((40, 4))[0]), tg.asarray(np.float32(2)), tensor(arrays((40, 1))[0])
        parameters = [p.requires_grad_() for p in (w, s, b)]
        return sgd(*parameters)(lambda x: tg.sum((x * w * s + b) ** 2) * 0.01), parameters

    assert_same(make, [arrays((40, 4), seed=k) for k in range(4)], rtol=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        lambda w, m, x: w.__imul__(0.5),
        lambda w, m, x: w.__setitem__(..., tg.where(x > 0, w, x * 2)),
        lambda w, m, x: w.__setitem__(..., tg.where(x > 0, x, w)),
        lambda w, m, x: m.__setitem__(..., tg.where(m, x > 0, x < w)),
        lambda w, m, x: (w.__iadd__(x), m.__setitem__(..., w > 0), w.__isub__(tg.sigmoid(w))),
        lambda w, m, x: w.__setitem__(..., tg.maximum(w, tg.flip(w, axis=0))),
        lambda w, m, x: w.__setitem__(..., tg.sum(w * x)),
        lambda w, m, x: w[1:].__imul__(2),
    ],
)
def test_what_users_write_in_place(change, tier: str) -> None:
    def make():
        w, m = tensor(X), tensor(X > 0)

        def step(x):
            change(w, m, x)
            return tg.sum(w * x)

        return step, [w, m]

    assert_same(make, [arrays((6, 8), seed=k) for k in range(3)])


def test_statistics_are_updated_in_place() -> None:
    mean = tensor(X)

    def step(x):
        mean.__imul__(0.9)
        mean.__iadd__(0.1 * x)
        return x + 1

    plan = plan_of(step, X)
    assert len(plan.in_place) == 1
    assert len(plan.steps) == 1


def test_plans_of_programs_whose_gradients_have_gone() -> None:
    w = tensor(X).requires_grad_()
    w.grad = tensor(X)
    program = tg.trace(lambda x: tg.sum(x * w).backward(), tensor(X))
    w.grad = None
    assert Plan(program).memory.state == 2 * X.nbytes
