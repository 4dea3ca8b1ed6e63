"""Blocks of rows, on several threads, give what all rows give at once."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler import numpy_tier, region_calls, regions, threads
from tinygrad_nn.compiler.executor import Executor
from tinygrad_nn.compiler.regions import Region

from .same import arrays, assert_same, tensor
from .test_regions import LABELS, ROWS, network, small  # noqa: F401 (a fixture)
from .tiers import running_on


@pytest.fixture(params=[1, 2, 3])
def count(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(region_calls, "count", lambda: request.param)
    return request.param


@pytest.mark.parametrize("block", [1, 10_000, 10**8])
def test_training(block: int, count: int, tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "BLOCK", block)
    rows = ROWS if tier == "numpy" else 130  # (Python takes its time)
    calls = [[*arrays((rows, 8), seed=k), np.roll(LABELS, k)[:rows]] for k in range(2)]
    program = assert_same(network, calls, rtol=2e-3, atol=2e-4)
    assert any(isinstance(step, Region) for step in Executor(program).plan.steps)


@pytest.mark.parametrize(("tier", "rows"), [("numpy", 5000), ("numpy", 5001), ("numba", 5001)])
def test_the_gradients_of_many_rows(tier: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "BLOCK", 2**18)
    monkeypatch.setattr(threads, "WORTH", 1)
    monkeypatch.setattr(numpy_tier, "BLOCK", 4096)
    labels = np.resize(LABELS, rows)
    with running_on(tier):
        assert_same(network, [[*arrays((rows, 8), seed=k), labels] for k in range(2)], rtol=1e-3, atol=1e-4)


def test_an_error_in_a_block(count: int, tier: str) -> None:
    """Goes to the caller when all threads have ended; the next run is as if there had been none."""
    step, parameters = network()
    x = tensor(arrays((130, 8))[0])
    program = tg.trace(step, x, tensor(LABELS[:130]))
    executor = Executor(program)
    before = [p.detach().numpy().copy() for p in parameters]
    for place in (0, 64, 129):
        bad = LABELS[:130].copy()
        bad[place] = 3
        with pytest.raises(IndexError):
            executor(x, tensor(bad))
        assert all(p.grad is None for p in parameters)
        for p, wanted in zip(parameters, before, strict=True):
            np.testing.assert_array_equal(p.detach().numpy(), wanted)
    executor(x, tensor(LABELS[:130]))
    wanted, others = network()
    wanted(x, tensor(LABELS[:130]))
    for p, other in zip(parameters, others, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), other.grad.numpy(), rtol=1e-3, atol=1e-5)


def test_arrays_that_come_in_other_memory(count: int) -> None:
    calls = [
        [x[:: 1 + k % 2][:130], LABELS[:130]] for k, (x,) in enumerate(arrays((ROWS, 8), seed=s) for s in range(4))
    ]
    calls = [[np.ascontiguousarray(x), t] for x, t in calls]
    with running_on("numpy"):
        assert_same(network, calls, rtol=2e-3, atol=2e-4)
