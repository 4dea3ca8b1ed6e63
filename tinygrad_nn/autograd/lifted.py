"""Lifted arrays: what tensors hold while a function is being transformed.

A transformation (forward mode, `vmap`) is one more kind of array. A `LiftedArray` stands for more than one array: for a
value and its tangent, or for the values of all samples. These are tensors themselves, one level further out: they may
be recorded for a backward that runs outside of the transformation, or hold lifted arrays of an outer transformation.
So transformations nest to any order, and closures over tensors from outside mean what they say.

Every operation on lifted arrays comes to the `Level` of the innermost transformation among its operands, which
computes it by what the operation declares. Rules of backward, which work on arrays and their namespace, run on them as
on all others: each vocabulary function here is the operation of that name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import count
from typing import Any, NoReturn
from weakref import ref

from ..backend import NAMESPACES
from ..backend.errors import GraphError
from ..backend.proxy import ProxyArray, ProxyNamespace
from ..backend.vocabulary import VOCABULARY
from .apply import apply, make
from .modes import at_level, current_mode
from .observer import resumed
from .variable import Variable

__all__ = ["Level", "LiftedArray", "hold", "namespace", "register"]

_next_number = count(1).__next__
PRIMITIVE = frozenset(VOCABULARY) | {"getitem_at_arrays", "as_discrete"}  # operations that are not made of others


class Level(ABC):
    """One transformation under way, a context manager; transformations within it have higher numbers.

    Attributes
    ----------
    name : str
        What the user called, for messages.
    number : int
        Where operands of several transformations meet, the highest is computed first.
    is_open : bool
        False once the transformation has ended: no tensor of it may be used after that.
    written : list of weak references to tensors
        Those that have become part of it because its values were written into them.
    """

    name: str

    def __init__(self) -> None:
        self.number = _next_number()
        self.is_open = True
        self.written: list[ref[Any]] = []

    def __enter__(self) -> Any:
        at_level(self).__enter__()  # not kept: it would be a cycle with this
        return self

    def __exit__(self, *exception: object) -> None:
        at_level(self).__exit__(*exception)
        self.is_open = False
        for reference in self.written:
            tensor = reference()
            if tensor is not None and isinstance(tensor.array, LiftedArray) and tensor.array.level is self:
                self.release(tensor)

    @abstractmethod
    def release(self, tensor: Any) -> None:
        """Give a tensor from outside that was written what it holds outside, where there is such a thing."""

    def lift(self, array: Any) -> LiftedArray:
        """An array as one of this level: itself if it is one already."""
        if isinstance(array, LiftedArray) and array.level is self:
            return array
        return self.constant(make(array))

    @abstractmethod
    def constant(self, tensor: Any) -> LiftedArray:
        """A tensor from outside, as an array of this level."""

    @abstractmethod
    def compute(self, op: Any, operands: list[Any], attrs: Any) -> Any:
        """The result of an operation: an array, or a tuple of them."""

    def check_outside(self, op: Any, y: Any) -> None:
        """Raise where a result that an array of this level is to consist of is of this level, or of one within."""
        if isinstance(y.array, LiftedArray) and y.array.level.number >= self.number:
            raise GraphError(
                f"{op.name}: what the user wrote for it uses a tensor of the {self.name} around it that is none of its "
                "arguments; pass it as one"
            )

    def explain(self, action: str) -> str:
        """Why `action` is refused."""
        return (
            f"{self.name}: {action} needs the values of a tensor that the transformation stands for; compute with "
            "tensors (tg.where instead of if), or use x.detach() where no derivative is wanted"
        )


class LiftedArray(ProxyArray):
    """An array of a transformation; the derived classes say of which tensors it consists.

    Attributes
    ----------
    level : Level
        The transformation that it belongs to.
    memory : list of int
        The number of writes to it: one list, shared with its views.
    seen : int
        How many of them it knows of.
    origin : (LiftedArray, Op, dict) or None
        Of a view: the array that it was taken of, and how. A write to it is a write to that one, and it is taken anew
        when that one has been written.
    """

    __slots__ = ("level", "memory", "origin", "seen")
    rank = 2

    def __init__(self, level: Any) -> None:
        self.level = level
        self.memory = [0]
        self.seen = 0
        self.origin: tuple[LiftedArray, Any, Any] | None = None

    @property
    def parts(self) -> tuple[Any, ...]:
        """The tensors that it consists of."""
        return (self.sample,)

    @property
    def sample(self) -> Any:
        """A tensor of the same dtype on the same device."""
        raise NotImplementedError

    def detached(self) -> Any:
        """The array with nothing of it recorded or differentiated."""
        raise NotImplementedError

    def _take_over(self, other: Any) -> None:
        """Consist of what `other`, an array of the same level and shape, consists of."""
        raise NotImplementedError

    @property
    def dtype(self) -> Any:
        return self.sample.dtype

    def __repr__(self) -> str:
        return f"<{self.level.name} {self.dtype}{list(self.shape)}>"

    def view_of(self, base: LiftedArray, op: Any, attrs: Any) -> None:
        """Note that it shares memory with `base`, of which `op` has taken it."""
        self.memory, self.seen, self.origin = base.memory, base.memory[0], (base, op, attrs)

    def refresh(self) -> None:
        """Consist of what its memory holds now; raise where the transformation has ended."""
        if not self.level.is_open:
            raise GraphError(f"{self.level.name}: a tensor was kept from inside of it, which has ended; return it")
        if self.seen != self.memory[0] and self.origin is not None:
            base, op, attrs = self.origin
            self._take_over(self.level.lift(apply(op, (make(base),), attrs).array))
        self.seen = self.memory[0]

    def _call(self, name: str, *args: Any) -> Any:
        return _vocabulary(name, *args)

    def _assign(self, value: Any) -> None:
        self.refresh()
        if value.dtype != self.dtype:
            value = _vocabulary("astype", value, self.dtype)
        if not isinstance(value, LiftedArray) or value.level.number < self.level.number:
            value = self.level.constant(make(value))
        elif value.level is not self.level:
            raise GraphError(f"{value.level.name}: its values cannot be written into a tensor from outside of it")
        if self.origin is None:
            self.memory[0] += 1
        else:
            self.origin[0]._assign(self._put_back(value))
        self._take_over(value)
        self.seen = self.memory[0]

    def _put_back(self, value: Any) -> Any:
        """What this view was taken of, with `value` in its place: where the VJP of taking it puts a gradient."""
        assert self.origin is not None
        base, op, attrs = self.origin
        if op.broadcasts:
            raise GraphError(f"{self.level.name}: the result of {op.name} cannot be written in place; copy() it before")
        rule = op.rules[0]
        inside = rule(namespace, _vocabulary("ones_like", value), None, base, **attrs)
        return _vocabulary("where", inside != 0, rule(namespace, value, None, base, **attrs), base)

    def _assign_at(self, index: Any, value: Any) -> None:
        self._assign(_vocabulary("assign_at", self, index, value))

    def _defers_to(self, other: Any) -> bool:
        return isinstance(other, Variable)

    def _refuse(self, action: str) -> NoReturn:
        raise GraphError(self.level.explain(action))


def hold(tensor: Any, value: Any) -> None:
    """Make `tensor` hold what `value` does: the same array, at the same place in the graph."""
    tensor.array, tensor.node, tensor.requires_grad = value.array, value.node, value.requires_grad
    tensor.version, tensor.seen = value.version, value.seen


def _vocabulary(name: str, *args: Any, **kwargs: Any) -> Any:
    """A function of the namespace: the operation of that name, on tensors around the arrays."""
    function = getattr(Variable.namespace, name)
    return _arrays(function(*map(_tensors, args), **{key: _tensors(value) for key, value in kwargs.items()}))


def _tensors(tree: Any) -> Any:
    """The same nest of tuples and lists with a tensor around each array."""
    if type(tree) in (tuple, list):
        return type(tree)(map(_tensors, tree))
    return make(tree) if type(tree) in NAMESPACES else tree


def _arrays(result: Any) -> Any:
    return tuple(y.array for y in result) if isinstance(result, tuple) else result.array


class _LiftedNamespace(ProxyNamespace):
    """The namespace ``xp`` of lifted arrays."""

    name = "lifted"
    rank = 2

    def __init__(self) -> None:
        super().__init__(_vocabulary)
        self.kernels: dict[str, Callable[..., Any]] = {}

    def compute(self, op: Any, inputs: Any, arrays: list[Any], parents: list[Any], needs: int,
                attrs: Any) -> tuple[Any, int]:  # fmt: skip
        """Compute `op` at the innermost level among its operands, as `apply` asks for it.

        A tensor from outside of that level takes its graph with it into the level: it is recorded there, and not once
        more around it.
        """
        lifted = [a for a in arrays if isinstance(a, LiftedArray)]
        for a in lifted:
            a.refresh()
        level = max((a.level for a in lifted), key=lambda level: level.number)
        last = len(arrays) - 1
        for i, array in enumerate(arrays):
            if parents[i] is not None and not (isinstance(array, LiftedArray) and array.level is level):
                arrays[i] = level.constant(inputs[i])
                parents[i] = None
                needs &= ~(1 << (last - i))
        if current_mode().paused is None:
            y = level.compute(op, arrays, attrs)
        else:  # an observer sees what it is computed by, too
            with resumed(inside=True):
                y = level.compute(op, arrays, attrs)
        if op.view and isinstance(y, LiftedArray) and isinstance(arrays[0], LiftedArray) and y.level is level:
            y.view_of(arrays[0], op, attrs)
        return y, needs

    def wrap(self, y: Any) -> Any:
        return y

    def is_view(self, x: Any) -> bool:
        return False  # nothing is written into the tensors that a lifted array consists of

    def to_device(self, array: LiftedArray, device: str) -> Any:
        return _vocabulary("to_device", array, device)

    def parts(self, array: LiftedArray) -> tuple[Any, ...]:
        """What an array stands for: tensors."""
        return array.parts

    def same_place(self, x: LiftedArray, y: LiftedArray) -> bool:
        if x.origin is None or y.origin is None:
            return False
        return x.origin[0] is y.origin[0] and x.origin[1:] == y.origin[1:]

    def values(self, array: LiftedArray) -> Any:
        """All the values that an array stands for, as one of an outer level or of a device."""
        return array.sample.array

    def device_of(self, array: LiftedArray) -> str:
        device: str = array.sample.device
        return device

    def to_numpy(self, array: LiftedArray) -> NoReturn:
        array._refuse("numpy(), item(), float() or bool()")


namespace = _LiftedNamespace()


def register(kind: type[LiftedArray]) -> type[LiftedArray]:
    """Make a kind of lifted arrays known."""
    NAMESPACES[kind] = namespace
    return kind
