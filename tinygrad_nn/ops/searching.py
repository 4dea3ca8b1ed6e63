"""Finding places: operations whose results are indices, without a gradient."""

from __future__ import annotations

from math import prod
from typing import Any

from ..autograd.op import op
from ..autograd.variable import Variable
from ..backend import arange
from ..backend.dtypes import int64
from .compare import not_equal
from .index import getitem, take
from .operands import as_tensor
from .shape import reshape

__all__ = ["nonzero", "searchsorted"]


def nonzero(x: Any) -> tuple[Any, ...]:
    """Where the elements are that are not zero, in row-major order.

    Parameters
    ----------
    x : Tensor
        At least one axis.

    Returns
    -------
    tuple of Tensor of int64
        For each axis, the indices along it: together they choose these elements.

    Raises
    ------
    ValueError
        The tensor has no axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.nonzero(tg.asarray([[0, 2], [3, 0]]))
    (Tensor([0, 1], dtype=int64), Tensor([1, 0], dtype=int64))
    """
    x = as_tensor("nonzero", x)
    if not x.ndim:
        raise ValueError("nonzero: a tensor without axes has no places; use x.reshape(1)")
    places = Variable.result_type(arange(0, x.size, 1, int64, x.device))
    places = getitem(places, reshape(not_equal(x, 0), (-1,)))
    return tuple(places // prod(x.shape[i + 1 :]) % size for i, size in enumerate(x.shape))


@op(name="searchsorted")
def _searchsorted(xp: Any, x1: Any, x2: Any, *, side: str) -> Any:
    """Where values belong among sorted ones."""
    return xp.searchsorted(x1, x2, side=side)


def searchsorted(x1: Any, x2: Any, side: str = "left", sorter: Any = None) -> Any:
    """Where elements would have to be put into a sorted vector, so that it stays sorted.

    Parameters
    ----------
    x1 : Tensor
        One axis, ascending.
    x2 : Tensor or scalar
        The elements to put in, in any shape.
    side : str
        ``"left"`` before elements that are equal, ``"right"`` behind them.
    sorter : Tensor of int or None
        What sorts `x1`, where that is not sorted: ``argsort(x1)``.

    Returns
    -------
    Tensor of int64
        Of the shape of `x2`, without a gradient.

    Raises
    ------
    ValueError
        `x1` is not a vector, or there is no such `side`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.searchsorted(tg.asarray([1.0, 2.0, 3.0]), tg.asarray([0.5, 2.0]))
    Tensor([0, 1], dtype=int64)
    """
    x1 = as_tensor("searchsorted", x1)
    if x1.ndim != 1:
        raise ValueError(f"searchsorted: x1 has shape {x1.shape}, wanted is a vector")
    if side not in ("left", "right"):
        raise ValueError(f'searchsorted: side is {side!r}, wanted is "left" or "right"')
    return _searchsorted(x1 if sorter is None else take(x1, sorter), x2, side=side)
