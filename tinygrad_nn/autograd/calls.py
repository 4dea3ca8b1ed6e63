"""A call of a function that brings its own derivative, as the engine sees it: on one sample, or on all of a `vmap`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn

from ..backend import NAMESPACES
from ..backend.errors import GraphError
from .apply import apply, make
from .joint import Joint
from .modes import is_grad_enabled, no_grad, set_grad_enabled
from .observer import resumed
from .variable import Variable
from .vmap import Batch, BatchedArray

__all__ = ["Call"]


class Call(Joint):
    """One call, as the engine sees an `Op`: it has the attributes that the engine reads of one.

    Attributes
    ----------
    kept : (tuple of int, tuple of int)
        The outputs and the inputs that backward reads; `run` sets it.
    """

    elementwise = view = False
    linear = kernel = ""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.kept: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
        self.plans: dict[int, Any] = {}

    @abstractmethod
    def run(self, xs: list[Any]) -> list[Any]:
        """The outputs, and after them what else backward reads."""

    @abstractmethod
    def pull(self, gs: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        """The gradients of the inputs from those of what `run` gives, as users see them."""

    @abstractmethod
    def push(self, ts: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        """The tangents of what `run` gives from those of the inputs."""

    @abstractmethod
    def label(self, index: int) -> str:
        """What an input is called in messages."""

    # What the engine asks of an operation

    def plan(self, needs: int) -> Any:
        """See `Op.plan`."""
        plan = self.plans[needs] = self.kept
        return plan

    def forward(self, xp: Any, *arrays: Any) -> Any:
        with resumed(), no_grad():
            return tuple(y.array for y in self.run([make(array) for array in arrays]))

    def jvp(self, xp: Any, tangents: tuple[Any, ...], ys: Any, *xs: Any) -> Any:
        with resumed():
            return tuple(self.push(list(tangents), ys, xs))

    def batch(self, xp: Any, batched: tuple[bool, ...], *xs: Any) -> Any:
        return apply(_Batched(self, batched), xs)

    def gradients(self, xp: Any, gs: list[Any], ys: Any, xs: Sequence[Any]) -> dict[int, Any]:
        recorded = xp is Variable.namespace
        # The tensors that lifted arrays consist of may be recorded, as those outside of the transformation are.
        with set_grad_enabled(recorded or (xp.rank == 2 and is_grad_enabled())):
            given = [None if g is None else _conjugate(_tensor(g, xp)) for g in gs]
            found = self.pull(given, tuple(_tensor(y) for y in ys or ()), [_tensor(x) for x in xs])
            ds = {i: _conjugate(d) for i, d in enumerate(found) if d is not None}
        return ds if recorded else {i: d.array for i, d in ds.items()}

    def without(self, index: int, xp: Any, gs: list[Any]) -> NoReturn:
        raise GraphError(
            f"{self.name}: backward gave None for the gradient of {self.label(index)}, which requires one; "
            "return a tensor (zeros where it has no influence), or pass it detached"
        )


def _tensor(x: Any, xp: Any = None) -> Any:
    """A tensor of what a rule gets: arrays, and with `xp` the scalars that NumPy makes of them, too."""
    if xp is not None and type(x) not in NAMESPACES and not isinstance(x, Variable):
        x = xp.wrap(x)
    return make(x) if type(x) in NAMESPACES else x


def _conjugate(g: Any) -> Any:
    """A gradient on its way as users see it, and back."""
    return Variable.namespace.conj(g) if g.dtype.kind == "c" else g


class _Batched(Call):
    """The same call on all samples of a `vmap` at once: what the user wrote runs in one of its own."""

    def __init__(self, inner: Call, batched: tuple[bool, ...]) -> None:
        super().__init__(inner.name)
        self.inner = inner
        self.batched = batched
        self.size = 0

    def label(self, index: int) -> str:
        return self.inner.label(index)

    def run(self, xs: list[Any]) -> list[Any]:
        self.size = next(x.shape[0] for x, own in zip(xs, self.batched) if own)
        with Batch(self.size) as level:
            ys = self.inner.run([_lifted(level, x, own) for x, own in zip(xs, self.batched)])
            self.kept = self.inner.kept
            return [_lowered(level, y) for y in ys]

    def pull(self, gs: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        with Batch(self.size) as level:
            lifted = [_lifted(level, x, own) for x, own in zip(xs, self.batched)]
            ds = self.inner.pull(_all_lifted(level, gs), _all_lifted(level, ys), lifted)
            found = [None if d is None else _lowered(level, d) for d in ds]
        return [d if d is None or own else d.sum(0) for d, own in zip(found, self.batched)]

    def push(self, ts: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        with Batch(self.size) as level:
            lifted = [_lifted(level, x, own) for x, own in zip(xs, self.batched)]
            tangents = [_lifted(level, t, own) for t, own in zip(ts, self.batched)]
            found = self.inner.push(tangents, _all_lifted(level, ys), lifted)
            return [None if t is None else _lowered(level, t) for t in found]


def _lifted(level: Batch, x: Any, batched: bool) -> Any:
    """A tensor of all samples as one of the level; what only has a shape (a value that is not read) gets its own."""
    if x is None:
        return None
    if isinstance(x, Variable):
        return make(BatchedArray(level, x, batched))
    return _Like(x.shape[1:] if batched else x.shape, x.dtype)


class _Like(NamedTuple):
    """What a value that nobody reads is like."""

    shape: tuple[int, ...]
    dtype: Any


def _all_lifted(level: Batch, xs: Sequence[Any]) -> list[Any]:
    return [_lifted(level, x, True) for x in xs]


def _lowered(level: Batch, y: Any) -> Any:
    """The tensor of all samples of a tensor of the level."""
    array = y.array
    own = isinstance(array, BatchedArray) and array.level is level
    if own:
        array.refresh()
    value = array.value if own else y
    return value if own and array.batched else value.broadcast_to((level.size, *value.shape))
