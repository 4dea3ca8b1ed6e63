"""The graph of recorded operations, as a picture or as text for Graphviz."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from ..compiler.program import Program
from ..interop.files import replacing
from ..tensor import Tensor
from .layers import arranged
from .recorded import Box, Graph, graph_of_program, graph_of_tensor
from .svg import LINE, PADDING, Kind, curve, page, rectangle, text

__all__ = ["draw_graph"]

KINDS = {
    "operation": Kind("operation", "#f3f4f6", "#6b7280"), "parameter": Kind("parameter", "#fef3c7", "#d97706", 12),
    "input": Kind("input", "#e0e7ff", "#6366f1", 12), "state": Kind("state", "#f3e8ff", "#a855f7", 12),
    "constant": Kind("constant", "#ffffff", "#9ca3af", 12), "output": Kind("what it leaves", "#dcfce7", "#16a34a", 12),
}  # fmt: skip


def draw_graph(
    recorded: Tensor | Program,
    path: str | os.PathLike[str],
    *,
    names: Mapping[str, Tensor] | None = None,
    limit: int = 400,
) -> Path:
    """Draw the operations that were recorded behind a tensor, or those of a program, from top to bottom.

    Of a tensor these are what a backward from it would go through, so what needs no gradient is left out. Operations
    have their names, what they give and the settings that are not None or False; parameters, inputs and results have
    boxes of their own.

    Parameters
    ----------
    recorded : Tensor or Program
        A tensor that requires a gradient, or what `tinygrad_nn.trace` gives.
    path : str or path-like
        Where to save it: an SVG file that needs nothing else (.svg), or a text for Graphviz (.dot).
    names : mapping of str to Tensor, optional
        What parameters and other leaves are called, such as ``dict(model.named_parameters())``.
    limit : int
        The largest number of operations that are drawn.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    GraphError
        The tensor has no graph, or a backward has freed it.
    TypeError
        `recorded` is neither a tensor nor a program.
    ValueError
        There are more operations than `limit`, or the name of the file says that it is another kind of picture.

    Examples
    --------
    >>> import tempfile
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.viz import draw_graph
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    >>> loss = model(tg.ones((4, 2))).mean()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = draw_graph(loss, f"{folder}/loss.dot", names=dict(model.named_parameters()))
    ...     lines = path.read_text().splitlines()
    >>> [line for line in lines if "weight" in line]
    ['  n0 [label="0.weight\\\\nfloat32[3, 2]", shape=ellipse, fillcolor="#fef3c7", color="#d97706"];']
    """
    file = Path(path)
    if file.suffix.lower() not in (".svg", ".dot"):
        raise ValueError(f"draw_graph: {file.name!r} is no name of a picture of a graph; let it end in .svg or .dot")
    if isinstance(recorded, Program):
        graph = graph_of_program(recorded, names or {})
    elif isinstance(recorded, Tensor):
        graph = graph_of_tensor(recorded, names or {})
    else:
        raise TypeError(f"draw_graph: found {type(recorded).__name__}, wanted a Tensor or what tg.trace gives")
    count = graph.operations.total()
    if count > limit:
        most = ", ".join(f"{number} {name}" for name, number in graph.operations.most_common(5))
        raise ValueError(
            f"draw_graph: there are {count} operations ({most}, ...), more than limit={limit}; draw a part of them, "
            "such as one layer or fewer steps, or raise the limit"
        )
    written = _svg(graph) if file.suffix.lower() == ".svg" else _dot(graph)
    with replacing(file) as temporary:
        temporary.write_text(written, encoding="utf-8")
    return file


def _dot(graph: Graph) -> str:
    lines = [f"digraph {_quoted(graph.title)} {{", '  node [style=filled, fontname="Helvetica", fontsize=10];']
    for name, box in graph.boxes.items():
        kind = KINDS[box.kind]
        shape = "box" if box.kind == "operation" else "ellipse"
        words = _quoted("\n".join(box.lines))
        lines.append(f'  {name} [label={words}, shape={shape}, fillcolor="{kind.area}", color="{kind.edge}"];')
    for (start, end), values in graph.lines.items():
        lines.append(f"  {start} -> {end} [tooltip={_quoted(', '.join(values))}];")
    return "\n".join([*lines, "}\n"])


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _svg(graph: Graph) -> str:
    sizes = {name: _size(box) for name, box in graph.boxes.items()}
    place = arranged(sizes, {name: box.row for name, box in graph.boxes.items()}, graph.lines)
    drawn = [curve(place.lines[ends], "\n".join(values)) for ends, values in graph.lines.items()]
    for name, box in graph.boxes.items():
        drawn += _drawn(box, place.corners[name], sizes[name])
    used = {box.kind for box in graph.boxes.values()}
    counts = graph.operations
    heading = [graph.title, f"{counts.total()} operations of {len(counts)} kinds"]
    return page(heading, [kind for name, kind in KINDS.items() if name in used], place.size, drawn)


def _size(box: Box) -> tuple[float, float]:
    first, *rest = map(len, box.lines)
    width = max(7.0 * first, *(6.4 * letters for letters in rest), 46.0)  # the first line is bold
    return width + 2 * PADDING, LINE * len(box.lines) + 2 * PADDING


def _drawn(box: Box, corner: tuple[float, float], size: tuple[float, float]) -> Iterable[str]:
    x, y = corner
    yield f"<g><title>{escape(box.lines[0])}</title>"
    yield rectangle(x, y, size, KINDS[box.kind])
    for k, line in enumerate(box.lines):
        yield text(x + PADDING + 1, y + PADDING - 3 + LINE * (k + 1), line, "head" if k == 0 else "dim")
    yield "</g>"
