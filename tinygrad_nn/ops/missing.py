"""Sums and means that leave out NaN, and numbers in its place. What is left out has a gradient of zero."""

from __future__ import annotations

from math import inf
from typing import Any

from ..backend.dtypes import finfo, is_floating
from . import reduce
from .choose import where
from .compare import equal, isnan, logical_not
from .like import astype
from .operands import as_tensor

__all__ = ["nan_to_num", "nanmean", "nansum"]


def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Finite numbers in place of NaN and of the infinities.

    Parameters
    ----------
    x : Tensor
        Any shape, real and floating.
    nan : float
        In place of NaN.
    posinf, neginf : float or None
        In place of the infinities; None means the largest and the smallest number of the dtype.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    TypeError
        The dtype is not a real floating one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.nan_to_num(tg.asarray([1.0, float("nan"), float("inf")]), nan=-1.0, posinf=100.0)
    Tensor([  1.,  -1., 100.], dtype=float32)
    """
    x = as_tensor("nan_to_num", x)
    if not is_floating(x.dtype):
        raise TypeError(f"nan_to_num: wanted is a real floating tensor, not {x.dtype}")
    limits = finfo(x.dtype)
    x = where(isnan(x), nan, x)
    x = where(equal(x, inf), float(limits.max) if posinf is None else posinf, x)
    return where(equal(x, -inf), float(limits.min) if neginf is None else neginf, x)


def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Sum of the elements along `axis` that are not NaN; of none it is 0.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Without the reduced axes, unless they are kept.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.nansum(tg.asarray([1.0, float("nan"), 2.0])).item()
    3.0
    """
    x = as_tensor("nansum", x)
    return reduce.sum(where(isnan(x), 0, x), axis=axis, keepdims=keepdims)


def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Mean of the elements along `axis` that are not NaN; of none it is NaN.

    Parameters
    ----------
    x : Tensor
        Any shape, floating.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Without the reduced axes, unless they are kept.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.nanmean(tg.asarray([1.0, float("nan"), 2.0])).item()
    1.5
    """
    x = as_tensor("nanmean", x)
    count = reduce.sum(logical_not(isnan(x)), axis=axis, keepdims=keepdims)
    return nansum(x, axis, keepdims) / astype(count, x.dtype)
