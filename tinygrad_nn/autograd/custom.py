"""Calls of functions whose derivative their user states: what `Function` and `custom_vjp` have in common.

The functions run on tensors, whatever these hold. So one call is to the engine an operation: its forward makes tensors
of the arrays it is given, and its rules call the user's backward. What the user's forward saves beyond its inputs and
outputs is one more output of the operation; the engine keeps it, lifts it and brings it back like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..backend import device_of, zeros
from ..backend.dtypes import is_differentiable
from ..backend.errors import GraphError
from .apply import apply, make
from .calls import Call
from .forward import jvp
from .lifted import LiftedArray
from .modes import at_level
from .transforms import vjp
from .tree import flatten, mapped
from .variable import WRITES, Variable

__all__ = ["TENSOR", "Statement", "call"]

TENSOR = object()
"""What stands for a tensor in the form of arguments or results, which is kept with the graph: that holds no tensors."""


class Statement(NamedTuple):
    """What the user states: functions of tensors.

    Attributes
    ----------
    name : str
        For messages.
    labels : list of str
        What the inputs are called in messages.
    forward : callable
        ``forward(*inputs)``: a list of outputs, a nest of what `backward` needs, and the outputs that are constant.
    backward : callable
        ``backward(residuals, gradients)``: for each input its gradient, or None where none was computed.
    jvp : callable or None
        ``jvp(residuals, tangents)``: for each output its tangent. Without one, `backward` is transposed.
    """

    name: str
    labels: list[str]
    forward: Callable[..., tuple[list[Any], Any, set[int]]]
    backward: Callable[[Any, list[Any]], Sequence[Any]]
    jvp: Callable[[Any, list[Any]], Sequence[Any]] | None


def call(statement: Statement, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of a stated function of tensors, recorded where an input requires a gradient."""
    made = _Stated(statement)
    results = apply(made, tuple(inputs))[: len(made.outputs)]
    return [y.detach() if i in made.constant else y for i, y in enumerate(results)]


class _Saved:
    """Where to find a saved tensor: among the inputs or the outputs."""

    __slots__ = ("index", "is_output")

    def __init__(self, is_output: bool, index: int) -> None:
        self.is_output = is_output
        self.index = index


class _Stated(Call):
    """A call of a stated function.

    Attributes
    ----------
    outputs : list of (tuple of int, dtype)
        The shape and dtype of each output.
    constant : set of int
        The outputs that have no derivative.
    """

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement.name)
        self.statement = statement
        self.outputs: list[tuple[Any, Any]] = []
        self.constant: set[int] = set()
        self.floating: list[int] = []  # those results beyond the outputs that can have a derivative

    def label(self, index: int) -> str:
        return self.statement.labels[index]

    def run(self, xs: list[Any]) -> list[Any]:
        ys, residuals, constant = self.statement.forward(*xs)
        for i, x in enumerate(xs):
            if x.version[WRITES]:
                raise GraphError(f"{self.name}: forward writes to {self.label(i)} in place; write to a copy() of it")
        more: list[Any] = []
        self.residuals = mapped(lambda leaf: _place(leaf, xs, ys, more), residuals)
        self.outputs = [(y.shape, y.dtype) for y in ys]
        self.constant = constant | {i for i, y in enumerate(ys) if not is_differentiable(y.dtype)}
        self.floating = [i for i, y in enumerate(more, len(ys)) if is_differentiable(y.dtype)]
        saved = [leaf for leaf in flatten(self.residuals) if type(leaf) is _Saved]
        # Backward of backward goes through the forward once more to what it saved and computed itself.
        inputs = range(len(xs)) if self.floating else {leaf.index for leaf in saved if not leaf.is_output}
        self.kept = tuple(sorted({leaf.index for leaf in saved if leaf.is_output})), tuple(sorted(inputs))
        return _in_own_memory([*ys, *more], xs)

    def _residuals(self, ys: Any, xs: Sequence[Any]) -> Any:
        def found(leaf: Any) -> Any:
            return (ys if leaf.is_output else xs)[leaf.index] if type(leaf) is _Saved else leaf

        return mapped(found, self.residuals)

    def pull(self, gs: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        device = next(device_of(g.array) for g in gs if g is not None)
        given = [make(zeros(*about, device)) if g is None else g for g, about in zip(gs, self.outputs)]
        residuals = self._residuals(ys, xs)
        found = [self._checked(i, d, xs[i]) for i, d in enumerate(self.statement.backward(residuals, given))]
        theirs = {id(leaf.version) for leaf in (*flatten(residuals), *given) if isinstance(leaf, Variable)}
        ds = [None if d is None else d for d in _in_own_memory(found, theirs)]
        wanted = [i for i in self.floating if gs[i] is not None]
        return self._through_forward(ds, wanted, gs, xs) if wanted else ds

    def _checked(self, index: int, d: Any, x: Any) -> Any:
        """A gradient that backward gave; `x` has the shape and dtype of its input, or is None where nobody needs it."""
        if d is None or x is None:
            return d
        about = f"{self.name}: backward gave for the gradient of {self.label(index)}"
        if not isinstance(d, Variable):
            raise TypeError(f"{about} a {type(d).__name__}, wanted is a tensor")
        if d.shape != x.shape:
            raise GraphError(f"{about} shape {d.shape}, wanted is that of the input, {x.shape}")
        if not is_differentiable(d.dtype) or (d.dtype.kind == "c" and x.dtype.kind != "c"):
            raise GraphError(f"{about} dtype {d.dtype}, wanted is that of the input, {x.dtype}")
        return d

    def _more(self, wanted: list[int], xs: Sequence[Any], places: list[int]) -> Callable[..., list[Any]]:
        """What forward computes and saves, as a function of the inputs at `places`."""

        def again(*chosen: Any) -> list[Any]:
            own = list(xs)
            for i, x in zip(places, chosen):
                own[i] = x
            ys, residuals, _ = self.statement.forward(*own)
            more: list[Any] = []
            mapped(lambda leaf: _place(leaf, own, ys, more), residuals)
            return [more[i - len(ys)] for i in wanted]

        return again

    def _through_forward(self, ds: list[Any], wanted: list[int], gs: list[Any], xs: Sequence[Any]) -> list[Any]:
        """The gradients and what flows to them through the saved results of forward."""
        places = [i for i, x in enumerate(xs) if x is not None and is_differentiable(x.dtype)]
        with _at_level_of(*gs, *xs):
            _, pull = vjp(self._more(wanted, xs, places), *(xs[i] for i in places))
            for i, d in zip(places, pull([gs[i] for i in wanted])):
                ds[i] = d if ds[i] is None else ds[i] + d
        return ds

    def push(self, ts: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        zeros_like = Variable.namespace.zeros_like
        if self.statement.jvp is None:
            found = self._transposed(ts, ys, xs)
        else:
            given = [zeros_like(x) if t is None else t for t, x in zip(ts, xs)]
            found = list(self.statement.jvp(self._residuals(ys, xs), given))
        tangents = [None if i in self.constant else t for i, t in enumerate(found)]
        for i, (t, (shape, _)) in enumerate(zip(tangents, self.outputs)):
            if i not in self.constant and (not isinstance(t, Variable) or t.shape != shape):
                found_one = f"shape {t.shape}" if isinstance(t, Variable) else f"a {type(t).__name__}"
                raise GraphError(f"{self.name}: jvp gave for the tangent of output {i} {found_one}, wanted is {shape}")
        tangents += [None] * (len(ys) - len(tangents))
        if self.floating:
            places = [i for i, t in enumerate(ts) if t is not None]
            f = self._more(self.floating, xs, places)
            for i, t in zip(self.floating, jvp(f, [xs[i] for i in places], [ts[i] for i in places])[1]):
                tangents[i] = t
        return tangents

    def _transposed(self, ts: list[Any], ys: Any, xs: Sequence[Any]) -> list[Any]:
        """The tangents from `backward`: it is linear in the gradients, and its transpose is the Jacobian."""
        live = [i for i in range(len(self.outputs)) if i not in self.constant]

        def back(*chosen: Any) -> list[Any]:
            gs: list[Any] = [None] * len(ys)
            for i, g in zip(live, chosen):
                gs[i] = g
            ds = self.pull(gs, ys, xs)
            return [self.without(i, None, gs) if ds[i] is None else ds[i] for i, t in enumerate(ts) if t is not None]

        tangents: list[Any] = [None] * len(self.outputs)
        try:
            with _at_level_of(*ts, *ys, *xs):
                _, pull = vjp(back, *(Variable.namespace.zeros_like(ys[i]) for i in live))
                found = pull([t for t in ts if t is not None])
        except GraphError as error:
            raise GraphError(f"{self.name}: it states no jvp, and its backward gives none: {error}") from error
        for i, t in zip(live, found):
            tangents[i] = t
        return tangents


def _place(leaf: Any, xs: Sequence[Any], ys: list[Any], more: list[Any]) -> Any:
    """What to write down in place of a saved tensor; those that are neither input nor output are put into `more`."""
    if not isinstance(leaf, Variable):
        return leaf
    for i, x in enumerate(xs):
        if leaf is x:
            return _Saved(False, i)
    for i, y in enumerate((*ys, *more)):
        if leaf is y:
            return _Saved(True, i)
    more.append(leaf)
    return _Saved(True, len(ys) + len(more) - 1)


def _in_own_memory(tensors: list[Any], others: Any) -> list[Any]:
    """The tensors, with copies of those that share memory with one before or with `others`."""
    taken = others if isinstance(others, set) else {id(x.version) for x in others}
    own = []
    for x in tensors:
        if x is not None and id(x.version) in taken:
            x = Variable.namespace.copy(x)
        elif x is not None:
            taken.add(id(x.version))
        own.append(x)
    return own


def _at_level_of(*tensors: Any) -> at_level:
    """A context in which leaves belong to the innermost transformation among those of the tensors."""
    arrays = [x.array for x in tensors if isinstance(x, Variable)]
    levels = [array.level for array in arrays if isinstance(array, LiftedArray)]
    return at_level(max(levels, key=lambda level: level.number, default=None))
