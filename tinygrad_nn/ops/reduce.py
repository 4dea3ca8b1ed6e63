"""Reductions: from the elements along some axes to one.

Subgradients are PyTorch's: elements that tie for the maximum or minimum share the gradient equally, and the product is
right where elements are zero.
"""

from __future__ import annotations

from math import prod as product
from typing import Any, NoReturn

from ..autograd.apply import SCALARS, apply
from ..autograd.op import op, vjp
from ..backend.dtypes import float16, float32, float64, is_differentiable
from .axes import axis_tuple, behind, kept_shape, reduction
from .like import astype

__all__ = ["all", "any", "argmax", "argmin", "count_nonzero", "max", "min", "prod", "sum"]


def spread(xp: Any, g: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The gradient of a reduction, repeated along the reduced axes."""
    return xp.broadcast_to(xp.reshape(g, kept_shape(shape, axis)), shape)


def keep_axes(xp: Any, y: Any, x: Any, axis: Any) -> Any:
    """The result of a reduction of `x`, with the reduced axes again."""
    return xp.reshape(y, kept_shape(x.shape, axis))


def widened(xp: Any, x: Any) -> Any:
    """float16 as float32, whose sums and counts may be beyond 65504; anything else as it is."""
    return xp.astype(x, float32) if x.dtype == float16 else x


def floating(xp: Any, x: Any) -> Any:
    """Integers and bools in float64, for what is computed of them would wrap around."""
    return x if type(x) in SCALARS or is_differentiable(x.dtype) else xp.astype(x, float64)


def count(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements go into one result."""
    return product(shape) if axis is None else product(shape[a] for a in axis_tuple(axis, len(shape)))


@reduction(
    vjp(lambda xp, g, y, x, axis=None, keepdims=False: spread(xp, g, x.shape, axis)), linear="jointly", name="sum"
)
def _sum(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Sum of the elements along axes."""
    return xp.sum(x, axis=axis, keepdims=keepdims)


def sum(x: Any, *, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unknown: NoReturn) -> Any:
    """Sum of the elements along `axis`; of none it is 0.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    dtype : dtype or None
        To compute in; None for that of `x`, and for int64 of shorter integers (uint64 of unsigned ones).
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
    >>> tg.sum(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.], dtype=float32)
    """
    if dtype is not None:
        return astype(sum(astype(x, dtype), axis=axis, keepdims=keepdims, **unknown), dtype, copy=False)
    axes = tuple(axis) if type(axis) is list else axis
    return apply(_sum, (x,), {"axis": axes, "keepdims": keepdims, **unknown})


def _product_of_others(xp: Any, x: Any, axis: Any) -> Any:
    # The product of the others is that of the ones before times that of the ones after: no division, so zeros are fine.
    kept = kept_shape(x.shape, axis)
    reduced = [i for i, k in enumerate(kept) if k == 1]
    order = [i for i in range(len(kept)) if i not in reduced] + reduced  # (kept..., reduced...)
    moved = xp.permute_dims(x, tuple(order))
    rows = xp.reshape(moved, (product(kept), -1)) if x.size else xp.reshape(moved, (product(kept), 0))
    ones = xp.ones_like(rows[:, :1])
    before = xp.cumulative_prod(xp.concat([ones, rows[:, :-1]], axis=1), axis=1)
    after = xp.flip(xp.cumulative_prod(xp.concat([ones, xp.flip(rows, axis=1)[:, :-1]], axis=1), axis=1), axis=1)
    return xp.permute_dims(xp.reshape(before * after, moved.shape), tuple(order.index(i) for i in range(len(order))))


def _prod_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return xp.reshape(g, kept_shape(x.shape, axis)) * _product_of_others(xp, x, axis)


def _prod_jvp(xp: Any, tangents: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return xp.sum(tangents[0] * _product_of_others(xp, x, axis), axis=axis, keepdims=keepdims)


@reduction(vjp(_prod_vjp, reads="x"), jvp=_prod_jvp, name="prod")
def _prod(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Product of the elements along axes."""
    return xp.prod(x, axis=axis, keepdims=keepdims)


def prod(x: Any, *, axis: Any = None, dtype: Any = None, keepdims: bool = False, **unknown: NoReturn) -> Any:
    """Product of the elements along `axis`; of none it is 1.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    dtype : dtype or None
        To compute in; None for that of `x`, and for int64 of shorter integers (uint64 of unsigned ones).
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
    >>> tg.prod(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([3., 8.], dtype=float32)
    """
    if dtype is not None:
        return astype(prod(astype(x, dtype), axis=axis, keepdims=keepdims, **unknown), dtype, copy=False)
    axes = tuple(axis) if type(axis) is list else axis
    return apply(_prod, (x,), {"axis": axes, "keepdims": keepdims, **unknown})


def _chosen(xp: Any, y: Any, x: Any, axis: Any) -> Any:
    """How much of the extremum comes from each element: equal ones share it."""
    # NaN is the extremum of whatever contains it
    chosen = xp.astype(xp.logical_or(xp.equal(x, keep_axes(xp, y, x, axis)), xp.not_equal(x, x)), x.dtype)
    return chosen / xp.sum(chosen, axis=axis, keepdims=True)


def _extremum_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return xp.reshape(g, kept_shape(x.shape, axis)) * _chosen(xp, y, x, axis)


def _extremum_jvp(xp: Any, tangents: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return xp.sum(tangents[0] * _chosen(xp, y, x, axis), axis=axis, keepdims=keepdims)


@reduction(vjp(_extremum_vjp, reads="x y"), jvp=_extremum_jvp)
def max(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Largest element along `axis`; elements that tie share the gradient equally.

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
        An axis is named twice, or there is no element to choose from.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.max(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    Tensor([2., 4.], dtype=float32)
    """
    return xp.max(x, axis=axis, keepdims=keepdims)


@reduction(vjp(_extremum_vjp, reads="x y"), jvp=_extremum_jvp)
def min(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Smallest element along `axis`; elements that tie share the gradient equally.

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
        An axis is named twice, or there is no element to choose from.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.min(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    Tensor([1., 3.], dtype=float32)
    """
    return xp.min(x, axis=axis, keepdims=keepdims)


@reduction()
def any(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether an element along `axis` is true.

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
    Tensor of bool
        Without the reduced axes, unless they are kept; without a gradient.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.any(tg.asarray([[True, False], [True, True]]), axis=0)
    Tensor([ True,  True], dtype=bool)
    """
    return xp.any(x, axis=axis, keepdims=keepdims)


@reduction()
def all(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Whether every element along `axis` is true.

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
    Tensor of bool
        Without the reduced axes, unless they are kept; without a gradient.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.all(tg.asarray([[True, False], [True, True]]), axis=0)
    Tensor([ True, False], dtype=bool)
    """
    return xp.all(x, axis=axis, keepdims=keepdims)


def _place_batch(name: str) -> Any:
    def batch(xp: Any, batched: Any, x: Any, *, axis: int | None = None, keepdims: bool = False) -> Any:
        function = getattr(xp, name)
        if axis is not None:
            return function(x, axis=behind(axis, x.ndim - 1), keepdims=keepdims)
        places = function(xp.reshape(x, (x.shape[0], product(x.shape[1:]))), axis=1)
        return xp.reshape(places, (x.shape[0], *(1,) * (x.ndim - 1))) if keepdims else places

    return batch


@op(batch=_place_batch("argmax"))
def argmax(xp: Any, x: Any, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first largest element along `axis` (of the flattened array for None).

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int or None
        Where to look; None for the flattened array.
    keepdims : bool
        Keep that axis, with size one.

    Returns
    -------
    Tensor of int64
        Without that axis, unless it is kept; without a gradient.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There is no element to choose from.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.argmax(tg.asarray([[1.0, 5.0, 2.0], [7.0, 0.0, 7.0]]), axis=1)
    Tensor([1, 0], dtype=int64)
    """
    return xp.argmax(x, axis=axis, keepdims=keepdims)


@op(batch=_place_batch("argmin"))
def argmin(xp: Any, x: Any, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Index of the first smallest element along `axis` (of the flattened array for None).

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int or None
        Where to look; None for the flattened array.
    keepdims : bool
        Keep that axis, with size one.

    Returns
    -------
    Tensor of int64
        Without that axis, unless it is kept; without a gradient.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There is no element to choose from.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.argmin(tg.asarray([[1.0, 5.0, 2.0], [7.0, 0.0, 7.0]]), axis=1)
    Tensor([0, 1], dtype=int64)
    """
    return xp.argmin(x, axis=axis, keepdims=keepdims)


@reduction()
def count_nonzero(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Number of elements along `axis` that are not zero.

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
    Tensor of int64
        Without the reduced axes, unless they are kept; without a gradient.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.count_nonzero(tg.asarray([[0, 2], [3, 4]]), axis=1)
    Tensor([1, 2], dtype=int64)
    """
    return xp.sum(xp.not_equal(x, 0), axis=axis, keepdims=keepdims)
