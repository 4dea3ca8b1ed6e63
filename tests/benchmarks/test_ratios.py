"""Ratios of medians: which pairs are compared, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.ratios import ratios, roofline

COMPILED = "tinygrad_nn-compiled"


def ok(**medians: float) -> dict[str, Any]:
    return {name.replace("_", "-"): {"status": "ok", "median_ms": median} for name, median in medians.items()}


RIVALS = ok(torch_eager=4.0, torch_compile=2.0, jax_jit=3.0)
FLOORS = ok(floor_matmul=0.5, floor_memory=0.8)


def ours(**medians: float) -> dict[str, Any]:
    return {f"tinygrad_nn-{name.replace('_', '-')}": entry for name, entry in zip(medians, ok(**medians).values())}


def test_wrong_results_are_left_out() -> None:
    results = {
        **ours(cpu=2.0),
        "torch-eager": {"status": "ok", "median_ms": 4.0},
        "jax-jit": {"status": "invalid", "median_ms": 0.1},
        "numpy": {"status": "failed", "reason": "-"},
    }
    assert ratios(results) == {"tinygrad_nn-cpu / torch-eager": 0.5, "tinygrad_nn-cpu / best peer": 0.5}


def test_everything_was_measured() -> None:
    results = {
        **ours(cpu=2.0, compiled=1.0, compiled_numpy=1.5, cuda=0.5),
        **ok(numpy=3.0, mygrad=1.6),
        **RIVALS,
        **FLOORS,
    }
    assert ratios(results) == pytest.approx(
        {
            "tinygrad_nn-cpu / torch-eager": 2 / 4,
            "tinygrad_nn-cpu / best peer": 2 / 1.6,
            "tinygrad_nn-cpu / numpy": 2 / 3,
            "tinygrad_nn-compiled / best of torch, jax": 1 / 2,
            "tinygrad_nn-compiled / tinygrad_nn-cpu": 1 / 2,
            "tinygrad_nn-compiled / roofline": 1 / 0.8,
            "tinygrad_nn-compiled-numpy / best of torch, jax": 1.5 / 2,
            "tinygrad_nn-compiled-numpy / tinygrad_nn-cpu": 1.5 / 2,
            "tinygrad_nn-compiled-numpy / roofline": 1.5 / 0.8,
            "tinygrad_nn-cuda / torch-eager": 0.5 / 4,
            "tinygrad_nn-cuda / best peer": 0.5 / 1.6,
            "tinygrad_nn-cuda / numpy": 0.5 / 3,
            "tinygrad_nn-cuda / tinygrad_nn-cpu": 0.5 / 2,
        }
    )


@pytest.mark.parametrize("missing", RIVALS)
def test_the_best_of_three_needs_all_three(missing: str) -> None:
    results = {**ours(compiled=1.0), **RIVALS}
    assert f"{COMPILED} / best of torch, jax" in ratios(results)
    results[missing] = {"status": "failed", "reason": "-"}
    assert ratios(results) == {}


@pytest.mark.parametrize("missing", FLOORS)
def test_the_roofline_is_the_larger_of_both_floors(missing: str) -> None:
    assert roofline(FLOORS) == 0.8
    left = {name: entry for name, entry in FLOORS.items() if name != missing}
    assert roofline(left) is None
    assert ratios({**ours(compiled=1.0), **left}) == {}
