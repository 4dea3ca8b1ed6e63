"""The way back from max pooling: elements where they came from, and zeros around them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ... import ops
from ...creation import arange, zeros
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .sizes import check_spatial, per_axis

__all__ = ["max_unpool1d", "max_unpool2d", "max_unpool3d"]

Sizes = int | Sequence[int]


def _max_unpool(axes: int, x: Any, indices: Any, kernel_size: Sizes, stride: Sizes | None, padding: Sizes,
                output_size: Sequence[int] | None) -> Tensor:  # fmt: skip
    name = f"max_unpool{axes}d"
    x, indices = as_tensor(name, x), as_tensor(name, indices)
    check_spatial(name, x, axes)
    if indices.shape != x.shape or indices.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: indices have shape {indices.shape} and dtype {indices.dtype}; wanted are integers, {x.shape}"
        )
    kernel = per_axis(f"{name}: kernel_size", kernel_size, axes, 1)
    steps = kernel if stride is None else per_axis(f"{name}: stride", stride, axes, 1)
    before = per_axis(f"{name}: padding", padding, axes, 0)
    sizes = tuple((n - 1) * s - 2 * p + k for n, k, s, p in zip(x.shape[-axes:], kernel, steps, before))
    if output_size is not None:
        wanted = tuple(output_size)[-axes:]
        if len(output_size) not in (axes, x.ndim) or any(abs(n - m) >= s for n, m, s in zip(wanted, sizes, steps)):
            raise ValueError(
                f"{name}: output_size={tuple(output_size)}; wanted are {axes} sizes, nearer to {sizes} than {steps}"
            )
        sizes = wanted
    rows, count = prod(x.shape[:-axes]), prod(x.shape[-axes:])
    y = zeros((rows, prod(sizes)), dtype=x.dtype, device=x.device)
    row = ops.reshape(arange(rows, device=x.device), (rows, 1))
    y = ops.assign_at(y, (row, ops.reshape(indices, (rows, count))), ops.reshape(x, (rows, count)))
    unpooled: Tensor = ops.reshape(y, (*x.shape[:-axes], *sizes))
    return unpooled


def max_unpool1d(x: Any, indices: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:  # fmt: skip
    """Put what `max_pool1d` has chosen back where it was, with zeros in the other places.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, L) or (C, L).
    indices : Tensor of int
        Of the same shape: the places, as `max_pool1d` gives them. Of elements for the same place one stays.
    kernel_size, stride, padding : int
        Of the pooling: how large the result is follows from them.
    output_size : sequence of int, or None
        How large it is, where several sizes lead to the same pooling: the axes in space, or all of them.

    Returns
    -------
    Tensor
        Of the shape that was pooled.

    Raises
    ------
    IndexError
        There is no such place.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y, places = F.max_pool1d(tg.asarray([[3.0, 1.0, 4.0, 5.0]]), 2, return_indices=True)
    >>> F.max_unpool1d(y, places, 2).tolist()
    [[3.0, 0.0, 0.0, 5.0]]
    """
    return _max_unpool(1, x, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(x: Any, indices: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:  # fmt: skip
    """Put what `max_pool2d` has chosen back where it was, with zeros in the other places.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, H, W) or (C, H, W).
    indices : Tensor of int
        Of the same shape: the places, as `max_pool2d` gives them. Of elements for the same place one stays.
    kernel_size, stride, padding : int or sequence of int
        Of the pooling: how large the result is follows from them.
    output_size : sequence of int, or None
        How large it is, where several sizes lead to the same pooling: the axes in space, or all of them.

    Returns
    -------
    Tensor
        Of the shape that was pooled.

    Raises
    ------
    IndexError
        There is no such place.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y, places = F.max_pool2d(tg.ones((3, 5, 6)), 2, return_indices=True)
    >>> F.max_unpool2d(y, places, 2).shape
    (3, 4, 6)
    >>> F.max_unpool2d(y, places, 2, output_size=(5, 6)).shape
    (3, 5, 6)
    """
    return _max_unpool(2, x, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(x: Any, indices: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0,
                 output_size: Sequence[int] | None = None) -> Tensor:  # fmt: skip
    """Put what `max_pool3d` has chosen back where it was, with zeros in the other places.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, D, H, W) or (C, D, H, W).
    indices : Tensor of int
        Of the same shape: the places, as `max_pool3d` gives them. Of elements for the same place one stays.
    kernel_size, stride, padding : int or sequence of int
        Of the pooling: how large the result is follows from them.
    output_size : sequence of int, or None
        How large it is, where several sizes lead to the same pooling: the axes in space, or all of them.

    Returns
    -------
    Tensor
        Of the shape that was pooled.

    Raises
    ------
    IndexError
        There is no such place.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y, places = F.max_pool3d(tg.ones((3, 4, 6, 8)), 2, return_indices=True)
    >>> F.max_unpool3d(y, places, 2).shape
    (3, 4, 6, 8)
    """
    return _max_unpool(3, x, indices, kernel_size, stride, padding, output_size)
