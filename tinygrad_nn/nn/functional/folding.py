"""The windows of images as columns, and images as sums of windows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ... import ops
from ...backend.convolutions import output_sizes
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .sizes import check_spatial, per_axis

__all__ = ["fold", "unfold"]

PerAxis = int | Sequence[int]


def unfold(input: Any, kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0,
           stride: PerAxis = 1) -> Tensor:  # fmt: skip
    """All windows of images, each as a column; a convolution is ``weight.reshape(O, -1) @ unfold(x, ...)``.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, H, W) or (C, H, W).
    kernel_size : int or pair of int
        Shape of a window.
    dilation, padding, stride : int or pair of int
        As of `conv2d`.

    Returns
    -------
    Tensor
        Shape (N, C * height * width of a window, windows), or without N.

    Raises
    ------
    TypeError
        A size is not an integer.
    ValueError
        The input has another number of axes, or is smaller than a window.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.unfold(tg.arange(6.0).reshape(1, 2, 3), 2).tolist()
    [[0.0, 1.0], [1.0, 2.0], [3.0, 4.0], [4.0, 5.0]]
    """
    x = as_tensor("unfold", input)
    check_spatial("unfold", x, 2)
    kernel, geometry = _geometry("unfold", kernel_size, dilation, padding, stride)
    windows = output_sizes(x.shape[-2:], kernel, **geometry)
    if min(windows) < 1:
        raise ValueError(f"unfold: windows of {kernel} do not fit into x, which has shape {x.shape}; {geometry}")
    batch = x if x.ndim == 4 else ops.expand_dims(x, 0)
    columns = ops.unfold(batch, shape=kernel, **geometry)
    y: Tensor = columns.reshape((*x.shape[:-3], x.shape[-3] * prod(kernel), prod(windows)))
    return y


def fold(input: Any, output_size: PerAxis, kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0,
         stride: PerAxis = 1) -> Tensor:  # fmt: skip
    """Columns added up as windows of images: the transpose of `unfold`.

    Parameters
    ----------
    input : Tensor
        Shape (N, C * height * width of a window, windows), or without N.
    output_size : int or pair of int
        Height and width of the images.
    kernel_size, dilation, padding, stride : int or pair of int
        As of `unfold`.

    Returns
    -------
    Tensor
        Shape (N, C, height, width), or without N.

    Raises
    ------
    TypeError
        A size is not an integer.
    ValueError
        The input is not what `unfold` makes of such images.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.fold(F.unfold(tg.ones((1, 2, 3)), 2), (2, 3), 2).tolist()
    [[[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]]]
    """
    x = as_tensor("fold", input)
    shape = per_axis("fold: output_size", output_size, 2, 1)
    kernel, geometry = _geometry("fold", kernel_size, dilation, padding, stride)
    windows = output_sizes(shape, kernel, **geometry)
    if x.ndim not in (2, 3) or min(windows) < 1 or x.shape[-2] % prod(kernel) or x.shape[-1] != prod(windows):
        raise ValueError(
            f"fold: x has shape {x.shape}, wanted (N, C * {prod(kernel)}, {prod(max(n, 0) for n in windows)}) for "
            f"windows of {kernel} in images of {shape}; {geometry}"
        )
    channels = x.shape[-2] // prod(kernel)
    batch = x.reshape((x.shape[0] if x.ndim == 3 else 1, channels, *kernel, *windows))
    images = ops.fold(batch, shape=shape, **geometry)
    y: Tensor = images if x.ndim == 3 else ops.squeeze(images, 0)
    return y


def _geometry(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Any, dict[str, Any]]:
    """The kernel, and what the operations take besides."""
    kernel = per_axis(f"{name}: kernel_size", kernel_size, 2, 1)
    pairs = tuple((p, p) for p in per_axis(f"{name}: padding", padding, 2, 0))
    steps = {"stride": per_axis(f"{name}: stride", stride, 2, 1)}
    return kernel, {**steps, "padding": pairs, "dilation": per_axis(f"{name}: dilation", dilation, 2, 1)}
