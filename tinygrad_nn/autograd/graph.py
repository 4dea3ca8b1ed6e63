"""The recorded graph: light nodes that point from each result to what it was computed from."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

__all__ = ["Node", "Output"]

_next_order = count(0, -1).__next__  # one atomic C call: later nodes have lower numbers and come first out of a heap


class Node:
    """One recorded operation.

    It holds no tensors but the leaves among its parents, so results that no rule reads are freed as soon as the user
    drops them, and there are no reference cycles.

    Attributes
    ----------
    op, attrs
        The operation and its attributes.
    parents : tuple
        For each input the `Node` or `Output` it came from, the tensor itself where it is a leaf, or None where it
        needs no gradient.
    saved : list or None
        The output and the inputs as the rules get them: arrays where a rule reads them, else the parent (which has the
        shape and dtype) or None. None after backward freed it.
    versions : list of (int, list, int)
        For each saved tensor its place (that of inputs counts from 1, outputs are 0, -1, ...), its `version`, and the
        count of writes it had.
    xp
        The namespace of its arrays.
    shape, dtype
        Of its output (None where it has several).
    order : int
        Creation number, negative and falling.
    hooks : list of (int, callable) or None
        Called with the gradient of the output of that index (0 where there is one output).
    """

    __slots__ = ("attrs", "dtype", "hooks", "op", "order", "parents", "saved", "shape", "versions", "xp")

    def __init__(self, op: Any, attrs: Any, parents: Any, saved: Any, versions: Any, xp: Any) -> None:
        self.op = op
        self.attrs = attrs
        self.parents = parents
        self.saved = saved
        self.versions = versions
        self.xp = xp
        self.shape: Any = None
        self.dtype: Any = None
        self.order = _next_order()
        self.hooks: list[tuple[int, Callable[[Any], Any]]] | None = None

    def __repr__(self) -> str:
        return f"<node {self.op.name} {self.shape}>"


class Output:
    """One output of a node that has several."""

    __slots__ = ("count", "dtype", "index", "node", "shape")

    def __init__(self, node: Node, index: int, count: int, shape: Any, dtype: Any) -> None:
        self.node = node
        self.index = index
        self.count = count
        self.shape = shape
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"<output {self.index} of {self.node.op.name} {self.shape}>"
