"""Channels exchanged with places in space, and with one another."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...ops.operands import as_tensor
from ...tensor import Tensor

__all__ = ["channel_shuffle", "pixel_shuffle", "pixel_unshuffle"]


def pixel_shuffle(x: Any, upscale_factor: int) -> Tensor:
    """Make squares of elements in space out of channels (Shi et al. 2016).

    Parameters
    ----------
    x : Tensor
        Shape (..., C * r * r, H, W).
    upscale_factor : int
        The side r of a square.

    Returns
    -------
    Tensor
        Shape (..., C, H * r, W * r).

    Raises
    ------
    ValueError
        The channels cannot be divided.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.pixel_shuffle(tg.asarray([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), 2).tolist()
    [[[1.0, 2.0], [3.0, 4.0]]]
    """
    x, r = as_tensor("pixel_shuffle", x), upscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-3] % (r * r):
        raise ValueError(f"pixel_shuffle: x has shape {x.shape}, wanted (..., C * {r} * {r}, H, W)")
    *front, channels, height, width = x.shape
    y = ops.reshape(x, (*front, channels // (r * r), r, r, height, width))
    n = len(front)  # (..., C, r, r, H, W) to (..., C, H, r, W, r)
    y = ops.permute_dims(y, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    shuffled: Tensor = ops.reshape(y, (*front, channels // (r * r), height * r, width * r))
    return shuffled


def pixel_unshuffle(x: Any, downscale_factor: int) -> Tensor:
    """Make channels out of squares of elements in space: the way back from `pixel_shuffle`.

    Parameters
    ----------
    x : Tensor
        Shape (..., C, H * r, W * r).
    downscale_factor : int
        The side r of a square.

    Returns
    -------
    Tensor
        Shape (..., C * r * r, H, W).

    Raises
    ------
    ValueError
        The axes in space cannot be divided.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.pixel_unshuffle(tg.asarray([[[1.0, 2.0], [3.0, 4.0]]]), 2).tolist()
    [[[1.0]], [[2.0]], [[3.0]], [[4.0]]]
    """
    x, r = as_tensor("pixel_unshuffle", x), downscale_factor
    if x.ndim < 3 or r < 1 or x.shape[-2] % r or x.shape[-1] % r:
        raise ValueError(f"pixel_unshuffle: x has shape {x.shape}, wanted (..., C, H * {r}, W * {r})")
    *front, channels, height, width = x.shape
    y = ops.reshape(x, (*front, channels, height // r, r, width // r, r))
    n = len(front)  # (..., C, H, r, W, r) to (..., C, r, r, H, W)
    y = ops.permute_dims(y, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    unshuffled: Tensor = ops.reshape(y, (*front, channels * r * r, height // r, width // r))
    return unshuffled


def channel_shuffle(x: Any, groups: int) -> Tensor:
    """Deal out the channels of each group to all groups in turn (Zhang et al. 2018).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...).
    groups : int
        How many groups the channels consist of.

    Returns
    -------
    Tensor
        Of the shape of `x`: the first channel of each group, then the second of each.

    Raises
    ------
    ValueError
        The channels cannot be divided.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.channel_shuffle(tg.asarray([[[1], [2], [3], [4]]]), 2).tolist()
    [[[1], [3], [2], [4]]]
    """
    x = as_tensor("channel_shuffle", x)
    if x.ndim < 3 or groups < 1 or x.shape[1] % groups:
        raise ValueError(f"channel_shuffle: x has shape {x.shape}, wanted (N, {groups} * C, ...)")
    samples, channels, *sizes = x.shape
    y = ops.reshape(x, (samples, groups, channels // groups, *sizes))
    y = ops.permute_dims(y, (0, 2, 1, *range(3, y.ndim)))
    shuffled: Tensor = ops.reshape(y, x.shape)
    return shuffled
