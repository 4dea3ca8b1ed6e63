"""Activations in which the elements along an axis have to do with each other, as modules."""

from __future__ import annotations

from typing import Any, NoReturn

from ...autograd.words import refuse_arguments
from ...tensor import Tensor
from .. import functional as F
from ..module import Module

__all__ = ["GLU", "LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class _AlongAxis(Module):
    """A function along an axis."""

    def __init__(self, axis: int | None = None, **unknown: NoReturn) -> None:
        super().__init__(**unknown)
        if axis is None:
            refuse_arguments(type(self).__name__, unknown, missing="axis")
        self.axis = axis

    def extra_repr(self) -> str:
        return f"axis={self.axis}"


class Softmax(_AlongAxis):
    """Exponentials along an axis divided by their sum.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softmax(axis=1)(tg.asarray([[0.0, 0.0], [1.0, 3.0]])).numpy().round(4)
    array([[0.5   , 0.5   ],
           [0.1192, 0.8808]], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        return F.softmax(x, self.axis)


class LogSoftmax(_AlongAxis):
    """Logarithm of the softmax along an axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LogSoftmax(axis=1)(tg.asarray([[0.0, 0.0], [1.0, 3.0]])).numpy().round(4)
    array([[-0.6931, -0.6931],
           [-2.1269, -0.1269]], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        return F.log_softmax(x, self.axis)


class Softmin(_AlongAxis):
    """The softmax of the negative: most to the smallest.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softmin(axis=1)(tg.asarray([[0.0, 0.0], [1.0, 3.0]])).numpy().round(4)
    array([[0.5   , 0.5   ],
           [0.8808, 0.1192]], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        return F.softmin(x, self.axis)


class Softmax2d(Module):
    """The softmax over the channels of each place of an image.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Softmax2d()(tg.zeros((1, 2, 1, 3))).tolist()
    [[[[0.5, 0.5, 0.5]], [[0.5, 0.5, 0.5]]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, H, W) or (C, H, W) to the same."""
        if x.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: the input has shape {x.shape}; wanted is (N, C, H, W) or (C, H, W)")
        return F.softmax(x, -3)


class GLU(_AlongAxis):
    """Gated linear unit: the first half along an axis times the sigmoid of the second (Dauphin et al. 2017).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.GLU()(tg.asarray([3.0, 5.0, 0.0, 100.0])).tolist()
    [1.5, 5.0]
    """

    def __init__(self, axis: int = -1, **unknown: NoReturn) -> None:
        super().__init__(axis, **unknown)

    def forward(self, x: Any) -> Tensor:
        return F.glu(x, self.axis)
