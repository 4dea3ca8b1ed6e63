"""Forward mode of every operation, against its VJP and against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import ops
from tinygrad_nn.autograd.lifted import PRIMITIVE

from .table import ROWS, Case, Row

SMOOTH = [pytest.param(row, case, id=f"{row.name}-{case!r}") for row in ROWS for case in row.cases if row.gradient]


def parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def prepared(row: Row, case: Case, device: str) -> tuple[Any, list[Any], list[Any]]:
    """The operation as a function of its floating inputs alone, these, and a direction for each."""
    fixed = [tg.asarray(np.array(x), device=device) for x in row.arrays(case)]
    places = [i for i, x in enumerate(fixed) if x.dtype.kind == "f"]
    random = np.random.default_rng(2)

    def f(*xs: Any) -> list[Any]:
        arguments = list(fixed)
        for i, x in zip(places, xs):
            arguments[i] = x
        return [y for y in parts(row.call(*arguments, **case.kwargs)) if y.dtype.kind == "f"]

    xs = [fixed[i] for i in places]
    return f, xs, [tg.asarray(random.uniform(-1, 1, x.shape), device=device) for x in xs]


def test_primitive_operations_say_what_their_jvp_is() -> None:
    silent = [
        name
        for name, op in ops.registry().items()
        if name in PRIMITIVE and op.rules and not (op.elementwise or op.linear or op.jvp)
    ]
    assert silent == []


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_it_is_the_transpose_of_the_vjp(row: Row, case: Case, device: str) -> None:
    f, xs, ts = prepared(row, case, device)
    ys, dys = tg.jvp(f, xs, ts)
    values, pull = tg.vjp(f, *xs)
    random = np.random.default_rng(3)
    for y, value, dy in zip(ys, values, dys):
        np.testing.assert_array_equal(y.numpy(), value.numpy())
        assert (dy.shape, dy.dtype) == (y.shape, y.dtype)
    for place, dy in enumerate(dys):
        g = [tg.asarray(random.uniform(-1, 1, y.shape) * (i == place), device=device) for i, y in enumerate(ys)]
        forward = (g[place] * dy).sum().item()
        backward = sum((d * t).sum().item() for d, t in zip(pull(g), ts))
        np.testing.assert_allclose(forward, backward, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_against_differences(row: Row, case: Case, device: str) -> None:
    f, xs, ts = prepared(row, case, device)
    eps = 1e-6
    above = f(*(x + eps * t for x, t in zip(xs, ts)))
    below = f(*(x - eps * t for x, t in zip(xs, ts)))
    _, dys = tg.jvp(f, xs, ts)
    for a, b, dy in zip(above, below, dys):
        np.testing.assert_allclose(dy.numpy(), (a.numpy() - b.numpy()) / (2 * eps), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_one_direction_at_a_time(row: Row, case: Case, device: str) -> None:
    f, xs, ts = prepared(row, case, device)
    _, together = tg.jvp(f, xs, ts)
    alone = [tg.jvp(f, xs, [t if i == place else None for i, t in enumerate(ts)])[1] for place in range(len(xs))]
    for place, dy in enumerate(together):
        np.testing.assert_allclose(dy.numpy(), sum(dys[place].numpy() for dys in alone), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_forward_through_backward_and_backward_through_forward(row: Row, case: Case, device: str) -> None:
    f, xs, ts = prepared(row, case, device)

    def total(*xs: Any) -> Any:
        return sum((y * y).sum() for y in f(*xs))

    if not xs:
        return
    over_reverse = tg.hvp(total, xs, ts)
    over_forward = tg.grad(lambda *xs: tg.jvp(total, xs, ts)[1], tuple(range(len(xs))))(*xs)
    twice = tg.grad(
        lambda *xs: sum((g * t).sum() for g, t in zip(tg.grad(total, tuple(range(len(xs))))(*xs), ts)),
        tuple(range(len(xs))),
    )(*xs)
    for a, b, c in zip(over_reverse, over_forward, twice):
        np.testing.assert_allclose(a.numpy(), c.numpy(), rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(b.numpy(), c.numpy(), rtol=1e-8, atol=1e-8)
