"""`vmap` of every operation and of its gradient, against a loop over the samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .table import ROWS, Case, Row

SAMPLES = 3
ALL = [pytest.param(row, case, id=f"{row.name}-{case!r}") for row in ROWS for case in row.cases if row.traceable]
SMOOTH = [pytest.param(row, case, id=f"{row.name}-{case!r}") for row in ROWS for case in row.cases if row.gradient]


def parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def prepared(row: Row, case: Case, device: str) -> tuple[Any, list[list[Any]]]:
    """The operation as a function of its floating inputs alone, and these for several samples."""
    arrays = [row.arrays(case, seed=seed) for seed in range(SAMPLES)]
    places = [i for i, x in enumerate(case.inputs) if isinstance(x, tuple)]
    fixed = [tg.asarray(np.array(x), device=device) for x in arrays[0]]

    def f(*xs: Any) -> list[Any]:
        arguments = list(fixed)
        for i, x in zip(places, xs):
            arguments[i] = x
        return parts(row.call(*arguments, **case.kwargs))

    return f, [[tg.asarray(np.array(sample[i]), device=device) for sample in arrays] for i in places]


def assert_is_the_loop(f: Any, inputs: list[list[Any]], batched: list[bool]) -> None:
    if not any(batched):
        return
    xs = [tg.stack(samples) if own else samples[0] for samples, own in zip(inputs, batched)]
    found = tg.vmap(f, in_axes=[0 if own else None for own in batched])(*xs)
    one_by_one = [f(*(s[n] if own else s[0] for s, own in zip(inputs, batched))) for n in range(SAMPLES)]
    assert len(found) == len(one_by_one[0])
    for place, y in enumerate(found):
        wanted = np.stack([sample[place].numpy() for sample in one_by_one])
        assert (y.shape, y.dtype) == (wanted.shape, wanted.dtype)
        np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("row", "case"), ALL)
def test_value(row: Row, case: Case, device: str) -> None:
    f, inputs = prepared(row, case, device)
    assert_is_the_loop(f, inputs, [True] * len(inputs))
    for place in range(len(inputs) if len(inputs) > 1 else 0):
        assert_is_the_loop(f, inputs, [i == place for i in range(len(inputs))])


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_gradient(row: Row, case: Case, device: str) -> None:
    f, inputs = prepared(row, case, device)

    def gradients(*xs: Any) -> list[Any]:
        ys = [y for y in f(*xs) if y.dtype.kind == "f"]
        return list(tg.grad(lambda *xs: sum((y * y).sum() for y in f(*xs) if y.dtype.kind == "f"),
                            tuple(range(len(xs))))(*xs)) if ys and xs else []  # fmt: skip

    if gradients(*(samples[0] for samples in inputs)):
        assert_is_the_loop(gradients, inputs, [True] * len(inputs))
        assert_is_the_loop(gradients, inputs, [i == 0 for i in range(len(inputs))])


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_forward_mode(row: Row, case: Case, device: str) -> None:
    f, inputs = prepared(row, case, device)

    def tangents(*xs: Any) -> list[Any]:
        def floating(*xs: Any) -> list[Any]:
            return [y for y in f(*xs) if y.dtype.kind == "f"]

        return list(tg.jvp(floating, xs, [x * 0.5 + 1 for x in xs])[1])

    if tangents(*(samples[0] for samples in inputs)):
        assert_is_the_loop(tangents, inputs, [True] * len(inputs))
