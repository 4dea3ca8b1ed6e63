"""Checkpointing: memory for time. What a function computed is not kept for backward but computed again there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..backend import NAMESPACES
from ..backend.dtypes import is_differentiable
from ..backend.errors import GraphError
from .apply import make
from .backward import walk
from .graph import Node, Output
from .joint import Joint
from .modes import at_level, current_mode, enable_grad, no_grad
from .tree import flatten, rebuilt
from .variable import WRITES, Variable
from .witness import Witness

__all__ = ["checkpoint"]


def checkpoint(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function, keep nothing of what it computes, and compute it again in backward.

    A chain of n layers keeps the activations of all of them for backward. In checkpoints of sqrt(n) layers each, it
    keeps those between the checkpoints and, one after the other, those within: memory grows with sqrt(n), and the
    forward is computed twice (Chen et al. 2016).

    Parameters
    ----------
    f : callable
        A function or module. It may be called several times and must compute the same each time: of the random numbers,
        those of random tensors (`tg.rand`, dropout) are the same again, and their generators go on as if nothing had
        been drawn; tensors that it writes in place (running statistics) hold again what they held at first, and keep
        what the first call wrote. It must see tensors by operations: `item()` and `numpy()` of one that changes until
        backward, and attributes assigned anew, are not noticed.
    *args, **kwargs
        Its arguments: tensors and anything else.

    Returns
    -------
    Tensor or nest of them
        What `f` returns. Gradients reach all tensors that `f` uses: its arguments, a module's parameters, and what is
        in its closure.

    Raises
    ------
    GraphError
        `f` writes in place to a tensor that requires a gradient, or to memory that it uses through several tensors; in
        backward: its results have other shapes this time, or a tensor that it uses (also one that requires no gradient)
        was written since.

    Notes
    -----
    Where nothing is recorded it is ``f(*args, **kwargs)``, and so it is in `tg.jvp` and `tg.vmap`, which record in ways
    of their own, and in `tg.trace`, whose program plans its memory. Checkpoints nest.

    References
    ----------
    Chen, Xu, Zhang, Guestrin (2016): Training Deep Nets with Sublinear Memory Cost.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> block = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Dropout(0.5))
    >>> y = tg.checkpoint(block, tg.ones((4, 8)))
    >>> y.sum().backward()
    >>> block[0].weight.grad.shape
    (8, 8)
    """
    mode = current_mode()
    if not mode.grad_enabled or mode.level is not None or mode.recorder is not None:
        return f(*args, **kwargs)
    with no_grad(), Witness() as witness:
        result = f(*args, **kwargs)
    sources = witness.sources()
    if not sources:
        return result
    ys = flatten(result)
    plain = (i for i, y in enumerate(ys) if isinstance(y, Variable) and not y.requires_grad)
    places = [i for i in plain if is_differentiable(ys[i].dtype)]
    if not places:
        return result
    segment = _Segment(partial(f, *args, **kwargs), witness, sources, places)
    for i, y in zip(places, segment.recorded([ys[i] for i in places])):
        ys[i] = y
    return rebuilt(result, ys)


class _Segment(Joint):
    """One checkpoint: its rules run the function again, and backward through that.

    Attributes
    ----------
    sources : list of Tensor
        What the function uses and requires gradients; the inputs of the node.
    places : list of int
        Which leaves of the nest that the function returns are the outputs of the node.
    shapes : list of tuple of int
        The shapes of these.
    """

    name = "checkpoint"

    def __init__(self, f: Callable[[], Any], witness: Witness, sources: list[Any], places: list[int]) -> None:
        super().__init__()
        self.f = f
        self.witness = witness
        self.sources = sources
        self.places = places
        self.shapes: list[tuple[int, ...]] = []

    def recorded(self, ys: list[Any]) -> list[Any]:
        """The same tensors as outputs of a node."""
        parents = [x.node or x for x in self.sources]
        versions = [(i, x.version, x.version[WRITES]) for i, x in enumerate(self.sources, 1)]
        node = Node(self, {}, parents, [None, *parents], versions, NAMESPACES[type(ys[0].array)])
        self.shapes = [y.shape for y in ys]
        tensors = [make(y.array, Output(node, i, len(ys), y.shape, y.dtype), True) for i, y in enumerate(ys)]
        for t, y in zip(tensors, ys):  # it may be a view of an argument
            t.version, t.seen = y.version, y.seen
        return tensors

    def gradients(self, xp: Any, gs: list[Any], ys: Any, xs: Sequence[Any]) -> dict[int, Any]:
        create_graph = xp is Variable.namespace
        doors, places = self._again()
        roots = []
        for place, g in zip(places, gs):
            if g is not None and place is not None:
                roots.append((place, g if create_graph or type(g) in NAMESPACES else xp.wrap(g)))
        beyond = [door.parents for door in doors]
        for door in doors:  # so that this walk ends there
            door.parents = ()
        found = walk(roots, retain_graph=create_graph, create_graph=create_graph, targets=doors)
        for door, parents in zip(doors, beyond):
            door.parents = parents
        ds: dict[int, Any] = {}
        for i, door in enumerate(doors):
            d = found.get(door)
            if d is not None:
                ds[i] = xp.copy(d) if any(d is other for other in ds.values()) else d
        return ds

    def without(self, index: int, xp: Any, gs: list[Any]) -> Any:
        x = self.sources[index]
        return xp.zeros_like(x if xp is Variable.namespace else x.array)

    def _again(self) -> tuple[list[Node], list[Any]]:
        """For each source the node through which it comes in, and the places in the graph of the new outputs."""
        nodes = [x.node for x in self.sources]
        with enable_grad(), at_level(None):
            doors = [Variable.namespace.positive(x).node for x in self.sources]
            try:
                for x, door in zip(self.sources, doors):
                    x.node = door
                with self.witness.again():
                    ys = flatten(self.f())
                    outputs = [ys[i] for i in self.places if i < len(ys)]
                    roots = [(y.node or y) if y.requires_grad else None for y in outputs]
            finally:
                for x, node in zip(self.sources, nodes):
                    x.node = node
        if [y.shape for y in outputs] != self.shapes:
            raise GraphError(
                f"checkpoint: the function gave shapes {self.shapes}, and {[y.shape for y in outputs]} when it was "
                "computed again for backward; it must compute the same each time"
            )
        return doors, roots
