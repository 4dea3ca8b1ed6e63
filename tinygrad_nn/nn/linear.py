"""Linear layers, and the shape that goes into them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from numbers import Integral
from typing import Any, NoReturn

from .. import backend, ops
from ..autograd.words import refuse_arguments
from ..creation import draw
from ..ops.axes import one_axis
from ..tensor import Tensor
from . import functional as F
from .functional.sizes import check_sizes
from .module import Module
from .parameter import Parameter

__all__ = ["Bilinear", "Flatten", "Identity", "Linear", "Unflatten"]


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
        check_sizes("Linear", in_features=in_features, out_features=out_features)
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

    def activated(self, x: Any, activation: str | None) -> Tensor:
        """The output, or what an activation (``"relu"``, ``"sigmoid"`` or ``"tanh"``) makes of it."""
        y: Tensor = ops.linear(x, self.weight, self.bias, activation=activation)
        return y

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """``y[k] = x1 @ weight[k] @ x2 + bias[k]``.

    Both are drawn uniformly from ±1/sqrt(in1_features), as PyTorch does.

    Parameters
    ----------
    in1_features, in2_features, out_features : int
        Sizes of the last axes of the inputs and the output.
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
        Shape (out_features, in1_features, in2_features).
    bias : Parameter or None
        Shape (out_features,).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Bilinear(3, 4, 2)(tg.ones((5, 3)), tg.ones((5, 4))).shape
    (5, 2)
    """

    bias: Parameter | None

    def __init__(self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        sizes = {"in1_features": in1_features, "in2_features": in2_features, "out_features": out_features}
        check_sizes("Bilinear", **sizes)
        if not in1_features:
            raise ValueError("Bilinear: in1_features is 0, wanted at least 1")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        bound = 1 / sqrt(in1_features)

        def drawn(*shape: int) -> Parameter:
            kind = dtype or backend.float32
            return Parameter(draw(generator, device, "uniform", shape, low=-bound, high=bound, dtype=kind))

        self.weight = drawn(out_features, in1_features, in2_features)
        self.bias = drawn(out_features) if bias else None

    def forward(self, x1: Any, x2: Any) -> Tensor:
        """Shapes (..., in1_features) and (..., in2_features) to (..., out_features)."""
        return F.bilinear(x1, x2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


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

    def __init__(self, start_axis: int = 1, end_axis: int = -1, **unknown: NoReturn) -> None:
        super().__init__(**unknown)
        self.start_axis = start_axis
        self.end_axis = end_axis

    def forward(self, x: Any) -> Tensor:
        """`x` with the axes joined."""
        y: Tensor = ops.flatten(x, self.start_axis, self.end_axis)
        return y

    def extra_repr(self) -> str:
        return f"start_axis={self.start_axis}, end_axis={self.end_axis}"


class Unflatten(Module):
    """Take an axis apart into several.

    Parameters
    ----------
    axis : int
        Which one.
    unflattened_size : sequence of int
        The sizes of those that it becomes; -1 for one that follows from the others.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Unflatten(1, (1, 28, 28))(tg.zeros((32, 784))).shape
    (32, 1, 28, 28)
    """

    def __init__(self, axis: int | None = None, unflattened_size: Sequence[int] | None = None,
                 **unknown: NoReturn) -> None:  # fmt: skip
        super().__init__(**unknown)
        if axis is None or unflattened_size is None:
            refuse_arguments("Unflatten", unknown, missing="axis" if axis is None else "unflattened_size")
        sizes = tuple(unflattened_size)
        if not all(isinstance(size, Integral) and size >= -1 for size in sizes) or sizes.count(-1) > 1:
            raise ValueError(f"Unflatten: unflattened_size is {sizes}, wanted sizes, of which one may be -1")
        self.axis = axis
        self.unflattened_size = sizes

    def forward(self, x: Any) -> Tensor:
        """`x` with that axis taken apart."""
        axis = one_axis(self.axis, x.ndim)
        sizes, known = self.unflattened_size, prod(size for size in self.unflattened_size if size >= 0)
        if -1 in sizes and known:
            sizes = tuple(x.shape[axis] // known if size < 0 else size for size in sizes)
        if prod(sizes) != x.shape[axis]:
            raise ValueError(
                f"Unflatten: axis {self.axis} of an input of shape {x.shape} cannot be taken apart into "
                f"{self.unflattened_size}"
            )
        y: Tensor = ops.reshape(x, (*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))
        return y

    def extra_repr(self) -> str:
        return f"axis={self.axis}, unflattened_size={self.unflattened_size}"
