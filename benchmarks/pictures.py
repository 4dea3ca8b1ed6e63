"""Pictures of what was measured (with matplotlib)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import first_calls
from benchmarks.ratios import ROOFLINE, roofline
from benchmarks.runners import FRAMEWORKS
from benchmarks.words import number, threads

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = {"ours": "#d9480f", "peer": "#748ffc", "floor": "#adb5bd"}
SECOND_COLORS = {"ours": "#ffa94d", "peer": "#bac8ff", "floor": "#dee2e6"}


def picture(report: dict[str, Any]) -> Figure:
    """Bars of the medians: of steps or first calls by workload and framework, or of overheads by operation."""
    return {"steps": steps_picture, "ops": ops_picture, "compile": compile_picture}[report["suite"]](report)


def steps_picture(report: dict[str, Any]) -> Figure:
    """One panel a workload, one bar a framework, whiskers at the quartiles, a line at the roofline."""
    figure, panels = _panels(report)
    for axes, workload in zip(panels, report["workloads"].values()):
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
        axes.bar_label(bars, [f" {number(median)}" for median in medians], padding=4, fontsize=8)
        bound = roofline(results)
        if bound is not None:
            axes.axvline(bound, color="#495057", linestyle="dotted", linewidth=1)
        axes.set_xlabel("ms a training step" + (f" (dotted: the {ROOFLINE})" if bound else ""), fontsize=8)
    return figure


def compile_picture(report: dict[str, Any]) -> Figure:
    """One panel a workload: of each framework the time until the first step is done, cold and cached."""
    figure, panels = _panels(report)
    for axes, workload in zip(panels, report["workloads"].values()):
        results = {
            f"{framework}, {cache}": (result[cache]["first_s"], colors[FRAMEWORKS[framework].kind])
            for framework, result in workload["results"].items()
            if result["status"] == "ok"
            for cache, colors in zip(first_calls.CACHES, (COLORS, SECOND_COLORS))
        }
        seconds = [time for time, _ in results.values()]
        bars = axes.barh(list(results), seconds, color=[color for _, color in results.values()])
        axes.bar_label(bars, [f" {number(time)}" for time in seconds], fontsize=8)
        axes.set_xlabel("s until the first training step is done", fontsize=8)
    return figure


def _panels(report: dict[str, Any]) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each workload, for horizontal bars that are read downwards."""
    from matplotlib.figure import Figure

    workloads = report["workloads"]
    bars = max(len(workload["results"]) for workload in workloads.values())
    columns = min(3, len(workloads))
    rows = -(-len(workloads) // columns)
    figure = Figure(figsize=(5.2 * columns, 0.6 + (0.9 + 0.25 * bars) * rows), layout="constrained")
    panels = [figure.add_subplot(rows, columns, panel + 1) for panel in range(len(workloads))]
    for axes, (name, workload) in zip(panels, workloads.items()):
        axes.invert_yaxis()
        axes.margins(x=0.2)
        axes.set_title(f"{name}\n{workload['description']}", fontsize=8, loc="right")  # over the labels too
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(_caption(report), fontsize=9)
    return figure, panels


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
