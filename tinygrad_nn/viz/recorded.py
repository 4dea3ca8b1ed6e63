"""What is recorded, as boxes and lines: the operations behind a tensor, or those of a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..autograd.graph import Node, Output
from ..backend.errors import GraphError
from ..backend.live import LiveNumber
from ..compiler.program import Gradient, Program
from ..compiler.simplify import references
from ..compiler.structure import flatten
from ..nn import Parameter
from ..tensor import Tensor

__all__ = ["Box", "Graph", "graph_of_program", "graph_of_tensor"]

PLACES = (Node, Output)  # where a value comes from that is no leaf
LETTERS = 36  # of an argument that are shown


class Box(NamedTuple):
    """An operation, or values that come from outside or go there.

    Attributes
    ----------
    kind : {"operation", "parameter", "input", "state", "constant", "output"}
        What it stands for.
    lines : list of str
        Its name, and what there is to say of it.
    row : int
        How far down it belongs: operations are in even rows, below all that they read.
    """

    kind: str
    lines: list[str]
    row: int


class Graph:
    """Boxes by their names, and the lines from one to another with what goes along them in words."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.boxes: dict[str, Box] = {}
        self.lines: dict[tuple[str, str], list[str]] = {}

    def add(self, box: Box) -> str:
        """Add a box; returns its name."""
        name = f"n{len(self.boxes)}"
        self.boxes[name] = box
        return name

    def connect(self, start: str, end: str, words: str) -> None:
        """Draw a line, or write more words at one that is there."""
        self.lines.setdefault((start, end), []).append(words)

    def leave(self, start: str, lines: list[str]) -> None:
        """Add a box for what a value is at the end."""
        self.connect(start, self.add(Box("output", lines, self.boxes[start].row + 1)), lines[-1])

    @property
    def operations(self) -> Counter[str]:
        """How often each operation is there."""
        return Counter(box.lines[0] for box in self.boxes.values() if box.kind == "operation")


def graph_of_tensor(tensor: Tensor, names: Mapping[str, Tensor]) -> Graph:
    """The operations that a backward from this tensor would go through, and the leaves that it would reach.

    Raises
    ------
    GraphError
        Nothing was recorded, or a backward has freed it.
    """
    if not tensor.requires_grad:
        raise GraphError(
            "draw_graph: the tensor does not require a gradient, so nothing was recorded; set requires_grad=True on a "
            "leaf, or draw tg.trace(function, inputs...)"
        )
    typed = _typed(tensor.shape, tensor.dtype)
    graph = Graph(f"graph of a tensor {typed}")
    nodes = _nodes_behind(tensor)
    rows: dict[Node, int] = {}
    leaves: dict[int, tuple[Tensor, int]] = {} if tensor.node is not None else {id(tensor): (tensor, 1)}
    for node in nodes:
        rows[node] = row = 2 + max((rows[_node_of(p)] for p in node.parents if isinstance(p, PLACES)), default=0)
        for leaf in node.parents:
            if isinstance(leaf, Tensor):  # just above the first that reads it
                leaves[id(leaf)] = leaf, min(row - 1, leaves.get(id(leaf), (leaf, row))[1])
    called = {id(leaf): name for name, leaf in names.items()}
    made_leaves = {key: graph.add(_leaf(leaf, called.get(key), row)) for key, (leaf, row) in leaves.items()}
    made: dict[Node, str] = {}

    def box_of(place: Tensor | Node | Output) -> str:
        return made_leaves[id(place)] if isinstance(place, Tensor) else made[_node_of(place)]

    for node in nodes:
        shape = [] if node.shape is None else [_typed(node.shape, node.dtype)]
        made[node] = graph.add(Box("operation", [node.op.name, *shape, *_settings(node.attrs)], rows[node]))
        for parent in node.parents:
            if parent is not None:
                graph.connect(box_of(parent), made[node], _typed(parent.shape, parent.dtype))
    graph.leave(box_of(tensor if tensor.node is None else tensor.node), ["result", typed])
    return graph


def graph_of_program(program: Program, names: Mapping[str, Tensor]) -> Graph:
    """All that a program does, in its order: what it is given, its instructions, and what it leaves."""
    called = {id(tensor): name for name, tensor in names.items()}
    graph = Graph(f"graph of {program.name}")
    rows: dict[int, int] = {}  # of the instructions, by what they compute
    readers: dict[int, int] = {}  # the first row in which a value is read
    for i in program.instructions:
        read = set(references((i.args, i.kwargs)))
        rows[i.output] = row = 2 + max((rows.get(n, 0) for n in read), default=0)
        readers |= {n: min(row, readers.get(n, row)) for n in read}

    def name_of(place: Any) -> str:
        if isinstance(place, Gradient):
            return f"gradient of {name_of(place.tensor)}"
        return called.get(id(place), "parameter" if isinstance(place, Parameter) else "state")

    left = [("result", leaf.number) for leaf in flatten(program.outputs)]
    left += [(f"gradient of {name_of(tensor)}", n) for tensor, n in program.grads if n is not None]
    left += [(f"gradient of input {place}", n) for place, n in program.input_grads]
    left += [(f"new {name_of(place)}", n) for place, n in program.writes]
    given = [(n, "input", f"input {k}", shape, dtype) for k, (n, shape, dtype, _) in enumerate(program.inputs)]
    for n, place in program.state:
        tensor = place.tensor if isinstance(place, Gradient) else place
        kind = "parameter" if isinstance(place, Parameter) else "state"
        given.append((n, kind, name_of(place), tensor.shape, tensor.dtype))
    given += [(n, "constant", "constant", array.shape, array.dtype) for n, array in program.constants.items()]
    for n, draw in program.draws.items():
        given.append((n, "constant", str(draw) if isinstance(draw, LiveNumber) else "random", *program.drawn[n]))

    made: dict[int, str] = {}
    words: dict[int, str] = {}
    wanted = readers.keys() | {n for _, n in left}
    for n, kind, name, shape, dtype in given:
        if n in wanted:
            words[n] = _typed(shape, dtype)
            made[n] = graph.add(Box(kind, [name, words[n]], readers.get(n, 2) - 1))
    for i in program.instructions:
        words[i.output] = _typed(i.shape, i.dtype)
        settings = [_shown(a) for a in i.args if not list(references(a))] + _settings(i.kwargs)
        made[i.output] = graph.add(Box("operation", [i.name, words[i.output], *settings], rows[i.output]))
        for n in references((i.args, i.kwargs)):
            graph.connect(made[n], made[i.output], words[n])
    for name, n in left:
        graph.leave(made[n], [name, words[n]])
    return graph


def _nodes_behind(tensor: Tensor) -> list[Node]:
    """Oldest first, so that each comes after all that it was computed from."""
    found: set[Node] = set()
    pending = [] if tensor.node is None else [_node_of(tensor.node)]
    while pending:
        node = pending.pop()
        if node in found:
            continue
        if node.parents is None:
            raise GraphError(
                f"draw_graph: backward has freed the graph at {node.op.name!r}; draw it before, or call "
                "backward(retain_graph=True)"
            )
        found.add(node)
        pending += [_node_of(parent) for parent in node.parents if isinstance(parent, PLACES)]
    return sorted(found, key=lambda node: -node.order)


def _node_of(place: Node | Output) -> Node:
    return place.node if isinstance(place, Output) else place


def _leaf(tensor: Tensor, name: str | None, row: int) -> Box:
    kind = "parameter" if isinstance(tensor, Parameter) else "input"
    return Box(kind, [name or kind, _typed(tensor.shape, tensor.dtype)], row)


def _settings(settings: Mapping[str, Any]) -> list[str]:
    """What an operation was told, such as an axis."""
    told = {name: value for name, value in settings.items() if value is not None and value is not False}
    return [f"{name}={_shown(value)}" for name, value in told.items() if not list(references(value))]


def _shown(value: Any) -> str:
    words = " ".join(repr(value).split())
    return words if len(words) <= LETTERS else f"{words[: LETTERS - 4]} ..."


def _typed(shape: Any, dtype: Any) -> str:
    return f"{dtype}{list(shape)}"
