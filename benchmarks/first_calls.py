"""How long the first calls of a compiled step take: ``python -m benchmarks compile``.

Each in a fresh process that has imported the framework and made the model, before anything was compiled. Cold: with
empty caches on disk. Cached: in another such process, with the caches that the cold one left. The first call traces,
plans and compiles; a later one may do so again (the first step of an optimizer differs from the second), so the time
until a few steps are done counts too.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Worker, WorkerError, summarize
from benchmarks.runners import load_runner
from benchmarks.steps import CHECKED_STEPS, find_workload, materials, reference_losses, verdict

FRAMEWORKS = ("tinygrad_nn-compiled", "tinygrad_nn-compiled-numpy", "torch-compile", "jax-jit")
CACHES = ("cold", "cached")


def cache_environment(folder: Path) -> dict[str, str]:
    """Variables that make every framework keep what it compiles in `folder`, whatever it is."""
    return {
        "TINYGRAD_NN_CACHE_DIR": str(folder / "tinygrad_nn"),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "torch"),
        "JAX_COMPILATION_CACHE_DIR": str(folder / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def prepare(
    framework: str, workload_name: str, smoke: bool, threads: int
) -> tuple[dict[str, Any], Callable[[float], dict[str, Any]]]:
    """In the worker: the function that times the first steps; it may be called once."""
    step = load_runner(framework, threads)(*materials(find_workload(workload_name, smoke)))

    def measure(_: float) -> dict[str, Any]:
        start = time.perf_counter()
        losses = [float(step())]
        first = time.perf_counter() - start
        losses += [float(step()) for _ in range(CHECKED_STEPS - 1)]
        return {"first_s": first, "started_s": time.perf_counter() - start, "losses": losses}

    return {}, measure


def run(
    workloads: Sequence[str],
    frameworks: Sequence[str],
    *,
    threads: int,
    rounds: int,
    smoke: bool,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Time the first calls of every workload in every framework, `rounds` times each, cold and cached.

    Returns
    -------
    dict
        ``versions`` of the packages and, under ``workloads``, for each its description and ``results`` by framework:
        status, and for "cold" and "cached" the median seconds of the first call and of the first few steps together.
    """
    versions: dict[str, str] = {}
    measured: dict[str, Any] = {}
    for name in workloads:
        workload = find_workload(name, smoke)
        reference = reference_losses(workload)
        results: dict[str, dict[str, Any]] = {}
        for framework in frameworks:
            progress(f"{name}: first calls of {framework}, cold and cached, {rounds} of each")
            job = {"suite": "compile", "framework": framework, "workload": name, "smoke": smoke}
            try:
                pairs = [_cold_and_cached(job, threads, versions) for _ in range(rounds)]
            except WorkerError as error:
                results[framework] = {"status": error.status, "reason": str(error)}
                continue
            verdicts = [verdict(answer["losses"], reference) for pair in pairs for answer in pair]
            results[framework] = max(verdicts, key=lambda found: found["status"] != "ok")
            for cache, answers in zip(CACHES, zip(*pairs)):
                results[framework][cache] = {
                    key: summarize([answer[key] for answer in answers])["median"] for key in ("first_s", "started_s")
                }
        measured[name] = {"description": workload.describe(), "results": results}
    return {"versions": versions, "steps": CHECKED_STEPS, "workloads": measured}


def _cold_and_cached(job: dict[str, Any], threads: int, versions: dict[str, str]) -> tuple[dict[str, Any], ...]:
    """What two processes say, one after the other, with caches of their own."""
    with tempfile.TemporaryDirectory() as folder:
        return tuple(_first_calls(job, threads, Path(folder), versions) for _ in CACHES)


def _first_calls(job: dict[str, Any], threads: int, folder: Path, versions: dict[str, str]) -> dict[str, Any]:
    with Worker(job, threads, cache_environment(folder)) as worker:
        versions.update(worker.receive()["versions"])
        return worker.measure(0.0)
