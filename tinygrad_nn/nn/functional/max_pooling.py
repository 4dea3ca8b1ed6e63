"""Max pooling, over windows of one size or over as many as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

from ... import ops
from ...backend import as_array
from ...backend.windows import places, regular, uneven
from ...ops.operands import as_tensor
from .sizes import check_spatial, output_sizes, per_axis, window_counts

__all__ = [
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "max_pool1d", "max_pool2d", "max_pool3d",
]  # fmt: skip

Sizes = int | Sequence[int]
Axes = tuple[int, ...]  # one for each spatial axis


@lru_cache(maxsize=64)
def _regular(sizes: Axes, kernel: Axes, stride: Axes, padding: Axes, dilation: Axes, counts: Axes, device: str) -> Any:
    """The table of windows of one size; kept, for a layer needs the same one in each step."""
    along = map(regular, sizes, kernel, stride, padding, dilation, counts)
    return as_array(places(list(along), sizes), None, device)


@lru_cache(maxsize=64)
def _uneven(sizes: Axes, counts: Axes, device: str) -> Any:
    return as_array(places(list(map(uneven, sizes, counts)), sizes), None, device)


def greatest(x: Any, windows: Any, counts: Axes) -> tuple[Any, Any]:
    """The greatest element of each window, and its place among all elements in space.

    Parameters
    ----------
    x : Tensor
        Shape (..., *sizes), with as many spatial axes as there are counts.
    windows : array of int or None
        Shape (elements, windows): their places, with the spatial axes joined into one; None for one window of all.
    counts : tuple of int
        How many windows there are along each axis.

    Returns
    -------
    tuple of (Tensor, Tensor of int64)
        Shape (..., *counts).
    """
    around, sizes = x.shape[: -len(counts)], x.shape[-len(counts) :]
    flat = ops.reshape(x, (*around, prod(sizes)))
    indices = ops.argmax(flat, axis=-1, keepdims=True) if windows is None else ops.window_argmax(flat, windows)
    shape = (*around, *counts)
    return ops.reshape(ops.take_along_axis(flat, indices), shape), ops.reshape(indices, shape)


def _max_pool(axes: int, x: Any, kernel_size: Sizes, stride: Sizes | None, padding: Sizes, dilation: Sizes,
              ceil_mode: bool, return_indices: bool) -> Any:  # fmt: skip
    name = f"max_pool{axes}d"
    x = as_tensor(name, x)
    check_spatial(name, x, axes)
    kernel = per_axis(f"{name}: kernel_size", kernel_size, axes, 1)
    steps = kernel if stride is None else per_axis(f"{name}: stride", stride, axes, 1)
    before = per_axis(f"{name}: padding", padding, axes, 0)
    apart = per_axis(f"{name}: dilation", dilation, axes, 1)
    sizes = x.shape[-axes:]
    counts = window_counts(name, sizes, kernel, steps, before, apart, ceil_mode)
    everything = kernel == sizes and not any(before) and prod(apart) == prod(counts) == 1
    windows = None if everything else _regular(sizes, kernel, steps, before, apart, counts, x.device)
    y, indices = greatest(x, windows, counts)
    return (y, indices) if return_indices else y


def _adaptive_max_pool(axes: int, x: Any, output_size: Any, return_indices: bool) -> Any:
    name = f"adaptive_max_pool{axes}d"
    x = as_tensor(name, x)
    check_spatial(name, x, axes)
    sizes = x.shape[-axes:]
    counts = output_sizes(name, output_size, sizes)
    windows = None if prod(counts) == 1 else _uneven(sizes, counts, x.device)
    y, indices = greatest(x, windows, counts)
    return (y, indices) if return_indices else y


def max_pool1d(x: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:  # fmt: skip
    """The greatest element of each window along the last axis.

    Of equal elements the gradient goes to the first, and NaN counts as greater than all others.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, L) or (C, L).
    kernel_size : int
        How many elements a window has.
    stride : int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int
        How far the first and the last window may reach beyond the elements, at most half their extent.
    dilation : int
        How far the elements of a window are apart.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    return_indices : bool
        Whether to return where the elements are, too.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        One element for each window; and its place among all elements of the channel, as `max_unpool1d` takes it.

    Raises
    ------
    ValueError
        The shape is another one, or no window fits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x = tg.asarray([[3.0, 1.0, 4.0, 1.0, 5.0]])
    >>> F.max_pool1d(x, 2).tolist()
    [[3.0, 4.0]]
    >>> F.max_pool1d(x, 3, stride=2, return_indices=True)[1].tolist()
    [[2, 4]]
    """
    return _max_pool(1, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(x: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:  # fmt: skip
    """The greatest element of each window along the last two axes.

    Of equal elements the gradient goes to the first, and NaN counts as greater than all others.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, H, W) or (C, H, W).
    kernel_size : int or sequence of int
        How many elements a window has, for both axes or for each.
    stride : int or sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int or sequence of int
        How far the first and the last window may reach beyond the elements, at most half their extent.
    dilation : int or sequence of int
        How far the elements of a window are apart.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    return_indices : bool
        Whether to return where the elements are, too.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        One element for each window; and its place among all elements of the channel, as `max_unpool2d` takes it.

    Raises
    ------
    ValueError
        The shape is another one, or no window fits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.max_pool2d(tg.asarray([[[1.0, 2.0], [3.0, 0.0]]]), 2).tolist()
    [[[3.0]]]
    """
    return _max_pool(2, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(x: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:  # fmt: skip
    """The greatest element of each window along the last three axes.

    Of equal elements the gradient goes to the first, and NaN counts as greater than all others.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, D, H, W) or (C, D, H, W).
    kernel_size : int or sequence of int
        How many elements a window has, for all axes or for each.
    stride : int or sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int or sequence of int
        How far the first and the last window may reach beyond the elements, at most half their extent.
    dilation : int or sequence of int
        How far the elements of a window are apart.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    return_indices : bool
        Whether to return where the elements are, too.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        One element for each window; and its place among all elements of the channel, as `max_unpool3d` takes it.

    Raises
    ------
    ValueError
        The shape is another one, or no window fits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.max_pool3d(tg.ones((2, 4, 6, 8)), 2).shape
    (2, 2, 3, 4)
    """
    return _max_pool(3, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def adaptive_max_pool1d(x: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest elements of as many windows as wanted, which cover the last axis evenly.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, L) or (C, L).
    output_size : int or None
        How many windows; None for as many as there are elements.
    return_indices : bool
        Whether to return where the elements are, too.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        As of `max_pool1d`. Window i of n reaches from element ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``.

    Raises
    ------
    ValueError
        The shape is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.adaptive_max_pool1d(tg.asarray([[3.0, 1.0, 4.0, 1.0, 5.0]]), 2).tolist()
    [[4.0, 5.0]]
    """
    return _adaptive_max_pool(1, x, output_size, return_indices)


def adaptive_max_pool2d(x: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest elements of as many windows as wanted, which cover the last two axes evenly.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, H, W) or (C, H, W).
    output_size : int, None, or sequence of them
        How many windows, for both axes or for each; None for as many as there are elements.
    return_indices : bool
        Whether to return where the elements are, too.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        As of `max_pool2d`. Window i of n reaches from element ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``.

    Raises
    ------
    ValueError
        The shape is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.adaptive_max_pool2d(tg.ones((3, 5, 7)), (2, None)).shape
    (3, 2, 7)
    """
    return _adaptive_max_pool(2, x, output_size, return_indices)


def adaptive_max_pool3d(x: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The greatest elements of as many windows as wanted, which cover the last three axes evenly.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, D, H, W) or (C, D, H, W).
    output_size : int, None, or sequence of them
        How many windows, for all axes or for each; None for as many as there are elements.
    return_indices : bool
        Whether to return where the elements are, too.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        As of `max_pool3d`. Window i of n reaches from element ``floor(i * size / n)`` to ``ceil((i + 1) * size / n)``.

    Raises
    ------
    ValueError
        The shape is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.adaptive_max_pool3d(tg.ones((3, 5, 7, 9)), 2).shape
    (3, 2, 2, 2)
    """
    return _adaptive_max_pool(3, x, output_size, return_indices)
