"""Linear layers, and the shape that goes into them."""

from __future__ import annotations

from math import sqrt
from numbers import Integral
from typing import Any

from .. import backend, ops
from ..creation import draw
from ..tensor import Tensor
from .module import Module
from .parameter import Parameter

__all__ = ["Flatten", "Identity", "Linear"]


class Linear(Module):
    """``y = x @ weight.T + bias``.

    Both are drawn uniformly from ±1/sqrt(in_features): PyTorch's default, He et al. 2015 with ``a = sqrt(5)``.

    Parameters
    ----------
    in_features, out_features : int
        Sizes of the last axis of input and output.
    bias : bool
        Whether there is one.
    generator : Generator or None
        Where the values are drawn; None is the default one of the device.
    device : str or None
        Where the parameters are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight : Parameter
        Shape (out_features, in_features).
    bias : Parameter or None
        Shape (out_features,).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.Linear(3, 2, generator=tg.Generator(0))
    >>> layer(tg.ones((5, 3))).shape
    (5, 2)
    """

    bias: Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        for name, size in (("in_features", in_features), ("out_features", out_features)):
            if not isinstance(size, Integral):
                raise TypeError(f"Linear: {name} is {size!r}, wanted an integer")
            if size < 0:
                raise ValueError(f"Linear: {name} is {size}, wanted at least 0")
        self.in_features = in_features
        self.out_features = out_features
        bound = 1 / sqrt(in_features) if in_features else 0.0

        def drawn(*shape: int) -> Parameter:
            kind = dtype or backend.float32
            return Parameter(draw(generator, device, "uniform", shape, low=-bound, high=bound, dtype=kind))

        self.weight = drawn(out_features, in_features)
        self.bias = drawn(out_features) if bias else None

    def forward(self, x: Any) -> Tensor:
        """Shape (..., in_features) to (..., out_features)."""
        y: Tensor = ops.linear(x, self.weight, self.bias)
        return y

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Identity(Module):
    """The input itself; stands where a layer may be left out.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Identity()(tg.asarray([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    def forward(self, x: Any) -> Any:
        """`x` itself."""
        return x


class Flatten(Module):
    """Join consecutive axes into one: by default all but the first, the batch.

    Parameters
    ----------
    start_axis, end_axis : int
        The first and the last axis to join.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Flatten()(tg.zeros((32, 1, 28, 28))).shape
    (32, 784)
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        super().__init__()
        self.start_axis = start_axis
        self.end_axis = end_axis

    def forward(self, x: Any) -> Tensor:
        """`x` with the axes joined."""
        y: Tensor = ops.flatten(x, self.start_axis, self.end_axis)
        return y

    def extra_repr(self) -> str:
        return f"start_axis={self.start_axis}, end_axis={self.end_axis}"
