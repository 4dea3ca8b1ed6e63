"""Quantiles: what a given part of the elements does not exceed. Gradients go to the elements that they lie between."""

from __future__ import annotations

from math import floor
from typing import Any

from ..backend.dtypes import int64
from . import rounding
from .axes import one_axis
from .choose import where
from .compare import isnan
from .index import getitem
from .like import astype
from .operands import as_tensor
from .shape import expand_dims, moveaxis, reshape
from .sorting import sort

__all__ = ["median", "quantile"]

METHODS = ("linear", "midpoint")


def quantile(x: Any, q: Any, axis: int | None = None, keepdims: bool = False, method: str = "linear") -> Any:
    """The values that a part `q` of the elements along an axis does not exceed; NaN where one of them is.

    With the n elements in order, ``x[0] <= ... <= x[n - 1]``, it is ``x[q * (n - 1)]``, and between two places what the
    method says.

    Parameters
    ----------
    x : Tensor
        Any shape, real and floating.
    q : float or Tensor
        From 0 to 1; a tensor of one axis for several, to which a gradient flows too.
    axis : int or None
        What to reduce; None means all, flattened.
    keepdims : bool
        Keep the reduced axis, with size one.
    method : str
        Between two places: ``"linear"`` interpolation, or ``"midpoint"``, their mean.

    Returns
    -------
    Tensor
        Without the reduced axis, unless it is kept; for several `q` with an axis of them before the others.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There are no elements, `q` is not from 0 to 1, or the method is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.quantile(tg.asarray([3.0, 1.0, 2.0, 4.0]), 0.25).item()
    1.75
    """
    if method not in METHODS:
        raise ValueError(f"quantile: method={method!r}; wanted is 'linear' or 'midpoint'")
    x = as_tensor("quantile", x)
    shape = x.shape
    if axis is None:
        x, place = reshape(x, (-1,)), 0
    else:
        place = one_axis(axis, len(shape))
    size = x.shape[place]
    if size == 0:
        raise ValueError(f"quantile: there are no elements along axis {axis} of a tensor of shape {shape}")
    x = sort(moveaxis(x, place, -1))  # (..., n)
    below, above, part = _places(q, size)
    y = getitem(x, (..., below))  # (..., *q.shape)
    if above is not below:  # two places
        y = y + (0.5 if method == "midpoint" else part) * (getitem(x, (..., above)) - y)
    several = y.ndim - x.ndim + 1  # axes of q
    last = getitem(x, (..., -1))  # NaN comes last, and gets the gradient
    if several:
        last = expand_dims(last, -1)
    y = where(isnan(last), last, y)
    if several:
        y = moveaxis(y, -1, 0)
    if not keepdims:
        return y
    return reshape(y, y.shape + (1,) * len(shape)) if axis is None else expand_dims(y, place + several)


def _places(q: Any, size: int) -> tuple[Any, Any, Any]:
    """The two places that a quantile of sorted elements lies between, and how far it is from the first."""
    if isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise ValueError(f"quantile: q={q} must be from 0 to 1")
        rank = q * (size - 1)
        below = floor(rank)
        return below, below if rank == below else below + 1, rank - below
    ranks = as_tensor("quantile", q) * (size - 1)
    if ranks.ndim > 1:
        raise ValueError(f"quantile: q has shape {ranks.shape}; wanted is at most one axis")
    start = rounding.floor(ranks)
    return astype(start, int64), astype(rounding.ceil(ranks), int64), ranks - start


def median(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The middle of the elements along an axis in their order, of an even number the mean of the two in the middle.

    Parameters
    ----------
    x : Tensor
        Any shape, real and floating.
    axis : int or None
        What to reduce; None means all, flattened.
    keepdims : bool
        Keep the reduced axis, with size one.

    Returns
    -------
    Tensor
        Without the reduced axis, unless it is kept; NaN where one of the elements is.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There are no elements.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.median(tg.asarray([3.0, 1.0, 2.0, 40.0])).item()
    2.5
    """
    return quantile(x, 0.5, axis, keepdims)
