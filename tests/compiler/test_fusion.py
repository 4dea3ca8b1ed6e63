"""Which instructions share loops."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler import fusion
from tinygrad_nn.compiler.fusion import Group

from .same import arrays, assert_same, executed, plan_of, steps_of

X, V, C = arrays((12, 9), (9,), (12, 1))
CALLS = [arrays((12, 9), (9,), (12, 1), seed=k) for k in range(3)]


def softmax(x, v, c):
    e = tg.exp(x - tg.max(x, axis=1, keepdims=True))
    return e / tg.sum(e, axis=1, keepdims=True)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, v, c: tg.tanh(x * v + c) * 2,
        lambda x, v, c: tg.sum(tg.tanh(x), axis=0) * 1,
        lambda x, v, c: tg.sum(x * v, axis=1),
        lambda x, v, c: tg.sum(x * x),
        softmax,
        lambda x, v, c: x[:, None, :] * v + 1,
        lambda x, v, c: tg.expand_dims(tg.squeeze(c, 1) * 2, 1) + x,
    ],
)
def test_one_pass(function, tier: str) -> None:
    plan = plan_of(function, *CALLS[0])
    assert sum(isinstance(step, Group) and len(step.members) > 1 for step in plan.steps) == 1
    assert len(plan.steps) <= 2  # what is done with totals comes after them
    assert_same(lambda: (function, []), CALLS)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x, x.mT),
        lambda x: (x * 2 + (x * 2).mT,),
        lambda x: (x - tg.sum(x, axis=0), x - tg.sum(x, axis=1), x - tg.sum(x, axis=1, keepdims=True)),
        lambda x: (tg.sum(x, axis=0) + tg.sum(x, axis=1), tg.sum(x * x, axis=0)[:, None] + x),
        lambda x: (x[0] * x + x[:, 0:1], x[0] * x[:, 0], x[:, 0] + x),
        lambda x: (tg.exp(x[None]) * x[:, None, :] - x[:, :, None],),
        lambda x: (x.reshape((-1,)) * 2, x * 2, tg.sum(x.reshape((-1,)))),
        lambda x: (tg.max(x, axis=0) * x, tg.max(x, axis=1) * x, tg.min(x.mT, axis=1, keepdims=True) * x),
    ],
)
def test_rows_and_columns_of_squares_are_told_apart(function, tier: str) -> None:
    assert_same(lambda: (function, []), [arrays((9, 9), seed=k) for k in range(3)])


@pytest.mark.parametrize("shapes", [((1, 9), (1,)), ((9, 1), (9, 1)), ((1, 1), ()), ((3, 1, 9), (1, 1)), ((9,), (1,))])
def test_axes_of_one_element(shapes, tier: str) -> None:
    def step(x, y):
        z = x * y + x
        return z, tg.sum(z, axis=-1), tg.sum(z, axis=0, keepdims=True), tg.max(z), tg.exp(z) / tg.sum(tg.exp(z))

    assert_same(lambda: (step, []), [arrays(*shapes, seed=k) for k in range(2)])


def test_what_is_repeated_is_summed_as_often(tier: str) -> None:
    def step(x, v, c):
        rows, columns = tg.broadcast_to(v, (12, 9)), tg.broadcast_to(c, (12, 9))
        sums = [tg.sum(y, axis=axis) for y in (rows, columns) for axis in (0, 1, None)]
        return x * v * c, *sums, tg.max(rows, axis=1), tg.max(columns, axis=1)

    assert_same(lambda: (step, []), CALLS)


def test_choosing_from_what_is_repeated(tier: str) -> None:
    index = np.array([[3]])

    def step(x, v, c):
        e = tg.exp(x)
        s = tg.broadcast_to(tg.sum(e, axis=1, keepdims=True), (12, 9))
        i = tg.broadcast_to(tg.asarray(index), (12, 1))
        return tg.take_along_axis(s, i, axis=1), tg.take_along_axis(e, i, axis=1), e / s

    assert_same(lambda: (step, []), CALLS)


def test_totals_are_read_after_the_loops() -> None:
    steps = steps_of(plan_of(lambda x, v, c: (x * v) / tg.sum(x * v), X, V, C))
    assert steps == [["multiply", "sum"], ["divide"]]


def test_integers_are_not_summed_in_loops() -> None:
    assert steps_of(plan_of(lambda x: tg.sum(x), np.arange(90))) == ["sum"]


def test_groups_have_an_end() -> None:
    def step(x):
        for _ in range(3 * fusion.LARGEST):
            x = x * 0.5 + 1
        return x

    plan = plan_of(step, X)
    assert 6 <= len(plan.steps) <= 8
    assert all(len(group.members) <= fusion.LARGEST for group in plan.steps)


def test_a_group_that_takes_nothing_in_stays_as_it_was() -> None:
    plan = plan_of(lambda x, s: (s * 2, tg.tanh(x)), X, np.float32(3))
    scalar, other = sorted(plan.steps, key=lambda group: group.grid)
    assert scalar.grids == [(1, 1)]
    before = scalar.grids
    limit, fusion.LARGEST = fusion.LARGEST, 1
    try:
        assert not scalar.absorb(other)
    finally:
        fusion.LARGEST = limit
    assert scalar.grids == before


def test_long_groups_keep_many_rows() -> None:
    """What has the samples of a batch as rows does not go over to another grid for the sake of one more member."""
    x, v = arrays((fusion.MANY, 4), (4,))
    plan = plan_of(lambda x, v: (tg.tanh(x) * v, tg.sum((x * 2).reshape((fusion.MANY // 2, 8)), axis=1)), x, v)
    group = next(s for s in plan.steps if isinstance(s, Group) and "tanh" in [m.instruction.name for m in s.members])
    assert all(rows == fusion.MANY for rows, _ in group.grids)


def test_zero_elements(tier: str) -> None:
    def step(x):
        y = tg.exp(x) * 2
        return y, tg.sum(y, axis=0), tg.sum(y, axis=1), tg.sum(y), y @ y.mT

    _, found = executed(step, np.zeros((0, 3), np.float32))
    for y, w in zip(found, step(tg.zeros((0, 3))), strict=True):
        np.testing.assert_array_equal(y.numpy(), w.numpy())
