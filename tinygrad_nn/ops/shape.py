"""Changing the shape or the order of the axes; all of it is linear, and a view where the memory allows it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NoReturn

from ..autograd.op import op, vjp
from ..autograd.words import refuse_arguments
from ..backend import share_memory
from .axes import axis_tuple, behind, one_axis
from .batching import along_axis, padded
from .like import copy as copied
from .operands import as_tensor

# fmt: off
__all__ = [
    "broadcast_to", "expand_dims", "flatten", "moveaxis", "permute_dims", "reshape", "squeeze",
    "swapaxes",
]
# fmt: on


@op(
    vjp(lambda xp, g, y, x, shape: xp.reshape(g, x.shape)),
    view=True,
    linear="jointly",
    name="reshape",
    batch=lambda xp, batched, x, shape: xp.reshape(x, (x.shape[0], *shape)),
)
def _reshape(xp: Any, x: Any, *, shape: tuple[int, ...]) -> Any:
    """The same elements in another shape, in row-major order; one size may be -1."""
    return xp.reshape(x, shape)


def reshape(x: Any, shape: int | Sequence[int], *, copy: bool | None = None) -> Any:
    """The same elements in another shape, in row-major order.

    Parameters
    ----------
    x : Tensor
        Any shape.
    shape : int or sequence of int
        The new shape; one size may be -1, for what is left.
    copy : bool or None
        True for memory of its own, False for a view or an error; None for a view where that can be.

    Returns
    -------
    Tensor
        A view where the memory layout allows it.

    Raises
    ------
    ValueError
        The new shape has another number of elements, or ``copy=False`` where a copy is needed.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.reshape(tg.arange(6), (2, -1)).shape
    (2, 3)
    """
    y = _reshape(x, shape=(shape,) if isinstance(shape, int) else tuple(shape))
    if copy is None:
        return y
    shared = share_memory(as_tensor("reshape", x).array, y.array)
    if not copy and not shared:
        raise ValueError(f"reshape: this memory has no view of shape {y.shape}; copy=False asks for one")
    return copied(y) if copy and shared else y


def flatten(x: Any, start_axis: int = 0, end_axis: int = -1, **unknown: NoReturn) -> Any:
    """Join the axes from `start_axis` to `end_axis` into one.

    Parameters
    ----------
    x : Tensor
        Any shape.
    start_axis, end_axis : int
        The first and the last of them.

    Returns
    -------
    Tensor
        At least one axis; a view where the memory layout allows it.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        The axes are not in order.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.flatten(tg.zeros((2, 3, 4)), 1).shape
    (2, 12)
    """
    if unknown:
        refuse_arguments("flatten", unknown)
    x = as_tensor("flatten", x)
    shape = x.shape
    if not shape:
        return reshape(x, (1,))
    start, end = one_axis(start_axis, len(shape)), one_axis(end_axis, len(shape))
    if start > end:
        raise ValueError(f"flatten: start_axis {start_axis} comes after end_axis {end_axis}")
    return _reshape(x, shape=(*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=lambda i: axes[i] % len(axes)))


@op(
    vjp(lambda xp, g, y, x, axes: xp.permute_dims(g, _inverse(axes))),
    view=True,
    linear="jointly",
    name="permute_dims",
    batch=lambda xp, batched, x, axes: xp.permute_dims(x, (0, *behind(axes, x.ndim - 1))),
)
def _permute_dims(xp: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
    """The axes in another order: axis `i` of the result is axis ``axes[i]``."""
    return xp.permute_dims(x, axes)


def permute_dims(x: Any, axes: Sequence[int]) -> Any:
    """The axes in another order: axis `i` of the result is axis ``axes[i]`` of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axes : sequence of int
        Every axis once.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    ValueError
        An axis is missing or named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.permute_dims(tg.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return _permute_dims(x, axes=tuple(axes))


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Exchange two axes.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis1, axis2 : int
        Which.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.swapaxes(tg.zeros((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    x = as_tensor("swapaxes", x)
    axes = list(range(x.ndim))
    a, b = one_axis(axis1, x.ndim), one_axis(axis2, x.ndim)
    axes[a], axes[b] = b, a
    return _permute_dims(x, axes=tuple(axes))


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Move axes to other places; the rest keep their order.

    Parameters
    ----------
    x : Tensor
        Any shape.
    source : int or sequence of int
        The axes to move.
    destination : int or sequence of int
        Where each of them is in the result.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There are not as many places as axes, or one is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.moveaxis(tg.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = as_tensor("moveaxis", x)
    sources, destinations = axis_tuple(source, x.ndim), axis_tuple(destination, x.ndim)
    if len(sources) != len(destinations):
        raise ValueError(f"moveaxis: {len(sources)} source axes and {len(destinations)} destinations")
    axes = [axis for axis in range(x.ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources)):
        axes.insert(place, axis)
    return _permute_dims(x, axes=tuple(axes))


def _behind_new(axis: Any, ndim: int) -> Any:
    """The places of new axes, which count in the shape of the result."""
    return behind(axis, ndim + (1 if isinstance(axis, int) else len(axis)))


@op(
    vjp(lambda xp, g, y, x, axis: xp.reshape(g, x.shape)),
    view=True,
    linear="jointly",
    name="expand_dims",
    batch=lambda xp, batched, x, axis: xp.expand_dims(x, axis=_behind_new(axis, x.ndim - 1)),
)
def _expand_dims(xp: Any, x: Any, *, axis: Any) -> Any:
    """Axes of size one at the places `axis` of the result."""
    return xp.expand_dims(x, axis=axis)


def expand_dims(x: Any, axis: int | Sequence[int], **unknown: NoReturn) -> Any:
    """Put in axes of size one, at the places `axis` of the result.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int or sequence of int
        Where they are in the result.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    IndexError
        The result has no such axis.
    ValueError
        A place is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.expand_dims(tg.zeros((2, 3)), 1).shape
    (2, 1, 3)
    """
    return _expand_dims(x, axis=axis if isinstance(axis, int) else tuple(axis), **unknown)


@op(
    vjp(lambda xp, g, y, x, axis: xp.reshape(g, x.shape)),
    view=True,
    linear="jointly",
    name="squeeze",
    batch=along_axis("squeeze"),
)
def _squeeze(xp: Any, x: Any, *, axis: Any) -> Any:
    """Without the axes `axis`, which have size one."""
    return xp.squeeze(x, axis=axis)


def squeeze(x: Any, axis: int | Sequence[int] | None = None, **unknown: NoReturn) -> Any:
    """Take out axes of size one: those named by `axis`, or all.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        Which; None for every axis of size one.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        A named axis has another size than one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.squeeze(tg.zeros((2, 1, 3)), 1).shape
    (2, 3)
    """
    x = as_tensor("squeeze", x)
    if axis is None:
        axis = tuple(i for i, size in enumerate(x.shape) if size == 1)
    return _squeeze(x, axis=axis if isinstance(axis, int) else tuple(axis), **unknown)


@op(
    vjp(lambda xp, g, y, x, shape: g),
    broadcasts=True,
    view=True,
    linear="jointly",
    name="broadcast_to",
    batch=lambda xp, batched, x, shape: xp.broadcast_to(padded(x, len(shape)), (x.shape[0], *shape)),
)
def _broadcast_to(xp: Any, x: Any, *, shape: tuple[int, ...]) -> Any:
    """Repeated along axes of size one and new leading axes, to `shape`."""
    return xp.broadcast_to(x, shape)


def broadcast_to(x: Any, shape: Sequence[int]) -> Any:
    """Repeat along axes of size one and new leading axes, to `shape`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    shape : sequence of int
        Of the result.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    ValueError
        `x` does not broadcast to that shape.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.broadcast_to(tg.asarray([1.0, 2.0]), (3, 2)).shape
    (3, 2)
    """
    return _broadcast_to(x, shape=tuple(shape))
