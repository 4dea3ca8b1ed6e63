"""The windows of images as columns, and images as sums of windows, as modules."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from .functional.folding import PerAxis
from .module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """All windows of images, each as a column: see `functional.unfold`.

    Parameters
    ----------
    kernel_size : int or pair of int
        Shape of a window.
    dilation, padding, stride : int or pair of int
        As of `Conv2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Unfold(3)(tg.ones((8, 2, 5, 5))).shape
    (8, 18, 9)
    """

    def __init__(self, kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0, stride: PerAxis = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, H, W) to (N, C * height * width of a window, windows), or both without N."""
        return F.unfold(x, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Columns added up as windows of images: see `functional.fold`.

    Parameters
    ----------
    output_size : int or pair of int
        Height and width of the images.
    kernel_size, dilation, padding, stride : int or pair of int
        As of `Unfold`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Fold((5, 5), 3)(tg.ones((8, 18, 9))).shape
    (8, 2, 5, 5)
    """

    def __init__(self, output_size: PerAxis, kernel_size: PerAxis, dilation: PerAxis = 1, padding: PerAxis = 0,
                 stride: PerAxis = 1) -> None:  # fmt: skip
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C * height * width of a window, windows) to (N, C, height, width), or both without N."""
        return F.fold(x, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
