"""Forward mode: tangents flow with the values, through the same operations.

An elementwise operation gives it from its VJP: the Jacobian is diagonal, so it is its own transpose, and the rule that
multiplies a gradient by the derivative multiplies a tangent by it. A linear operation is its own JVP. The others state
theirs, or are made of operations that do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backend import NAMESPACES, device_of
from ..backend.dtypes import is_differentiable
from .apply import apply, make
from .lifted import PRIMITIVE, Level, LiftedArray, hold, namespace, register
from .tree import flatten, mapped, rebuilt
from .variable import Variable

__all__ = ["jvp"]


@register
class DualArray(LiftedArray):
    """A value and its tangent: tensors of one shape and dtype; the tangent is None where the value is constant."""

    __slots__ = ("primal", "tangent")

    def __init__(self, level: Any, primal: Any, tangent: Any) -> None:
        super().__init__(level)
        self.primal = primal
        self.tangent = tangent

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.primal.shape
        return shape

    @property
    def parts(self) -> tuple[Any, ...]:
        return (self.primal,) if self.tangent is None else (self.primal, self.tangent)

    @property
    def sample(self) -> Any:
        return self.primal

    def detached(self) -> Any:
        return DualArray(self.level, self.primal.detach(), None)

    def _take_over(self, other: DualArray) -> None:
        self.primal, self.tangent = other.primal, other.tangent


class Forward(Level):
    """Forward mode under way."""

    name = "jvp"

    def constant(self, tensor: Any) -> DualArray:
        return DualArray(self, tensor, None)

    def release(self, tensor: Any) -> None:
        hold(tensor, tensor.array.primal)  # the values stay, their tangents have no meaning any more

    def compute(self, op: Any, operands: list[Any], attrs: Any) -> Any:
        primals: list[Any] = []
        tangents: list[Any] = []
        for x in operands:
            own = type(x) is DualArray and x.level is self
            primals.append(x.primal if own else make(x) if type(x) in NAMESPACES else x)
            tangents.append(x.tangent if own else None)
        if not op.rules:  # its output is constant, wherever it is
            return _arrays(apply(op, tuple(primals), attrs))
        if all(t is None for t in tangents):
            y = apply(op, tuple(primals), attrs)
            return self._all_wrapped(op, y, [None] * len(y)) if type(y) is tuple else self._wrapped(y, None)
        if op.jvp is None and not op.linear and not op.elementwise:
            if op.name in PRIMITIVE:
                raise NotImplementedError(f"{op.name}: the operation does not say what its JVP is")
            return op.forward(namespace, *operands, **attrs)  # it is made of operations that do
        y = apply(op, tuple(primals), attrs)
        if op.jvp is not None:
            t = op.jvp(Variable.namespace, tuple(tangents), y, *primals, **attrs)
        elif op.linear == "jointly":
            t = apply(op, tuple(_moved(op, i, x, t) for i, (x, t) in enumerate(zip(primals, tangents))), attrs)
        elif op.linear == "each":
            t = _each_alone(op, primals, tangents, attrs)
        else:
            t = _elementwise(op, primals, tangents, y, attrs)
        if type(y) is tuple:
            return self._all_wrapped(op, y, t)
        return self._wrapped(y, t)

    def _all_wrapped(self, op: Any, y: Any, t: Any) -> Any:
        for part in y:
            self.check_outside(op, part)
        return tuple(self._wrapped(part, part_t) for part, part_t in zip(y, t))

    def _wrapped(self, y: Any, t: Any) -> Any:
        if t is not None and t.dtype != y.dtype:
            t = _cast(t, y.dtype)
        return DualArray(self, y, t)


def _arrays(y: Any) -> Any:
    return tuple(part.array for part in y) if type(y) is tuple else y.array


def _cast(t: Any, dtype: Any) -> Any:
    if t.dtype.kind == "c" and dtype.kind != "c":
        t = Variable.namespace.real(t)
    return Variable.namespace.astype(t, dtype)


def _moved(op: Any, place: int, x: Any, t: Any) -> Any:
    """What a jointly linear operation gets at `place` in place of `x`."""
    if t is not None:
        return t
    if type(op.rules) is tuple and (place >= len(op.rules) or op.rules[place] is None):
        return x  # an index
    return Variable.namespace.zeros_like(x) if isinstance(x, Variable) else 0


def _each_alone(op: Any, primals: list[Any], tangents: list[Any], attrs: Any) -> Any:
    total = None
    for i, t in enumerate(tangents):
        if t is not None:
            part = apply(op, (*primals[:i], t, *primals[i + 1 :]), attrs)
            total = part if total is None else total + part
    return total


def _elementwise(op: Any, primals: list[Any], tangents: list[Any], y: Any, attrs: Any) -> Any:
    xp = Variable.namespace
    total = None
    for rule, t in zip(op.rules, tangents):
        if t is None or rule is None:
            continue
        if t.shape != y.shape:
            t = xp.broadcast_to(t, y.shape)
        part = rule(xp, t, y, *primals, **attrs)
        if part.dtype != y.dtype:
            part = _cast(part, y.dtype)
        total = part if total is None else total + part
    return total


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    r"""The value of a function and its directional derivative, by forward mode.

    For ``y = f(x)`` with the Jacobian ``J`` at ``x``, and a direction ``t`` of the shape of ``x``::

        jvp(f, (x,), (t,)) = (y, J t)

    The cost is that of evaluating `f` a few times, whatever the number of inputs, and no graph is kept.

    Parameters
    ----------
    f : callable
        Takes tensors, or nests of tuples, lists and dictionaries of them; returns the like.
    primals : sequence
        The arguments of `f`.
    tangents : sequence
        For each of them the direction: tensors of the same shapes, in nests of the same form. None in the place of a
        tensor means that it is constant.

    Returns
    -------
    (y, dy)
        What `f` returns, and the tangent of each tensor in it, zeros where it does not depend on the arguments.

    Raises
    ------
    ValueError
        A tangent has another shape than its primal.
    TypeError
        The nests have different forms, or a primal is not a floating tensor.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> y, dy = tg.jvp(lambda x: x * x, (tg.asarray([1.0, 2.0]),), (tg.asarray([1.0, 10.0]),))
    >>> dy
    Tensor([ 2., 40.], dtype=float32)
    """
    primals, tangents = tuple(primals), tuple(tangents)
    if len(primals) != len(tangents):
        raise TypeError(f"jvp: {len(primals)} primals and {len(tangents)} tangents; wanted is one for each")
    with Forward() as level:

        def dual(x: Any, t: Any) -> Any:
            if t is None:
                return x
            if type(x) is float:
                x = Variable.result_type(x)
            if not isinstance(x, Variable) or not is_differentiable(x.dtype):
                raise TypeError(f"jvp: a primal that has a tangent must be a floating tensor, not {_kind(x)}")
            if not isinstance(t, Variable):
                t = Variable.result_type(t, x.dtype, device_of(x.array))
            if t.shape != x.shape:
                raise ValueError(f"jvp: a tangent has shape {t.shape}, its primal {x.shape}; they must be the same")
            if t.dtype.kind == "c" and x.dtype.kind != "c":
                raise TypeError(f"jvp: a tangent is {t.dtype}, its primal {x.dtype}; a real one has real tangents")
            return make(DualArray(level, x, t if t.dtype == x.dtype else _cast(t, x.dtype)))

        result = f(*(mapped(dual, x, t) if t is not None else x for x, t in zip(primals, tangents)))

        def parts(y: Any) -> tuple[Any, Any]:
            if not isinstance(y, Variable):
                return y, None
            array = y.array
            if type(array) is not DualArray or array.level is not level:
                return y, Variable.namespace.zeros_like(y)
            array.refresh()
            t = array.tangent
            return array.primal, Variable.namespace.zeros_like(array.primal) if t is None else t

        pairs = [parts(y) for y in flatten(result)]
    return rebuilt(result, [y for y, _ in pairs]), rebuilt(result, [t for _, t in pairs])


def _kind(x: Any) -> str:
    return f"one of dtype {x.dtype}" if isinstance(x, Variable) else f"a {type(x).__name__}"
