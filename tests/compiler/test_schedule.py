"""The order of steps."""

from __future__ import annotations

import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler.fusion import Group

from .same import arrays, assert_same, plan_of, steps_of

X, Y = arrays((12, 9), (12, 9))
CALLS = [arrays((12, 9), (12, 9), seed=k) for k in range(3)]


def test_views_are_no_steps() -> None:
    plan = plan_of(lambda x, y: tg.flip(x, axis=0)[2:].mT @ y[2:], X, Y)
    assert steps_of(plan) == ["matmul"]
    assert sorted(i.name for i in plan.views.values()) == ["flip", "getitem", "getitem", "permute_dims"]


def test_what_is_needed_late_is_computed_late() -> None:
    """An activation's derivative is computed where it is used, not stored from the forward until then."""

    def step(x, w):
        h = x @ w.mT
        derivative = 1 - tg.tanh(h) * tg.tanh(h)
        return (tg.tanh(h) @ w) @ w.mT * derivative

    first, *_, last = (step for step in steps_of(plan_of(step, X, Y)) if isinstance(step, list))
    assert first == ["tanh"]
    assert last == ["multiply", "subtract", "multiply"]


def test_groups_that_meet_become_one() -> None:
    assert len(plan_of(lambda x, y: tg.exp(x) + tg.exp(y) * 2, X, Y).steps) == 1


def test_what_is_read_together_is_done_together() -> None:
    plan = plan_of(lambda x, y: (tg.exp(x), tg.sqrt(tg.abs(x)), tg.sum(x, axis=1)), X, Y)
    assert len(plan.steps) == 1


def test_only_what_others_read_is_stored() -> None:
    plan = plan_of(lambda x, y: tg.tanh(tg.exp(x) * 2) + 1, X, Y)
    assert len(plan.steps[0].members) == 4
    assert plan.stored == plan.wanted


@pytest.mark.parametrize(
    "look",
    [
        lambda s: tg.flip(s, axis=0),
        lambda s: s[::-1],
        lambda s: tg.broadcast_to(s, (12,)),
        lambda s: s.reshape((3, 4)).mT.reshape((12,)),
    ],
)
def test_no_group_looks_at_what_it_computes_itself(look, tier: str) -> None:
    def step(x, y):
        s = tg.sum(x * x, axis=1)
        return look(s) + tg.sum(y * y, axis=1), s, look(s) * s

    plan = plan_of(step, X, Y)
    for group in plan.steps:
        if isinstance(group, Group):
            looked_at = {n for m in group.members for a in m.operands for n in [getattr(a, "number", -1)]}
            assert not {plan.root(n) for n in looked_at & plan.views.keys()} & group.outputs
    assert_same(lambda: (step, []), CALLS)


def test_eigenvectors(tier: str) -> None:
    """Complex parts, views and products one after the other."""

    def make():
        x = tg.asarray(X[:9] * 1)

        def step(y):
            values, vectors = tg.linalg.eigh(x + x.mT)
            loss = tg.sum(tg.cos(vectors * vectors) * y[:9]) + tg.sum(values * values)
            return loss.detach()

        return step, [x]

    assert_same(make, [[Y], [X]], rtol=1e-3)
