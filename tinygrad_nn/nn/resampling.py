"""Interpolation as modules."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

from ..tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]


class Upsample(Module):
    """The same image, or field of one to three axes, with more or fewer elements, see `nn.functional.interpolate`.

    Parameters
    ----------
    size : int, sequence of int, or None
        How many elements the axes in space are to have. Either this is given or `scale_factor`.
    scale_factor : float, sequence of float, or None
        How many times as many they are to have, rounded down.
    mode : str
        ``"nearest"``, ``"nearest-exact"``, ``"linear"``, ``"bilinear"``, ``"trilinear"``, ``"bicubic"`` or ``"area"``.
    align_corners : bool or None
        In the linear and cubic modes, whether the first and the last element stay where they are.
    recompute_scale_factor : bool or None
        Whether the factor is what follows from the sizes, which have been rounded.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Upsample(scale_factor=2, mode="bilinear")(tg.ones((8, 3, 7, 5))).shape
    (8, 3, 14, 10)
    """

    def __init__(self, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None,
                 mode: str = "nearest", align_corners: bool | None = None,
                 recompute_scale_factor: bool | None = None) -> None:  # fmt: skip
        super().__init__()
        self.size = size
        self.scale_factor = float(scale_factor) if isinstance(scale_factor, Real) else scale_factor
        if isinstance(self.scale_factor, Sequence):
            self.scale_factor = tuple(map(float, self.scale_factor))
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) to (N, C, ...)."""
        return F.interpolate(
            x, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        given = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{given}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """An image with more or fewer elements, each of them the nearest there is.

    Parameters
    ----------
    size, scale_factor
        As of `Upsample`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.UpsamplingNearest2d(scale_factor=2)(tg.asarray([[[[1.0, 3.0]]]])).tolist()
    [[[[1.0, 1.0, 3.0, 3.0], [1.0, 1.0, 3.0, 3.0]]]]
    """

    def __init__(self, size: int | Sequence[int] | None = None,
                 scale_factor: float | Sequence[float] | None = None) -> None:  # fmt: skip
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """An image with more or fewer elements, between those there are; the corners stay where they are.

    Parameters
    ----------
    size, scale_factor
        As of `Upsample`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.UpsamplingBilinear2d((1, 3))(tg.asarray([[[[1.0, 3.0]]]])).tolist()
    [[[[1.0, 2.0, 3.0]]]]
    """

    def __init__(self, size: int | Sequence[int] | None = None,
                 scale_factor: float | Sequence[float] | None = None) -> None:  # fmt: skip
        super().__init__(size, scale_factor, "bilinear", align_corners=True)
