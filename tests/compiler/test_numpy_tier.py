"""Groups done by NumPy's functions, a block of rows after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler import numpy_tier, threads

from .same import arrays, assert_same, executed
from .tiers import running_on

LABELS = np.random.default_rng(0).integers(0, 9, (50, 1))


@pytest.fixture(params=[8, 300, 2**20])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Bytes of one value in a block: of a row, of a few, and of all of them."""
    monkeypatch.setattr(numpy_tier, "BLOCK", request.param)
    with running_on("numpy"):
        yield request.param


@pytest.fixture(params=[False, True], ids=["one thread", "two threads"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param:
        monkeypatch.setattr(threads, "count", lambda: 2)
        monkeypatch.setattr(threads, "WORTH", 0)


def cross_entropy(x, v, i):
    e = tg.exp(x * v - tg.max(x * v, axis=1, keepdims=True))
    p = e / tg.sum(e, axis=1, keepdims=True)
    return tg.sum(tg.log(tg.take_along_axis(p, i, axis=1))), tg.sum(p, axis=0), p


def everything(x, v, i):
    y = tg.sigmoid(x) + tg.maximum(x, 0.0) * tg.minimum(v, 0.5)
    z = tg.where(y > 0.5, y, x * 2).astype(tg.float64)
    return tg.sum(z, axis=0), tg.max(z), tg.min(z, axis=1), (z - 1).astype(tg.float32), tg.isnan(y), tg.erf(x)


def one_value_by_two_names(x, v, i):
    t = tg.sqrt(tg.abs(x) + 1)
    other = t.reshape((25, 18)) * 2
    third = tg.sqrt(tg.abs(x) + 2)
    return other, t * third * (third * 3)


@pytest.mark.parametrize("function", [cross_entropy, everything, one_value_by_two_names])
def test_blocks(function, block: int, both: None) -> None:
    calls = [[*arrays((50, 9), (9,), seed=k), (LABELS + k) % 9] for k in range(2)]
    assert_same(lambda: (function, []), calls)


def test_the_arithmetic_is_that_of_the_functions(block: int) -> None:
    given = [*arrays((50, 9), (9,)), LABELS]
    for function in (everything, one_value_by_two_names):
        _, found = executed(function, *given)
        for y, w in list(zip(found, function(*map(tg.asarray, given)), strict=True))[2:]:
            np.testing.assert_array_equal(y.numpy(), w.numpy())


def test_memory_within_a_block_is_used_again() -> None:
    def step(x):
        for _ in range(20):
            x = tg.sin(x) * 0.5
        return x

    with running_on("numpy"):
        executor, _ = executed(step, arrays((50, 9))[0])
    outputs = {call.arguments[-1].__array_interface__["data"][0] for call in executor.calls}
    assert len(outputs) <= 3
