"""Sorting along an axis: its gradient is that of taking the elements in their order."""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from ..autograd.op import op
from .axes import one_axis
from .batching import along_axis
from .index import getitem, take_along_axis
from .operands import as_tensor

__all__ = ["TopK", "argsort", "sort", "top_k"]


@op(name="argsort", batch=along_axis("argsort"))
def _argsort(xp: Any, x: Any, *, axis: int) -> Any:
    """The indices that sort along an axis; equal elements keep their order."""
    return xp.argsort(x, axis=axis)


def argsort(x: Any, axis: int = -1, descending: bool = False, stable: bool = True, **unknown: NoReturn) -> Any:
    """The indices that sort along an axis; equal elements keep their order, NaN counts as the largest.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int
        Where to sort.
    descending : bool
        Largest first.
    stable : bool
        Equal elements keep their order in any case; this only lets the wish be said.

    Returns
    -------
    Tensor of int64
        Of the shape of `x`, without a gradient.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.argsort(tg.asarray([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0], dtype=int64)
    """
    x = as_tensor("argsort", x)
    axis = one_axis(axis, x.ndim)
    if not descending:
        return _argsort(x, axis=axis, **unknown)
    # stable from the other end: sort the reversed elements, count their places back, reverse the result
    return (x.shape[axis] - 1 - _argsort(x.flip(axis), axis=axis, **unknown)).flip(axis)


def sort(x: Any, axis: int = -1, descending: bool = False, stable: bool = True, **unknown: NoReturn) -> Any:
    """The elements in order along an axis; NaN counts as the largest.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int
        Where to sort.
    descending : bool
        Largest first.
    stable : bool
        Equal elements keep their order in any case; this only lets the wish be said.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sort(tg.asarray([3.0, 1.0, 2.0]), descending=True)
    Tensor([3., 2., 1.], dtype=float32)
    """
    x = as_tensor("sort", x)
    return take_along_axis(x, argsort(x, axis, descending, stable, **unknown), axis)


class TopK(NamedTuple):
    """The largest elements along an axis, and where they were; what `top_k` returns.

    Attributes
    ----------
    values : Tensor
        The elements, in descending order.
    indices : Tensor of int64
        Their places along the axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> values, indices = tg.top_k(tg.asarray([3.0, 1.0, 2.0]), 1)
    >>> values.item(), indices.item()
    (3.0, 0)
    """

    values: Any
    indices: Any


def top_k(x: Any, k: int, axis: int = -1, **unknown: NoReturn) -> TopK:
    """The `k` largest elements along an axis, in descending order, and their indices.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    k : int
        How many.
    axis : int
        Where to choose.

    Returns
    -------
    TopK
        `values` and `indices`, of the shape of `x` with size `k` along `axis`.

    Raises
    ------
    ValueError
        `k` is negative, or more than there are.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> top = tg.top_k(tg.asarray([3.0, 1.0, 2.0]), 2)
    >>> top.values, top.indices
    (Tensor([3., 2.], dtype=float32), Tensor([0, 2], dtype=int64))
    """
    x = as_tensor("top_k", x)
    axis = one_axis(axis, x.ndim)
    if not 0 <= k <= x.shape[axis]:
        raise ValueError(f"top_k: k is {k}, the axis has {x.shape[axis]} elements")
    indices = getitem(argsort(x, axis, descending=True, **unknown), (slice(None),) * axis + (slice(k),))
    return TopK(take_along_axis(x, indices, axis), indices)
