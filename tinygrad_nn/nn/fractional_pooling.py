"""Max pooling to a fraction of the elements as modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from .. import backend
from ..tensor import Tensor
from . import functional as F
from .functional.sizes import per_axis
from .module import Module

__all__ = ["FractionalMaxPool2d", "FractionalMaxPool3d"]

Sizes = int | Sequence[int]
Ratios = float | Sequence[float]


class _FractionalMaxPool(Module):
    """The greatest elements of windows at random places; a derived class says along how many axes.

    Parameters
    ----------
    kernel_size : int or sequence of int
        How many elements a window has, for all axes or for each.
    output_size : int, sequence of int, or None
        How many windows, for all axes or for each. Either this is given or `output_ratio`.
    output_ratio : float, sequence of float, or None
        How many windows for one element, between 0 and 1, rounded down.
    return_indices : bool
        Whether to return where the elements are, too.
    _random_samples : Tensor or None
        Numbers from 0 to 1 that the places follow from; None to draw them in each call.
    generator : Generator or None
        What draws; None is the default one of the input's device.
    """

    axes: ClassVar[int]
    function: ClassVar[Callable[..., Any]]
    _random_samples: Tensor | None

    def __init__(self, kernel_size: Sizes, output_size: Sizes | None = None, output_ratio: Ratios | None = None,
                 return_indices: bool = False, _random_samples: Any = None, *,
                 generator: backend.Generator | None = None) -> None:  # fmt: skip
        super().__init__()
        name = type(self).__name__
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                f"{name}: output_size={output_size} and output_ratio={output_ratio}; wanted is one of the two"
            )
        self.kernel_size = per_axis(f"{name}: kernel_size", kernel_size, self.axes, 1)
        self.output_size = None if output_size is None else per_axis(f"{name}: output_size", output_size, self.axes, 1)
        ratios = output_ratio if isinstance(output_ratio, (list, tuple)) else (output_ratio,) * self.axes
        self.output_ratio = None if output_ratio is None else tuple(ratios)
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"{name}: output_ratio={output_ratio} must be between 0 and 1")
        self.return_indices = return_indices
        self.generator = generator
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, x: Any) -> Any:
        """Shape (N, C, ...) or (C, ...) to the same with one element for each window."""
        return type(self).function(
            x, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples,
            generator=self.generator,
        )  # fmt: skip

    def extra_repr(self) -> str:
        given = f"output_size={self.output_size}" if self.output_size else f"output_ratio={self.output_ratio}"
        return f"kernel_size={self.kernel_size}, {given}"


class FractionalMaxPool2d(_FractionalMaxPool):
    """The greatest elements of windows at random places along the last two axes (Graham 2014).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.FractionalMaxPool2d(2, output_ratio=0.5)(tg.ones((8, 3, 9, 7))).shape
    (8, 3, 4, 3)
    """

    axes = 2
    function = staticmethod(F.fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """The greatest elements of windows at random places along the last three axes (Graham 2014).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.FractionalMaxPool3d(2, output_ratio=0.5)(tg.ones((8, 3, 9, 7, 8))).shape
    (8, 3, 4, 3, 4)
    """

    axes = 3
    function = staticmethod(F.fractional_max_pool3d)
