"""The way back from max pooling as modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ..tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]

Sizes = int | Sequence[int]


class _MaxUnpool(Module):
    """What a max pooling has chosen, back where it was; a derived class says along which axes.

    Parameters
    ----------
    kernel_size, stride, padding : int or sequence of int
        Of the pooling.
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding

    def forward(self, x: Any, indices: Any, output_size: Sequence[int] | None = None) -> Tensor:
        """Shape (N, C, ...) or (C, ...), with the places in the same shape, to what was pooled."""
        return type(self).function(x, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """What `MaxPool1d` has chosen, back where it was, see `nn.functional.max_unpool1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> pool, unpool = nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)
    >>> unpool(*pool(tg.asarray([[3.0, 1.0, 4.0, 5.0]]))).tolist()
    [[3.0, 0.0, 0.0, 5.0]]
    """

    function = staticmethod(F.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """What `MaxPool2d` has chosen, back where it was, see `nn.functional.max_unpool2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> pool, unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)
    >>> unpool(*pool(tg.ones((3, 4, 6)))).shape
    (3, 4, 6)
    """

    function = staticmethod(F.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """What `MaxPool3d` has chosen, back where it was, see `nn.functional.max_unpool3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> pool, unpool = nn.MaxPool3d(2, return_indices=True), nn.MaxUnpool3d(2)
    >>> unpool(*pool(tg.ones((3, 4, 6, 8)))).shape
    (3, 4, 6, 8)
    """

    function = staticmethod(F.max_unpool3d)
