"""Checkpointing: memory for time. What a function computed is not kept for backward but computed again there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from weakref import ref

from ..backend import NAMESPACES
from ..backend.errors import GraphError
from .apply import make
from .backward import walk
from .graph import Node, Output
from .joint import Joint
from .modes import at_level, current_mode, enable_grad, no_grad
from .observer import Observer
from .tree import flatten, rebuilt
from .variable import WRITES, Variable

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
    with no_grad(), _Watch() as watch:
        result = f(*args, **kwargs)
    sources = watch.sources()
    if not sources:
        return result
    ys = flatten(result)
    places = [i for i, y in enumerate(ys) if isinstance(y, Variable) and not y.requires_grad and y.dtype.kind in "fc"]
    if not places:
        return result
    segment = _Segment(partial(f, *args, **kwargs), watch, sources, places)
    for i, y in zip(places, segment.recorded([ys[i] for i in places])):
        ys[i] = y
    return rebuilt(result, ys)


class _Memory:
    """A piece of memory that a function met, by the version that tensors in it share.

    Attributes
    ----------
    version : list of two int
        It is held, so that its identity stays its own.
    writes : int
        How many there were when the function met it.
    is_inner : bool
        The function has computed it.
    is_shared : bool
        It was met through a detached tensor; others that were not met may be in it.
    users : dict
        The tensors from outside through which it was met, by their identities.
    views : dict
        The same for views that the function took of them.
    before : list of (weak reference to a tensor, array) or None
        What the users held before the function wrote here.
    """

    __slots__ = ("before", "is_inner", "is_shared", "users", "version", "views", "writes")

    def __init__(self, version: list[int], is_inner: bool) -> None:
        self.version = version
        self.writes = version[WRITES]
        self.is_inner = is_inner
        self.is_shared = False
        self.users: dict[int, ref[Any]] = {}
        self.views: dict[int, ref[Any]] = {}
        self.before: list[tuple[ref[Any], Any]] | None = None

    @property
    def is_written(self) -> bool:
        return self.version[WRITES] != self.writes

    def alive(self) -> list[Any]:
        """The tensors from outside that still exist."""
        return [x for x in (holder() for holder in self.users.values()) if x is not None]

    def former(self, x: Any) -> Any:
        """What a tensor held before the function wrote here, None where that is not known."""
        found = [array for holder, array in self.before or () if holder is self.users[id(x)]]
        return found[0] if found else None


class _Shown(NamedTuple):
    """How a tensor from outside is shown to the function when it is called again."""

    holder: ref[Any]
    array: Any
    version: list[int]
    seen: Any
    is_written: bool  # by the function, which then gets a copy of the array


class _Watch(Observer):
    """Sees what a function uses: tensors from outside, and generators.

    It holds the tensors weakly, so that those which the function makes do not outlive it.
    """

    def __init__(self) -> None:
        self._memories: dict[int, _Memory] = {}
        self._generators: dict[int, tuple[Any, Any]] = {}  # each generator, and the state it was in
        self._shown: list[_Shown] = []
        self._unchanged: list[tuple[ref[Any] | None, list[int], int, str]] = []  # what may not be written until backward

    def apply(self, op: Any, inputs: tuple[Any, ...], attrs: Any) -> Any:
        for x in inputs:
            if isinstance(x, Variable):
                self._note(x)
        result = super().apply(op, inputs, attrs)
        for y in result if type(result) is tuple else (result,):
            memory = self._memory(y, True)
            if not memory.is_inner:
                memory.views[id(y)] = ref(y)
        return result

    def meet(self, tensor: Any) -> None:
        self._note(tensor)
        super().meet(tensor)

    def writing(self, tensor: Any) -> None:
        memory = self._note(tensor)
        if memory.before is None and not memory.is_inner:
            holders = [memory.users[id(x)] for x in memory.alive()]
            memory.before = [(holder, _copied(x.array)) for holder in holders if (x := holder()) is not None]
        super().writing(tensor)

    def _memory(self, x: Any, is_inner: bool) -> _Memory:
        memory = self._memories.get(id(x.version))
        if memory is None:
            memory = self._memories[id(x.version)] = _Memory(x.version, is_inner)
        return memory

    def _note(self, x: Any) -> _Memory:
        memory = self._memory(x, False)
        if not memory.is_inner and not _has(memory.users, x) and not _has(memory.views, x):
            memory.users[id(x)] = ref(x)
            memory.is_shared |= isinstance(x.seen, tuple)
        return memory

    def drawing(self, generator: Any) -> None:
        self._generators.setdefault(id(generator), (generator, generator.state()))
        super().drawing(generator)

    def sources(self) -> list[Any]:
        """The tensors from outside that require a gradient, once the function has ended.

        What it needs of the others when it is called again is kept.
        """
        memories, self._memories = self._memories, {}
        sources = []
        for memory in memories.values():
            if memory.is_inner:
                continue
            users = memory.alive()
            sources += [x for x in users if x.requires_grad]
            if memory.is_written:
                self._show_former(memory, users)
            else:
                self._show_unchanged(memory, users)
        return sources

    def _show_former(self, memory: _Memory, users: list[Any]) -> None:
        for x in users:
            if x.requires_grad:
                raise GraphError(
                    f"checkpoint: the function writes in place to a tensor of shape {x.shape} that requires a "
                    "gradient; write to a copy() of it"
                )
        if not users and not memory.is_shared:  # it made the tensor itself
            return
        former = memory.former(users[0]) if len(users) == 1 else None
        if former is None:
            shapes = ", ".join(str(x.shape) for x in users) or "unknown"
            raise GraphError(
                "checkpoint: the function writes in place to memory that it uses through a detached tensor or several "
                f"tensors (of shapes {shapes}), or not by an operation, so that it cannot be called again as it was; "
                "write through one tensor that the function uses, or to a copy() of it"
            )
        self._shown.append(_Shown(ref(users[0]), former, [0, 0], 0, True))

    def _show_unchanged(self, memory: _Memory, users: list[Any]) -> None:
        for x in users:
            if not x.requires_grad:
                self._shown.append(_Shown(ref(x), x.array, x.version, x.seen, False))
                self._unchanged.append((ref(x), x.version, memory.writes, f"of shape {x.shape} "))
        if not users and memory.is_shared:  # by a detached tensor that is gone
            self._unchanged.append((None, memory.version, memory.writes, ""))

    @contextmanager
    def again(self) -> Iterator[None]:
        """A context in which all is as it was for the first call, and after which it is as if nothing had been done.

        What the function writes it writes to copies.
        """
        for holder, version, writes, shape in self._unchanged:
            if version[WRITES] != writes and (holder is None or holder() is not None):
                raise GraphError(
                    f"checkpoint: a tensor {shape}that the function uses was written in place after the forward, so "
                    "that it cannot be computed again for backward; write to a copy() instead"
                )
        states = [(generator, generator.state()) for generator, _ in self._generators.values()]
        tensors = [(x, shown) for shown in self._shown if (x := shown.holder()) is not None]
        fields = [(x, x.array, x.version, x.seen, x.node, x.requires_grad) for x, _ in tensors]
        try:
            for generator, state in self._generators.values():
                generator.set_state(state)
            for x, shown in tensors:
                x.array, x.version, x.seen = shown.array, shown.version, shown.seen
                x.node, x.requires_grad = None, False
                if shown.is_written:
                    x.array, x.version = _copied(shown.array), [0, 0]
            yield
        finally:
            for generator, state in states:
                generator.set_state(state)
            for x, *values in fields:
                x.array, x.version, x.seen, x.node, x.requires_grad = values


def _has(holders: dict[int, ref[Any]], x: Any) -> bool:
    holder = holders.get(id(x))
    return holder is not None and holder() is x


def _copied(array: Any) -> Any:
    return NAMESPACES[type(array)].copy(array)


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

    def __init__(self, f: Callable[[], Any], watch: _Watch, sources: list[Any], places: list[int]) -> None:
        super().__init__()
        self.f = f
        self.watch = watch
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
        """For each source the node through which it comes in, and where the outputs, computed again, are in the graph."""
        nodes = [x.node for x in self.sources]
        with enable_grad(), at_level(None):
            doors = [Variable.namespace.positive(x).node for x in self.sources]
            try:
                for x, door in zip(self.sources, doors):
                    x.node = door
                with self.watch.again():
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
