"""Tables (Markdown) of what was measured, and the files that keep it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import first_calls
from benchmarks.pictures import picture
from benchmarks.ratios import MEANING
from benchmarks.runners import FRAMEWORKS
from benchmarks.words import number, threads

# Load average from which on other processes compete with what is measured.
BUSY = 0.5


def table(report: dict[str, Any]) -> str:
    """The whole report as text: what ran where, the numbers, and what could not be measured."""
    return {"steps": steps_table, "ops": ops_table, "compile": compile_table}[report["suite"]](report)


def steps_table(report: dict[str, Any]) -> str:
    """Medians of the training steps by framework and workload, then ratios, then remarks."""
    workloads = report["workloads"]
    frameworks = [name for name in FRAMEWORKS if any(_shown(w["results"].get(name)) for w in workloads.values())]
    medians = [
        [name, *(_step_cell(workload["results"].get(name)) for workload in workloads.values())] for name in frameworks
    ]
    pairs = list(dict.fromkeys(pair for workload in workloads.values() for pair in workload["ratios"]))
    ratios = [[pair, *(number(workload["ratios"].get(pair)) for workload in workloads.values())] for pair in pairs]
    parts = [
        heading(report),
        _descriptions(workloads),
        "ms a training step (forward + backward + update), median ± half the interquartile range:",
        markdown(["", *workloads], medians),
    ]
    if ratios:
        parts += [
            "Ratios of these medians (below 1, the first is faster):",
            markdown(["", *workloads], ratios),
        ]
    meant = [f"- {name}: {meaning}" for name, meaning in MEANING.items() if any(p.endswith(f"/ {name}") for p in pairs)]
    if meant:
        parts.append("\n".join(meant))
    parts += _memory_parts(workloads, frameworks)
    return "\n\n".join([*parts, *_remarks(report, _failures(workloads))]) + "\n"


def _memory_parts(workloads: dict[str, Any], frameworks: Sequence[str]) -> list[str]:
    """The table of the memory of steps, where it was measured."""
    rows = []
    for framework in frameworks:
        measured = [workload["results"].get(framework, {}).get("memory") for workload in workloads.values()]
        known = [memory for memory in measured if memory]
        if known:
            before = [max(memory[key] for memory in known) for key in ("imported_mb", "used_mb")]
            steps = [memory["step_mb"] if memory else None for memory in measured]
            rows.append([framework, *map(_megabytes, (*before, *steps))])
    if not rows:
        return []
    return [
        "Peak memory of a step, MB: the most that the process held resident while training, above what it held after "
        "training the same net on a few samples. So batch, parameters, gradients, moments and everything between "
        "count. What it held before is in the first two columns: after the import, and after those few samples "
        "(of the workload where it was most).",
        markdown(["", "import", "first use", *workloads], rows),
    ]


def compile_table(report: dict[str, Any]) -> str:
    """Seconds of the first calls, with empty caches on disk and with what another process left there."""
    workloads = report["workloads"]
    frameworks = [name for name in first_calls.FRAMEWORKS if any(name in w["results"] for w in workloads.values())]
    rows = [
        [f"{framework}, {cache}", *(_first_cell(w["results"].get(framework, {}), cache) for w in workloads.values())]
        for framework in frameworks
        for cache in first_calls.CACHES
    ]
    parts = [
        heading(report),
        _descriptions(workloads),
        f"s until the first training step is done / until {report['steps']} are, in a fresh process that has imported "
        "the framework and made the model. Cold: with empty caches on disk; cached: with what such a process left.",
        markdown(["", *workloads], rows),
    ]
    return "\n\n".join([*parts, *_remarks(report, _failures(workloads))]) + "\n"


def ops_table(report: dict[str, Any]) -> str:
    """µs per operation: NumPy, each framework, and the overhead over NumPy."""
    results = report["results"]
    floor = results["numpy"]["operations"]
    frameworks = [name for name in results if name != "numpy" and "operations" in results[name]]
    parts = [heading(report)]
    for framework in frameworks:
        operations = results[framework]["operations"]
        rows = [
            [
                name,
                *(number(floor[name][mode]) for mode in ("forward", "forward + backward")),
                *(number(times[mode]) for mode in ("forward", "recorded", "forward + backward")),
                *(number(times[mode]) for mode in ("overhead", "overhead_alone")),
            ]
            for name, times in operations.items()
        ]
        overheads = [times["overhead"] for times in operations.values()]
        columns = ["", "NumPy forward", "NumPy forward + backward", "forward, no grad", "forward, recorded",
                   "forward + backward", "overhead", "overhead alone"]  # fmt: skip
        parts += [
            f"{framework}, µs per operation:",
            markdown(columns, rows),
            f"Overhead of a recorded operation with its backward over NumPy's own calls: "
            f"median {statistics.median(overheads):.2f} µs, largest {max(overheads):.2f} µs.",
        ]
    parts.append(
        f"Arrays of shape {tuple(report['shape'])}, float32. Times are those of a chain of {report['chain']} "
        'operations divided by its length; "overhead alone" is that of a chain of one, so it holds the whole '
        "fixed cost of calling backward()."
    )
    remarks = [
        f"{name}: {result['status']}: {result['reason']}"
        for name, result in results.items()
        if result["status"] != "ok"
    ]
    return "\n\n".join([*parts, *_remarks(report, remarks)]) + "\n"


def heading(report: dict[str, Any]) -> str:
    """Date, machine, threads and versions."""
    machine = report["machine"]
    versions = ", ".join(f"{package} {version}" for package, version in report["versions"].items())
    gpu = f"; {machine['gpu']}" if machine["gpu"] else ""
    return (
        f"{report['date']}; {machine['cpu']}, {machine['cores']} cores{gpu}; {threads(report)}; "
        f"{machine['system']}, Python {machine['python']}, {versions}"
    )


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned to be read as plain text too."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(
        "| " + " | ".join(cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(pairs)) + " |"
        for pairs in (list(zip(line, widths)) for line in [lines[0], rule, *lines[1:]])
    )


def _descriptions(workloads: dict[str, Any]) -> str:
    return "\n".join(f"- {name}: {workload['description']}" for name, workload in workloads.items())


def _failures(workloads: dict[str, Any]) -> list[str]:
    return [
        f"{framework}, {name}: {result['status']}: {result['reason']}"
        for name, workload in workloads.items()
        for framework, result in workload["results"].items()
        if result["status"] != "ok"
    ]


def _remarks(report: dict[str, Any], remarks: Sequence[str]) -> list[str]:
    """The closing paragraphs: what went wrong, what was not there, and what these numbers are not."""
    missing = [f"{name}: {reason}" for name, reason in report["not_measured"].items()]
    parts = []
    if remarks:
        parts.append("\n".join(f"- {remark}" for remark in remarks))
    if missing:
        parts.append("Not measured: " + "; ".join(missing) + ".")
    load = report["machine"]["load"]
    if load is not None and load > BUSY:
        parts.append(f"The machine was busy when this began (load {load:g}): do not trust these times.")
    if report["smoke"]:
        parts.append("A smoke run on shrunken batches: it shows that everything works, not how fast it is.")
    return parts


def _shown(result: dict[str, Any] | None) -> bool:
    return result is not None and result["status"] != "unavailable"


def _step_cell(result: dict[str, Any] | None) -> str:
    if result is None or "median_ms" not in result:
        return "-"
    median = result["median_ms"]
    spread = (result["q3_ms"] - result["q1_ms"]) / 2 / median
    mark = " ✗ wrong loss" if result["status"] == "invalid" else ""
    return f"{number(median)} ±{spread:.0%}{mark}"


def _first_cell(result: dict[str, Any], cache: str) -> str:
    if cache not in result:
        return "-"
    mark = " ✗ wrong loss" if result["status"] == "invalid" else ""
    return f"{number(result[cache]['first_s'])} / {number(result[cache]['started_s'])}{mark}"


def _megabytes(value: float | None) -> str:
    """Whole megabytes from 10 up; below, one more digit."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}"


def save(report: dict[str, Any], folder: Path) -> list[Path]:
    """Write the report as JSON, Markdown and, where matplotlib is installed, PNG; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / report["suite"]
    paths = [stem.with_suffix(".json"), stem.with_suffix(".md")]
    paths[0].write_text(to_json(report) + "\n", encoding="utf-8")
    paths[1].write_text(table(report), encoding="utf-8")
    try:
        figure = picture(report)
    except ImportError:
        return paths
    figure.savefig(stem.with_suffix(".png"), dpi=120)
    return [*paths, stem.with_suffix(".png")]


def to_json(report: dict[str, Any]) -> str:
    """The report as strict JSON."""
    return json.dumps(report, indent=2, allow_nan=False)
