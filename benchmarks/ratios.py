"""Medians of one run divided by each other: how long our step takes as a multiple of another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.runners import FRAMEWORKS

RIVALS = ("torch-eager", "torch-compile", "jax-jit")
FLOORS = ("floor-matmul", "floor-memory")
BEST_PEER = "best peer"
BEST_RIVAL = "best of torch, jax"
ROOFLINE = "roofline"
MEANING = {
    BEST_PEER: "the fastest peer that was measured",
    BEST_RIVAL: "the fastest of " + ", ".join(RIVALS) + " (where all of them were measured)",
    ROOFLINE: "the larger of " + " and ".join(FLOORS),
}
EAGER = "tinygrad_nn-cpu"
COMPILED = ("tinygrad_nn-compiled", "tinygrad_nn-compiled-numpy")
PAIRS = (
    *((EAGER, other) for other in ("torch-eager", BEST_PEER, "numpy")),
    *((ours, other) for ours in COMPILED for other in (BEST_RIVAL, EAGER, ROOFLINE)),
    *(("tinygrad_nn-cuda", other) for other in ("torch-eager", BEST_PEER, "numpy", EAGER)),
)


def ratios(results: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Those of `PAIRS` whose two sides were measured, from right results only."""
    medians = _medians(results)
    peers = [median for name, median in medians.items() if FRAMEWORKS[name].kind == "peer"]
    chosen = {
        BEST_PEER: min(peers, default=None),
        BEST_RIVAL: _all(min, medians, RIVALS),
        ROOFLINE: roofline(results),
    }
    times = {**medians, **{name: median for name, median in chosen.items() if median is not None}}
    return {f"{ours} / {other}": times[ours] / times[other] for ours, other in PAIRS if {ours, other} <= set(times)}


def roofline(results: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The larger of the floors, in ms; None where one was not measured."""
    return _all(max, _medians(results), FLOORS)


def _medians(results: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    return {name: result["median_ms"] for name, result in results.items() if result["status"] == "ok"}


def _all(choose: Any, medians: Mapping[str, float], names: tuple[str, ...]) -> float | None:
    """The least or largest of some medians, or None where one is missing."""
    return choose(medians[name] for name in names) if all(name in medians for name in names) else None
