"""Max pooling as modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from . import functional as F
from .module import Module

__all__ = [
    "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d",
]  # fmt: skip

Sizes = int | Sequence[int]


class _MaxPool(Module):
    """The greatest element of each window; a derived class says along which axes.

    Parameters
    ----------
    kernel_size : int or sequence of int
        How many elements a window has, along all axes or along each.
    stride : int, sequence of int, or None
        How far the windows are apart; None for `kernel_size`.
    padding : int or sequence of int
        How far the first and the last window may reach beyond the elements, at most half their extent.
    dilation : int or sequence of int
        How far the elements of a window are apart.
    return_indices : bool
        Whether to return where the elements are, too: what `MaxUnpool1d` and its like take.
    ceil_mode : bool
        Whether there is one more window for elements at the end that would else be left over.
    """

    function: ClassVar[Callable[..., Any]]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0, dilation: Sizes = 1,
                 return_indices: bool = False, ceil_mode: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, x: Any) -> Any:
        """Shape (N, C, ...) or (C, ...) to the same with one element for each window."""
        return type(self).function(
            x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The greatest element of each window along the last axis, see `nn.functional.max_pool1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.MaxPool1d(2)(tg.asarray([[3.0, 1.0, 4.0, 1.0, 5.0]])).tolist()
    [[3.0, 4.0]]
    """

    function = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPool):
    """The greatest element of each window along the last two axes, see `nn.functional.max_pool2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.MaxPool2d(3, stride=2, padding=1)(tg.ones((8, 3, 28, 28))).shape
    (8, 3, 14, 14)
    """

    function = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPool):
    """The greatest element of each window along the last three axes, see `nn.functional.max_pool3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.MaxPool3d(2)(tg.ones((8, 3, 4, 6, 8))).shape
    (8, 3, 2, 3, 4)
    """

    function = staticmethod(F.max_pool3d)


class _AdaptiveMaxPool(Module):
    """The greatest elements of as many windows as wanted; a derived class says along which axes.

    Parameters
    ----------
    output_size : int, None, or sequence of them
        How many windows, along all axes or along each; None for as many as there are elements.
    return_indices : bool
        Whether to return where the elements are, too.
    """

    function: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, x: Any) -> Any:
        """Shape (N, C, ...) or (C, ...) to the same with one element for each window."""
        return type(self).function(x, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The greatest elements of as many windows as wanted, see `nn.functional.adaptive_max_pool1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AdaptiveMaxPool1d(2)(tg.asarray([[3.0, 1.0, 4.0, 1.0, 5.0]])).tolist()
    [[4.0, 5.0]]
    """

    function = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The greatest elements of as many windows as wanted, see `nn.functional.adaptive_max_pool2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AdaptiveMaxPool2d((2, None))(tg.ones((8, 3, 5, 7))).shape
    (8, 3, 2, 7)
    """

    function = staticmethod(F.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The greatest elements of as many windows as wanted, see `nn.functional.adaptive_max_pool3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.AdaptiveMaxPool3d(2)(tg.ones((8, 3, 5, 6, 7))).shape
    (8, 3, 2, 2, 2)
    """

    function = staticmethod(F.adaptive_max_pool3d)
