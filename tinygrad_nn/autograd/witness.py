"""What a function used of the world around it, so that it can be called again and find all as it was.

Arrays that the function does not write are kept as they are, and their versions tell whether somebody else has written
them since. Of those that it does write, the values before its first write are kept, and it gets copies of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from weakref import ref

from ..backend import NAMESPACES
from ..backend.errors import GraphError
from .observer import Observer
from .variable import WRITES, Variable

__all__ = ["Witness"]


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


class Witness(Observer):
    """Sees what a function uses: tensors from outside, and generators.

    It holds the tensors weakly, so that those which the function makes do not outlive it.
    """

    def __init__(self) -> None:
        self._memories: dict[int, _Memory] = {}
        self._generators: dict[int, tuple[Any, Any]] = {}  # each generator, and the state it was in
        self._shown: list[_Shown] = []
        self._unchanged: list[tuple[ref[Any] | None, list[int], int, str]] = []  # not to be written

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
