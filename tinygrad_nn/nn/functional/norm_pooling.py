"""Norms of windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, prod
from typing import Any

from ... import ops
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .average_pooling import mean_of_windows
from .max_pooling import max_pool1d, max_pool2d, max_pool3d
from .sizes import per_axis

__all__ = ["lp_pool1d", "lp_pool2d", "lp_pool3d"]

Sizes = int | Sequence[int]

MAX: dict[int, Callable[..., Tensor]] = {1: max_pool1d, 2: max_pool2d, 3: max_pool3d}


def _lp_pool(axes: int, x: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None, ceil_mode: bool) -> Tensor:
    x = as_tensor(f"lp_pool{axes}d", x)
    if abs(norm_type) == inf:
        greatest = MAX[axes](ops.abs(x) if norm_type > 0 else -ops.abs(x), kernel_size, stride, ceil_mode=ceil_mode)
        return greatest if norm_type > 0 else -greatest
    kernel = per_axis(f"lp_pool{axes}d: kernel_size", kernel_size, axes, 1)
    mean = mean_of_windows(axes, x**norm_type, kernel, stride, 0, ceil_mode, True)
    empty = ops.equal(mean, 0)  # there a root has no slope, which is 0 by convention
    y: Tensor = ops.where(empty, 0, (ops.where(empty, 1, mean) * prod(kernel)) ** (1 / norm_type))
    return y


def lp_pool1d(x: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
              ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """The norm of each window along the last axis: ``sum(x ** p) ** (1 / p)``, without absolute values.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, L) or (C, L).
    norm_type : float
        The power: 1 for sums; the larger, the closer to the greatest element. Infinite ones give the greatest and the
        least absolute value.
    kernel_size : int
        How many elements a window has.
    stride : int, or None
        How far the windows are apart; None for `kernel_size`.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over; its sum is scaled to
        that of a whole one.

    Returns
    -------
    Tensor
        One element for each window. Where the sum is 0, so is the gradient, as in PyTorch.

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
    >>> F.lp_pool1d(tg.asarray([[3.0, 4.0, 5.0, 12.0]]), 2, 2).tolist()
    [[5.0, 13.0]]
    """
    return _lp_pool(1, x, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(x: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
              ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """The norm of each window along the last two axes: ``sum(x ** p) ** (1 / p)``, without absolute values.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, H, W) or (C, H, W).
    norm_type : float
        The power: 1 for sums; the larger, the closer to the greatest element. Infinite ones give the greatest and the
        least absolute value.
    kernel_size : int or sequence of int
        How many elements a window has, for both axes or for each.
    stride : int or sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over; its sum is scaled to
        that of a whole one.

    Returns
    -------
    Tensor
        One element for each window. Where the sum is 0, so is the gradient, as in PyTorch.

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
    >>> F.lp_pool2d(tg.ones((1, 2, 2)), 1, 2).tolist()
    [[[4.0]]]
    """
    return _lp_pool(2, x, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(x: Any, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
              ceil_mode: bool = False) -> Tensor:  # fmt: skip
    """The norm of each window along the last three axes: ``sum(x ** p) ** (1 / p)``, without absolute values.

    Parameters
    ----------
    x : Tensor
        Floating, of shape (N, C, D, H, W) or (C, D, H, W).
    norm_type : float
        The power: 1 for sums; the larger, the closer to the greatest element. Infinite ones give the greatest and the
        least absolute value.
    kernel_size : int or sequence of int
        How many elements a window has, for all axes or for each.
    stride : int or sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over; its sum is scaled to
        that of a whole one.

    Returns
    -------
    Tensor
        One element for each window. Where the sum is 0, so is the gradient, as in PyTorch.

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
    >>> F.lp_pool3d(tg.ones((1, 2, 2, 2)), 3, 2).tolist()
    [[[[2.0]]]]
    """
    return _lp_pool(3, x, norm_type, kernel_size, stride, ceil_mode)
