"""Whole training steps: forward, backward and update of each workload in each framework."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from benchmarks.measure import Worker, WorkerError, interleave, summarize
from benchmarks.runners import FRAMEWORKS, Step, load_runner
from benchmarks.workloads import WORKLOADS, Workload, make_batch, make_parameters, shrink

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
    parameters = [(weight.astype("float64"), bias.astype("float64")) for weight, bias in make_parameters(workload)]
    step = numpy_by_hand.make_step(workload, (x, t), parameters)
    return [float(step()) for _ in range(CHECKED_STEPS)]


def losses_agree(losses: Sequence[float | None], reference: Sequence[float]) -> bool:
    """Whether each loss is finite and within `TOLERANCE`, relative, of the reference."""
    pairs = zip(losses, reference, strict=True)
    return all(a is not None and math.isclose(a, b, rel_tol=TOLERANCE) for a, b in pairs)


def prepare(
    framework: str, workload_name: str, smoke: bool, threads: int, seconds: float
) -> tuple[dict[str, Any], Callable[[float], dict[str, Any]]]:
    """In the worker: the first losses, and the function that times steps; both after a warm-up."""
    workload = shrink(WORKLOADS[workload_name]) if smoke else WORKLOADS[workload_name]
    step = load_runner(framework, threads)(workload, make_batch(workload), make_parameters(workload))
    losses = [float(step()) for _ in range(CHECKED_STEPS)]
    time_steps(step, seconds)
    return (
        {"losses": [loss if math.isfinite(loss) else None for loss in losses]},
        lambda seconds: {"times_ms": time_steps(step, seconds)},
    )


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
        losses, ``results`` by framework (status "ok", "invalid", "failed" or "unavailable"; times in ms) and
        ``ratios``.
    """
    versions: dict[str, str] = {}
    measured = {}
    for name in workloads:
        workload = shrink(WORKLOADS[name]) if smoke else WORKLOADS[name]
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
                results[framework] = {"status": "ok", "losses": ready["losses"]}
                if not losses_agree(ready["losses"], reference):
                    found, wanted = ready["losses"][-1], reference[-1]
                    reason = f"loss {found} after {CHECKED_STEPS} steps; NumPy in float64 has {wanted:.7g}"
                    results[framework].update(status="invalid", reason=reason)
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


def ratios(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """How long our step takes as a multiple of others', from medians of right results only."""
    medians = {name: result["median_ms"] for name, result in results.items() if result["status"] == "ok"}
    peers = [median for name, median in medians.items() if FRAMEWORKS[name].kind == "peer"]
    others = {
        "torch-eager": medians.get("torch-eager"),
        "best peer": min(peers, default=None),
        "numpy": medians.get("numpy"),
    }
    found = {}
    for ours in (name for name in medians if FRAMEWORKS[name].kind == "ours"):
        for other, median in others.items():
            if median:
                found[f"{ours} / {other}"] = medians[ours] / median
    if "tinygrad_nn-cpu" in medians and "tinygrad_nn-cuda" in medians:
        found["tinygrad_nn-cuda / tinygrad_nn-cpu"] = medians["tinygrad_nn-cuda"] / medians["tinygrad_nn-cpu"]
    return found
