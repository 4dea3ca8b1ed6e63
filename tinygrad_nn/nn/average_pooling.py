"""Means of windows as modules, and their other norms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..tensor import Tensor
from . import functional as F
from .module import Module

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "LPPool1d",
    "LPPool2d", "LPPool3d",
]  # fmt: skip

Sizes = int | Sequence[int]


class _AvgPool(Module):
    """The mean of each window; a derived class says along which axes.

    Parameters
    ----------
    kernel_size : int or sequence of int
        How many elements a window has, along all axes or along each.
    stride : int, sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int or sequence of int
        How many zeros are before and after the elements, at most half a window.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    count_include_pad : bool
        Whether zeros of the padding count as elements.
    """

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window along the last axis, see `nn.functional.avg_pool1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AvgPool1d(2)(tg.asarray([[1.0, 3.0, 4.0, 6.0, 9.0]])).tolist()
    [[2.0, 5.0]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, L) or (C, L) to the same with one element for each window."""
        return F.avg_pool1d(x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _DivisibleAvgPool(_AvgPool):
    """One that may divide by another number.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As for others.
    divisor_override : int or None
        What to divide the sums by, instead.
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None) -> None:  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) or (C, ...) to the same with one element for each window."""
        return type(self).function(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip


class AvgPool2d(_DivisibleAvgPool):
    """The mean of each window along the last two axes, see `nn.functional.avg_pool2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AvgPool2d(3, stride=2, padding=1)(tg.ones((8, 3, 28, 28))).shape
    (8, 3, 14, 14)
    """

    function = staticmethod(F.avg_pool2d)


class AvgPool3d(_DivisibleAvgPool):
    """The mean of each window along the last three axes, see `nn.functional.avg_pool3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AvgPool3d(2)(tg.ones((8, 3, 4, 6, 8))).shape
    (8, 3, 2, 3, 4)
    """

    function = staticmethod(F.avg_pool3d)


class _AdaptiveAvgPool(Module):
    """The means of as many windows as wanted; a derived class says along which axes.

    Parameters
    ----------
    output_size : int, None, or sequence of them
        How many windows, along all axes or along each; None for as many as there are elements.
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) or (C, ...) to the same with one element for each window."""
        return type(self).function(x, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """The means of as many windows as wanted, see `nn.functional.adaptive_avg_pool1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AdaptiveAvgPool1d(2)(tg.asarray([[1.0, 3.0, 5.0]])).tolist()
    [[2.0, 4.0]]
    """

    function = staticmethod(F.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of as many windows as wanted, see `nn.functional.adaptive_avg_pool2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AdaptiveAvgPool2d((2, None))(tg.ones((8, 3, 5, 7))).shape
    (8, 3, 2, 7)
    """

    function = staticmethod(F.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """The means of as many windows as wanted, see `nn.functional.adaptive_avg_pool3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AdaptiveAvgPool3d(2)(tg.ones((8, 3, 5, 6, 7))).shape
    (8, 3, 2, 2, 2)
    """

    function = staticmethod(F.adaptive_avg_pool3d)


class _LPPool(Module):
    """The norm of each window; a derived class says along which axes.

    Parameters
    ----------
    norm_type : float
        The power: 1 for sums; the larger, the closer to the greatest element.
    kernel_size : int or sequence of int
        How many elements a window has, along all axes or along each.
    stride : int, sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None,
                 ceil_mode: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) or (C, ...) to the same with one element for each window."""
        return type(self).function(x, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The norm of each window along the last axis, see `nn.functional.lp_pool1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LPPool1d(2, 2)(tg.asarray([[3.0, 4.0, 5.0, 12.0]])).tolist()
    [[5.0, 13.0]]
    """

    function = staticmethod(F.lp_pool1d)


class LPPool2d(_LPPool):
    """The norm of each window along the last two axes, see `nn.functional.lp_pool2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LPPool2d(1, 2)(tg.ones((1, 2, 2))).tolist()
    [[[4.0]]]
    """

    function = staticmethod(F.lp_pool2d)


class LPPool3d(_LPPool):
    """The norm of each window along the last three axes, see `nn.functional.lp_pool3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LPPool3d(3, 2)(tg.ones((1, 2, 2, 2))).tolist()
    [[[[2.0]]]]
    """

    function = staticmethod(F.lp_pool3d)
