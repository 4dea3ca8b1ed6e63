"""Max pooling to a fraction of the elements, with windows at random places."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ... import ops
from ...backend import Generator
from ...backend.dtypes import int64
from ...creation import arange, draw
from ...ops.operands import as_tensor
from .sizes import check_floating, check_spatial, per_axis

__all__ = ["fractional_max_pool2d", "fractional_max_pool3d"]

Sizes = int | Sequence[int]
Ratios = float | Sequence[float]


def _starts(sample: Any, size: int, kernel: int, count: int) -> Any:
    """Where the windows along one axis begin, (rows, count): about evenly apart, and the last one at the end."""
    window = arange(count, dtype=sample.dtype, device=sample.device)
    apart = (size - kernel) / max(count - 1, 1)
    starts = ops.trunc((window + sample) * apart) - ops.trunc(sample * apart)
    return ops.astype(ops.where(window == count - 1, size - kernel, starts), int64)


def _places(samples: Any, sizes: Sequence[int], kernel: Sequence[int], counts: Sequence[int]) -> Any:
    """The places of the elements of all windows: (rows, elements, windows), both of all axes together."""
    axes, table = len(sizes), 0
    for axis, (size, k, count) in enumerate(zip(sizes, kernel, counts)):
        elements, windows = [1] * axes, [1] * axes
        elements[axis], windows[axis] = k, count
        element = ops.reshape(arange(k, device=samples.device), (*elements, *[1] * axes))
        sample = samples[:, 1 - axis if axes == 2 else axis, None]  # (PyTorch's order)
        start = ops.reshape(_starts(sample, size, k, count), (-1, *[1] * axes, *windows))
        table = table + (start + element) * prod(sizes[axis + 1 :])
    return ops.reshape(table, (len(samples), prod(kernel), prod(counts)))


def _fractional_max_pool(axes: int, x: Any, kernel_size: Sizes, output_size: Sizes | None, output_ratio: Ratios | None,
                         return_indices: bool, samples: Any, generator: Any) -> Any:  # fmt: skip
    name = f"fractional_max_pool{axes}d"
    x = as_tensor(name, x)
    check_spatial(name, x, axes)
    check_floating(name, x)
    sizes, around = x.shape[-axes:], x.shape[:-axes]
    kernel = per_axis(f"{name}: kernel_size", kernel_size, axes, 1)
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"{name}: output_size={output_size}, output_ratio={output_ratio}; wanted is one of the two")
    if output_ratio is None:
        counts = per_axis(f"{name}: output_size", output_size, axes, 1)
    else:
        ratios = tuple(output_ratio) if isinstance(output_ratio, (list, tuple)) else (output_ratio,) * axes
        counts = tuple(int(size * ratio) for size, ratio in zip(sizes, ratios))
    if any(count < 1 or count + k - 1 > size for size, k, count in zip(sizes, kernel, counts)):
        raise ValueError(f"{name}: from {sizes} elements no {counts} different windows of {kernel} can be taken")
    if samples is None:
        samples = draw(generator, x.device, "uniform", (prod(around), axes), dtype=x.dtype)
    rows = prod(around)
    flat = ops.reshape(x, (rows, prod(sizes)))
    places = _places(ops.reshape(samples, (-1, axes))[:rows], sizes, kernel, counts)
    values = ops.reshape(ops.take_along_axis(flat, ops.reshape(places, (rows, -1))), places.shape)
    chosen = ops.argmax(values, axis=1, keepdims=True)
    indices = ops.reshape(ops.take_along_axis(places, chosen, axis=1), (rows, prod(counts)))
    y = ops.reshape(ops.take_along_axis(flat, indices), (*around, *counts))
    return (y, ops.reshape(indices, y.shape)) if return_indices else y


def fractional_max_pool2d(
    x: Any,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Ratios | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
    *,
    generator: Generator | None = None,
) -> Any:
    """The greatest elements of windows at random places along the last two axes, as many as wanted (Graham 2014).

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, H, W) or (C, H, W).
    kernel_size : int or sequence of int
        How many elements a window has, for all axes or for each.
    output_size : int, sequence of int, or None
        How many windows, for all axes or for each. Either this is given or `output_ratio`.
    output_ratio : float, sequence of float, or None
        How many windows for one element, rounded down.
    return_indices : bool
        Whether to return where the elements are, too.
    _random_samples : Tensor or None
        Shape (N, C, 2): numbers from 0 to 1 that the places follow from; None to draw them.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        As of `max_pool2d`; but of several NaN, the place is that of the first.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one; both of `output_size` and `output_ratio` are given, or neither; or there are too few
        elements.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.fractional_max_pool2d(tg.ones((3, 9, 7)), 2, output_ratio=0.5).shape
    (3, 4, 3)
    """
    return _fractional_max_pool(
        2, x, kernel_size, output_size, output_ratio, return_indices, _random_samples, generator
    )


def fractional_max_pool3d(
    x: Any,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: Ratios | None = None,
    return_indices: bool = False,
    _random_samples: Any = None,
    *,
    generator: Generator | None = None,
) -> Any:
    """The greatest elements of windows at random places along the last three axes, as many as wanted (Graham 2014).

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, D, H, W) or (C, D, H, W).
    kernel_size : int or sequence of int
        How many elements a window has, for all axes or for each.
    output_size : int, sequence of int, or None
        How many windows, for all axes or for each. Either this is given or `output_ratio`.
    output_ratio : float, sequence of float, or None
        How many windows for one element, rounded down.
    return_indices : bool
        Whether to return where the elements are, too.
    _random_samples : Tensor or None
        Shape (N, C, 3): numbers from 0 to 1 that the places follow from; None to draw them.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor, or tuple of (Tensor, Tensor of int64)
        As of `max_pool3d`; but of several NaN, the place is that of the first.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shape is another one; both of `output_size` and `output_ratio` are given, or neither; or there are too few
        elements.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.fractional_max_pool3d(tg.ones((3, 9, 7, 8)), 2, output_ratio=0.5).shape
    (3, 4, 3, 4)
    """
    return _fractional_max_pool(
        3, x, kernel_size, output_size, output_ratio, return_indices, _random_samples, generator
    )
