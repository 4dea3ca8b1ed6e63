"""Axis arguments: what a user may write, made into numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.apply import apply
from ..autograd.op import Op, Vjp

__all__ = ["Reduction", "axis_tuple", "behind", "broadcast_shape", "kept_shape", "one_axis", "reduction"]


class Reduction(Op):
    """An operation over axes that may be given as a list; what is recorded is a tuple."""

    def __init__(self, forward: Callable[..., Any], rules: tuple[Vjp | None, ...], **kinds: Any) -> None:
        super().__init__(forward, rules, **kinds)
        self.batch = self._over_samples

    def _over_samples(self, xp: Any, batched: Any, x: Any, *, axis: Any = None, **attributes: Any) -> Any:
        return apply(self, (x,), {"axis": behind(axis, x.ndim - 1), **attributes})

    def __call__(self, *inputs: Any, **attributes: Any) -> Any:
        if type(attributes.get("axis")) is list:
            attributes["axis"] = tuple(attributes["axis"])
        return apply(self, inputs, attributes)


def reduction(*rules: Vjp, **kinds: Any) -> Callable[[Callable[..., Any]], Op]:
    """Make a `Reduction` of a forward function and the gradient rule of its input, as `op` makes an operation."""
    return lambda forward: Reduction(forward, rules, **kinds)


def one_axis(axis: Any, ndim: int) -> int:
    """An axis as a number from 0 to ``ndim - 1``."""
    number = axis.__index__()
    if not -ndim <= number < ndim:
        raise IndexError(f"axis {number} is out of bounds for an array with {ndim} axes; use {-ndim} to {ndim - 1}")
    return int(number % ndim)


def axis_tuple(axis: Any, ndim: int) -> tuple[int, ...]:
    """An axis, several, or all (None), as different numbers from 0 to ``ndim - 1``."""
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(one_axis(a, ndim) for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis {axis} names one twice")
    return axes


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape after a reduction over `axis` that keeps the reduced axes with size one."""
    if axis is None:
        return (1,) * len(shape)
    if type(axis) is int:  # on the way of every reduction of one axis
        axis = one_axis(axis, len(shape))
        return (*shape[:axis], 1, *shape[axis + 1 :])
    reduced = axis_tuple(axis, len(shape))
    return tuple(1 if i in reduced else size for i, size in enumerate(shape))


def behind(axis: Any, ndim: int) -> Any:
    """The same axes of one sample, which has `ndim`, counted with the axis of samples before them."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, (tuple, list)):
        return tuple(a + 1 for a in axis_tuple(tuple(axis), ndim))
    return one_axis(axis, ndim) + 1


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that arrays of these shapes broadcast to, if they do."""
    ndim = max(map(len, shapes), default=0)
    padded = [(1,) * (ndim - len(shape)) + shape for shape in shapes]
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*padded))
