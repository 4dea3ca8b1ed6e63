"""Channels exchanged with places in space, and with one another, as modules."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Module):
    """Squares of elements in space out of channels: (..., C * r * r, H, W) to (..., C, H * r, W * r) (Shi et al. 2016).

    Parameters
    ----------
    upscale_factor : int
        The side r of a square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.PixelShuffle(2)(tg.ones((8, 12, 5, 7))).shape
    (8, 3, 10, 14)
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, x: Any) -> Tensor:
        """Shape (..., C * r * r, H, W) to (..., C, H * r, W * r)."""
        return F.pixel_shuffle(x, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Channels out of squares of elements in space: (..., C, H * r, W * r) to (..., C * r * r, H, W).

    Parameters
    ----------
    downscale_factor : int
        The side r of a square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.PixelUnshuffle(2)(tg.ones((8, 3, 10, 14))).shape
    (8, 12, 5, 7)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, x: Any) -> Tensor:
        """Shape (..., C, H * r, W * r) to (..., C * r * r, H, W)."""
        return F.pixel_unshuffle(x, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of each group dealt out to all groups in turn (Zhang et al. 2018).

    Parameters
    ----------
    groups : int
        How many groups the channels consist of.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ChannelShuffle(2)(tg.asarray([[[1], [2], [3], [4]]])).tolist()
    [[[1], [3], [2], [4]]]
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) to the same."""
        return F.channel_shuffle(x, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
