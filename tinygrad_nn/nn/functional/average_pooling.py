"""Means of windows, of one size or of as many as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

from ... import ops
from ...backend.windows import OUTSIDE, regular, uneven, with_weights
from ...ops.operands import as_tensor
from ...ops.reduce import widened
from ...tensor import Tensor
from .sizes import check_floating, check_spatial, output_sizes, per_axis, window_counts
from .window_sums import Table, on_device, summed

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "mean_of_windows",
]  # fmt: skip

Sizes = int | Sequence[int]


@lru_cache(maxsize=128)
def _regular(size: int, kernel: int, stride: int, padding: int, count: int, device: str, dtype: Any) -> Table | None:
    """The windows of one size along an axis; kept, for a layer needs the same ones in each step."""
    if kernel == stride == 1 and not padding:
        return None
    return on_device(*with_weights(regular(size, kernel, stride, padding, 1, count), size), size, device, dtype)


@lru_cache(maxsize=128)
def _uneven(size: int, count: int, device: str, dtype: Any) -> Table | None:
    return None if size == count else on_device(*with_weights(uneven(size, count), size), size, device, dtype)


def _divided(x: Any, numbers: Sequence[Sequence[int]]) -> Any:
    """Sums divided by the numbers of elements, which are the products of those along each axis."""
    if all(len(set(along)) == 1 for along in numbers):
        return x / prod(along[0] for along in numbers)
    for axis, along in enumerate(numbers, -len(numbers)):
        x = x / ops.reshape(Tensor(along, dtype=x.dtype, device=x.device), (-1,) + (1,) * (-1 - axis))
    return x


def mean_of_windows(axes: int, x: Any, kernel_size: Sizes, stride: Sizes | None, padding: Sizes, ceil_mode: bool,
                    count_include_pad: bool, divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """Average pooling along the last `axes` axes, see `avg_pool1d`."""
    name = f"avg_pool{axes}d"
    x = as_tensor(name, x)
    check_spatial(name, x, axes)
    check_floating(name, x)
    kernel = per_axis(f"{name}: kernel_size", kernel_size, axes, 1)
    steps = kernel if stride is None else per_axis(f"{name}: stride", stride, axes, 1)
    before = per_axis(f"{name}: padding", padding, axes, 0)
    sizes = x.shape[-axes:]
    counts = window_counts(name, sizes, kernel, steps, before, (1,) * axes, ceil_mode)
    geometry = list(zip(sizes, kernel, steps, before, counts))
    wide = widened(ops, x)
    y = summed(wide, [_regular(*along, x.device, wide.dtype) for along in geometry])
    if divisor_override is not None:
        y = y / divisor_override
    else:
        y = _divided(y, [_numbers(*along, count_include_pad) for along in geometry])
    return y if wide is x else ops.astype(y, x.dtype)


def _numbers(size: int, kernel: int, stride: int, padding: int, count: int, with_padding: bool) -> list[int]:
    """How many elements the windows along an axis have; of the padding only what is in front of its end counts."""
    first, end = (-padding, size + padding) if with_padding else (0, size)
    starts = [window * stride - padding for window in range(count)]
    return [min(start + kernel, end) - max(start, first) for start in starts]


def _adaptive_avg_pool(axes: int, x: Any, output_size: Any) -> Tensor:
    name = f"adaptive_avg_pool{axes}d"
    x = as_tensor(name, x)
    check_spatial(name, x, axes)
    check_floating(name, x)
    sizes = x.shape[-axes:]
    counts = output_sizes(name, output_size, sizes)
    if prod(counts) == 1:
        return ops.mean(x, axis=tuple(range(-axes, 0)), keepdims=True)
    wide = widened(ops, x)
    y = summed(wide, [_uneven(size, count, x.device, wide.dtype) for size, count in zip(sizes, counts)])
    numbers = [(uneven(size, count) != OUTSIDE).sum(1).tolist() for size, count in zip(sizes, counts)]
    y = _divided(y, numbers)
    return y if wide is x else ops.astype(y, x.dtype)


def avg_pool1d(x: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False,
               count_include_pad: bool = True) -> Tensor:  # fmt: skip
    """The mean of each window along the last axis.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, L) or (C, L).
    kernel_size : int
        How many elements a window has.
    stride : int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int
        How many zeros are before and after the elements, at most half a window.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    count_include_pad : bool
        Whether zeros of the padding count as elements.

    Returns
    -------
    Tensor
        One element for each window.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one, or no window fits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.avg_pool1d(tg.asarray([[1.0, 3.0, 4.0, 6.0, 9.0]]), 2).tolist()
    [[2.0, 5.0]]
    """
    return mean_of_windows(1, x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(x: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """The mean of each window along the last two axes.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, H, W) or (C, H, W).
    kernel_size : int or sequence of int
        How many elements a window has, for both axes or for each.
    stride : int or sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int or sequence of int
        How many zeros are before and after the elements, at most half a window.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    count_include_pad : bool
        Whether zeros of the padding count as elements.
    divisor_override : int or None
        What to divide the sums by, instead.

    Returns
    -------
    Tensor
        One element for each window.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one, or no window fits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.avg_pool2d(tg.asarray([[[1.0, 2.0], [3.0, 0.0]]]), 2).tolist()
    [[[1.5]]]
    """
    return mean_of_windows(2, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(x: Any, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None) -> Tensor:  # fmt: skip
    """The mean of each window along the last three axes.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, D, H, W) or (C, D, H, W).
    kernel_size : int or sequence of int
        How many elements a window has, for all axes or for each.
    stride : int or sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int or sequence of int
        How many zeros are before and after the elements, at most half a window.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    count_include_pad : bool
        Whether zeros of the padding count as elements.
    divisor_override : int or None
        What to divide the sums by, instead.

    Returns
    -------
    Tensor
        One element for each window.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one, or no window fits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.avg_pool3d(tg.ones((2, 4, 6, 8)), 2).shape
    (2, 2, 3, 4)
    """
    return mean_of_windows(3, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def adaptive_avg_pool1d(x: Any, output_size: Any) -> Tensor:
    """The means of as many windows as wanted, which cover the last axis evenly.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, L) or (C, L).
    output_size : int or None
        How many windows; None for as many as there are elements.

    Returns
    -------
    Tensor
        One element for each window. Window i of n reaches from element ``floor(i * size / n)`` to
        ``ceil((i + 1) * size / n)``.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.adaptive_avg_pool1d(tg.asarray([[1.0, 3.0, 5.0]]), 2).tolist()
    [[2.0, 4.0]]
    """
    return _adaptive_avg_pool(1, x, output_size)


def adaptive_avg_pool2d(x: Any, output_size: Any) -> Tensor:
    """The means of as many windows as wanted, which cover the last two axes evenly.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, H, W) or (C, H, W).
    output_size : int, None, or sequence of them
        How many windows, for both axes or for each; None for as many as there are elements.

    Returns
    -------
    Tensor
        One element for each window. Window i of n reaches from element ``floor(i * size / n)`` to
        ``ceil((i + 1) * size / n)``.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.adaptive_avg_pool2d(tg.ones((3, 5, 7)), (2, None)).shape
    (3, 2, 7)
    """
    return _adaptive_avg_pool(2, x, output_size)


def adaptive_avg_pool3d(x: Any, output_size: Any) -> Tensor:
    """The means of as many windows as wanted, which cover the last three axes evenly.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, D, H, W) or (C, D, H, W).
    output_size : int, None, or sequence of them
        How many windows, for all axes or for each; None for as many as there are elements.

    Returns
    -------
    Tensor
        One element for each window. Window i of n reaches from element ``floor(i * size / n)`` to
        ``ceil((i + 1) * size / n)``.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.adaptive_avg_pool3d(tg.ones((3, 5, 7, 9)), 2).shape
    (3, 2, 2, 2)
    """
    return _adaptive_avg_pool(3, x, output_size)
