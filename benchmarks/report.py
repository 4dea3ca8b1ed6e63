"""Tables (Markdown), JSON and pictures of what was measured."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.runners import FRAMEWORKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Load average from which on other processes compete with what is measured.
BUSY = 0.5
COLORS = {"ours": "#d9480f", "peer": "#748ffc", "floor": "#adb5bd"}


def table(report: dict[str, Any]) -> str:
    """The whole report as text: what ran where, the numbers, and what could not be measured."""
    return steps_table(report) if report["suite"] == "steps" else ops_table(report)


def steps_table(report: dict[str, Any]) -> str:
    """Medians of the training steps by framework and workload, then ratios, then remarks."""
    workloads = report["workloads"]
    frameworks = [name for name in FRAMEWORKS if any(_shown(w["results"].get(name)) for w in workloads.values())]
    medians = [
        [name, *(_step_cell(workload["results"].get(name)) for workload in workloads.values())] for name in frameworks
    ]
    pairs = list(dict.fromkeys(pair for workload in workloads.values() for pair in workload["ratios"]))
    ratios = [[pair, *(_number(workload["ratios"].get(pair)) for workload in workloads.values())] for pair in pairs]
    parts = [
        heading(report),
        "\n".join(f"- {name}: {workload['description']}" for name, workload in workloads.items()),
        "ms a training step (forward + backward + update), median ± half the interquartile range:",
        markdown(["", *workloads], medians),
    ]
    if ratios:
        parts += [
            "Ratios of these medians (below 1, the first is faster):",
            markdown(["", *workloads], ratios),
        ]
    remarks = [
        f"{framework}, {name}: {result['status']}: {result['reason']}"
        for name, workload in workloads.items()
        for framework, result in workload["results"].items()
        if result["status"] != "ok"
    ]
    return "\n\n".join([*parts, *_remarks(report, remarks)]) + "\n"


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
                *(_number(floor[name][mode]) for mode in ("forward", "forward + backward")),
                *(_number(times[mode]) for mode in ("forward", "recorded", "forward + backward")),
                *(_number(times[mode]) for mode in ("overhead", "overhead_alone")),
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


def threads(report: dict[str, Any]) -> str:
    """How many threads each framework had, in words."""
    return f"{report['threads']} thread" + ("s" if report["threads"] > 1 else "")


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its columns aligned to be read as plain text too."""
    lines = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(
        "| " + " | ".join(cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(pairs)) + " |"
        for pairs in (list(zip(line, widths)) for line in [lines[0], rule, *lines[1:]])
    )


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
    return f"{_number(median)} ±{spread:.0%}{mark}"


def _number(value: float | None) -> str:
    """Three significant digits, without an exponent."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


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


def picture(report: dict[str, Any]) -> Figure:
    """Bars of the medians: of the steps by workload and framework, or of the overheads by operation."""
    return steps_picture(report) if report["suite"] == "steps" else ops_picture(report)


def steps_picture(report: dict[str, Any]) -> Figure:
    """One panel a workload, one bar a framework, whiskers at the quartiles."""
    from matplotlib.figure import Figure

    workloads = report["workloads"]
    columns = min(3, len(workloads))
    rows = -(-len(workloads) // columns)
    figure = Figure(figsize=(4.6 * columns, 0.6 + 2.9 * rows), layout="constrained")
    for panel, (name, workload) in enumerate(workloads.items()):
        axes = figure.add_subplot(rows, columns, panel + 1)
        results = {
            framework: result
            for framework, result in workload["results"].items()
            if result["status"] == "ok" and "median_ms" in result
        }
        medians = [result["median_ms"] for result in results.values()]
        whiskers = [
            [result["median_ms"] - result["q1_ms"] for result in results.values()],
            [result["q3_ms"] - result["median_ms"] for result in results.values()],
        ]
        colors = [COLORS[FRAMEWORKS[framework].kind] for framework in results]
        bars = axes.barh(list(results), medians, xerr=whiskers, color=colors, ecolor="#495057", capsize=2)
        axes.bar_label(bars, [f" {_number(median)}" for median in medians], padding=4, fontsize=8)
        axes.invert_yaxis()
        axes.margins(x=0.2)
        axes.set_title(f"{name}\n{workload['description']}", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlabel("ms a training step", fontsize=8)
    figure.suptitle(_caption(report), fontsize=9)
    return figure


def ops_picture(report: dict[str, Any]) -> Figure:
    """For each operation the overhead of each framework over NumPy's own calls."""
    from matplotlib.figure import Figure

    results = {
        name: result["operations"]
        for name, result in report["results"].items()
        if name != "numpy" and "operations" in result
    }
    operations = list(report["results"]["numpy"]["operations"])
    figure = Figure(figsize=(8, 1.2 + 0.35 * len(operations)), layout="constrained")
    axes = figure.add_subplot()
    height = 0.8 / max(1, len(results))
    for i, (framework, times) in enumerate(results.items()):
        positions = [row + i * height for row in range(len(operations))]
        overheads = [times[name]["overhead"] for name in operations]
        bars = axes.barh(positions, overheads, height, label=framework, color=COLORS[FRAMEWORKS[framework].kind])
        axes.bar_label(bars, [f" {overhead:.1f}" for overhead in overheads], fontsize=7)
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(operations))], operations, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("µs over NumPy's own calls, a recorded operation with its backward", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if results:
        axes.legend(fontsize=8, frameon=False)
    figure.suptitle(_caption(report), fontsize=9)
    return figure


def _caption(report: dict[str, Any]) -> str:
    smoke = "SMOKE RUN, NOT A MEASUREMENT; " if report["smoke"] else ""
    return f"{smoke}{report['machine']['cpu']}, {threads(report)}, {report['date'][:10]}"
