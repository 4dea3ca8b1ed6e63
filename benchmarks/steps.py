"""Whole training steps: forward, backward and update of each workload in each framework."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks import memory
from benchmarks.measure import Worker, WorkerError, interleave, summarize
from benchmarks.ratios import ratios
from benchmarks.runners import FRAMEWORKS, MakeStep, Step, load_runner
from benchmarks.workloads import (
    FIRST_USE_BATCH,
    WORKLOADS,
    Array,
    Parameters,
    Workload,
    make_batch,
    make_parameters,
    shrink,
)

# The first losses of every framework must be those of NumPy in float64, to what float32 leaves of them.
CHECKED_STEPS = 5
TOLERANCE = 1e-4
MINIMUM_STEPS = 3
WARM_UP_SHARE = 0.1


def reference_losses(workload: Workload) -> list[float]:
    """The losses before each of the first steps: by hand, in float64."""
    from benchmarks.runners import numpy_by_hand

    x, t = make_batch(workload)
    x, t = x.astype("float64"), t if t.dtype.kind == "i" else t.astype("float64")
    parameters = [tuple(array.astype("float64") for array in arrays) for arrays in make_parameters(workload)]
    step = numpy_by_hand.make_step(workload, (x, t), parameters)
    return [float(step()) for _ in range(CHECKED_STEPS)]


def losses_agree(losses: Sequence[float | None], reference: Sequence[float]) -> bool:
    """Whether each loss is finite and within `TOLERANCE`, relative, of the reference."""
    pairs = zip(losses, reference, strict=True)
    return all(a is not None and math.isclose(a, b, rel_tol=TOLERANCE) for a, b in pairs)


def verdict(losses: Sequence[float | None], reference: Sequence[float]) -> dict[str, str]:
    """The status of a framework with these first losses, and the reason where it is "invalid"."""
    if losses_agree(losses, reference):
        return {"status": "ok"}
    reason = f"loss {losses[-1]} after {len(losses)} steps; NumPy in float64 has {reference[-1]:.7g}"
    return {"status": "invalid", "reason": reason}


def find_workload(name: str, smoke: bool) -> Workload:
    """The workload called `name`, shrunken for a smoke run."""
    return shrink(WORKLOADS[name]) if smoke else WORKLOADS[name]


def prepare(
    framework: str, workload_name: str, smoke: bool, threads: int, seconds: float
) -> tuple[dict[str, Any], Callable[[float], dict[str, Any]]]:
    """In the worker: the first losses and the memory of a step, and the function that times steps; after a warm-up."""
    workload = find_workload(workload_name, smoke)
    make_step = load_runner(framework, threads)
    if FRAMEWORKS[framework].whole:
        step, ready = start(framework, make_step, workload)
    else:
        step, ready = make_step(*materials(workload)), {}
    time_steps(step, seconds)
    return ready, lambda seconds: {"times_ms": time_steps(step, seconds)}


def start(framework: str, make_step: MakeStep, workload: Workload) -> tuple[Step, dict[str, Any]]:
    """A step that has been made and run for the first times: its losses, and what memory it takes.

    Many frameworks import, compile and set up much when they are first used. So the memory counts from where the
    same net has been trained on a few samples and is gone again: what is left is the batch, the parameters, the
    moments, and all that the steps themselves allocate.
    """
    imported = memory.resident_mb()
    few = max(FIRST_USE_BATCH, workload.batch_size // 10)  # enough of them to need the same parts of the framework
    first_losses(make_step(*materials(shrink(workload, few))))
    used = memory.resident_mb()
    step = make_step(*materials(workload))
    losses = first_losses(step)
    peak = memory.peak_mb(lambda: first_losses(step))
    if used is None or peak is None or FRAMEWORKS[framework].device != "cpu":
        return step, {"losses": losses, "memory": None}
    measured = {"imported_mb": imported, "used_mb": used, "step_mb": max(0.0, peak - used)}
    return step, {"losses": losses, "memory": measured}


def materials(workload: Workload) -> tuple[Workload, tuple[Array, Array], Parameters]:
    """What a runner makes its step of."""
    return workload, make_batch(workload), make_parameters(workload)


def first_losses(step: Step) -> list[float | None]:
    """The losses of a few steps; None for one that is not finite."""
    losses = [float(step()) for _ in range(CHECKED_STEPS)]
    return [loss if math.isfinite(loss) else None for loss in losses]


def time_steps(step: Step, seconds: float) -> list[float]:
    """Milliseconds of each step for about `seconds`, after untimed steps that wake caches and threads."""
    clock = time.perf_counter
    end = clock() + WARM_UP_SHARE * seconds
    step()
    while clock() < end:
        step()
    times: list[float] = []
    end = clock() + seconds
    while len(times) < MINIMUM_STEPS or clock() < end:
        start = clock()
        step()
        times.append(1e3 * (clock() - start))
    return times


def run(
    workloads: Sequence[str],
    frameworks: Sequence[str],
    *,
    threads: int,
    rounds: int,
    seconds: float,
    smoke: bool,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Measure every workload in every framework.

    Returns
    -------
    dict
        ``versions`` of the packages and, under ``workloads``, for each its description, batch size, reference
        losses, ``results`` by framework (status "ok", "invalid", "failed" or "unavailable"; times in ms; memory in
        MB) and ``ratios``.
    """
    versions: dict[str, str] = {}
    measured = {}
    for name in workloads:
        workload = find_workload(name, smoke)
        reference = reference_losses(workload)
        results: dict[str, dict[str, Any]] = {}
        workers: dict[str, Worker] = {}
        with ExitStack() as stack:
            for framework in frameworks:
                progress(f"{name}: starting {framework}")
                job = {
                    "suite": "steps",
                    "framework": framework,
                    "workload": name,
                    "smoke": smoke,
                    "seconds": seconds,
                }
                worker = stack.enter_context(Worker(job, threads))
                try:
                    ready = worker.receive()
                except WorkerError as error:
                    results[framework] = {"status": error.status, "reason": str(error)}
                    continue
                versions.update(ready["versions"])
                workers[framework] = worker
                results[framework] = {"status": "ok"}
                if FRAMEWORKS[framework].whole:
                    results[framework] |= {"losses": ready["losses"], "memory": ready["memory"]}
                    results[framework] |= verdict(ready["losses"], reference)
            progress(f"{name}: measuring {len(workers)} frameworks, {rounds} rounds of {seconds:g} s each")
            answers, failures = interleave(workers, rounds, seconds)
        for framework, failure in failures.items():
            results[framework] = {"status": failure.status, "reason": str(failure)}
        for framework, rounds_of_times in answers.items():
            results[framework].update(summarize_rounds([answer["times_ms"] for answer in rounds_of_times]))
        measured[name] = {
            "description": workload.describe(),
            "batch_size": workload.batch_size,
            "reference_losses": reference,
            "results": results,
            "ratios": ratios(results),
        }
    return {"versions": versions, "workloads": measured}


def summarize_rounds(rounds: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Median and quartiles over all steps of all rounds, and the median of each round."""
    summary = summarize([time for times in rounds for time in times])
    return {
        **{f"{key}_ms": value for key, value in summary.items()},
        "steps": sum(map(len, rounds)),
        "round_medians_ms": [summarize(times)["median"] for times in rounds],
    }
