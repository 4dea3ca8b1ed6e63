"""Interpolation: images and other fields with more or fewer elements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import floor
from typing import Any

from ...backend.resampling import blended, cubic, linear, nearest
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .average_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .sizes import check_floating, per_axis
from .window_sums import Table, on_device, summed

__all__ = ["interpolate"]

# What is done along each axis, and of how many axes, for which None is any number.
MODES: dict[str, tuple[str, int | None]] = {
    "nearest": ("nearest", None), "nearest-exact": ("nearest", None), "area": ("area", None),
    "linear": ("linear", 1), "bilinear": ("linear", 2), "trilinear": ("linear", 3), "bicubic": ("cubic", 2),
}  # fmt: skip
SHAPES = {None: "(N, C, ...) with one to three axes in space", 1: "(N, C, L)", 2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}
AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


@lru_cache(maxsize=128)
def _table(mode: str, size: int, count: int, scale: float | None, align_corners: bool, antialias: bool, device: str,
           dtype: Any) -> Table | None:  # fmt: skip
    """The table of one axis; kept, for a layer needs the same one in each step."""
    kind, _ = MODES[mode]
    if size == count and (kind == "linear" or antialias):  # whatever the factor is, as in PyTorch
        return None
    step = 1 / scale if scale else size / count
    if kind == "nearest":
        made = nearest(size, count, step, mode == "nearest-exact")
    elif antialias:
        made = blended(size, count, step, kind)
    else:
        if align_corners:
            step = (size - 1) / max(count - 1, 1)
        made = {"linear": linear, "cubic": cubic}[kind](size, count, step, align_corners)
    return on_device(*made, size, device, dtype)


def interpolate(x: Any, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None,
                mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Tensor:  # fmt: skip
    """The same image, or field of one to three axes, with more or fewer elements.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, L), (N, C, H, W) or (N, C, D, H, W); floating, unless the mode is one of the nearest element.
    size : int or sequence of int
        How many elements the axes in space are to have. Either this is given or `scale_factor`.
    scale_factor : float or sequence of float
        How many times as many they are to have, rounded down.
    mode : str
        ``"nearest"``: the element below each place, ``"nearest-exact"``: the nearest one; ``"linear"`` (for one axis),
        ``"bilinear"`` (two), ``"trilinear"`` (three): between the two around it along each axis; ``"bicubic"`` (two):
        on a curve through four of them (Keys 1981); ``"area"``: the mean of those that it covers.
    align_corners : bool or None
        In the linear and cubic modes, whether the first and the last element stay where they are; else the ends of
        the axes do, half an element further out.
    recompute_scale_factor : bool or None
        Whether the factor is what follows from the sizes, which have been rounded.
    antialias : bool
        In the modes bilinear and bicubic, whether fewer elements are made of all that they cover.

    Returns
    -------
    Tensor
        Shape (N, C, ...).

    Raises
    ------
    TypeError
        `x` is not floating, and the mode makes new values.
    ValueError
        The shape does not go with the mode; both of `size` and `scale_factor` are given, or neither; or an option is
        given that the mode does not have.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x = tg.asarray([[[1.0, 3.0]]])
    >>> F.interpolate(x, 4).tolist()
    [[[1.0, 1.0, 3.0, 3.0]]]
    >>> F.interpolate(x, scale_factor=2, mode="linear").tolist()
    [[[1.0, 1.5, 2.5, 3.0]]]
    """
    x = as_tensor("interpolate", x)
    if mode not in MODES:
        raise ValueError(f"interpolate: mode={mode!r}; wanted is one of {', '.join(MODES)}")
    kind, wanted = MODES[mode]
    axes = x.ndim - 2
    if axes not in (1, 2, 3) or wanted not in (None, axes):
        raise ValueError(f"interpolate: x has shape {x.shape}; mode={mode!r} wants {SHAPES[wanted]}")
    if align_corners is not None and kind not in ("linear", "cubic"):
        raise ValueError(f"interpolate: align_corners goes with the linear and cubic modes, not {mode!r}")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError(f"interpolate: antialias goes with the modes bilinear and bicubic, not {mode!r}")
    if kind != "nearest":
        check_floating("interpolate", x)
    sizes = x.shape[2:]
    counts, scales = _wanted(sizes, size, scale_factor)
    if 0 in sizes or min(counts) < 1:
        raise ValueError(f"interpolate: from {sizes} to {counts} elements; wanted is at least 1 along each axis")
    if recompute_scale_factor:
        scales = (None,) * axes
    if kind == "area":
        return AREA[axes](x, counts)
    options = bool(align_corners), antialias, x.device, x.dtype
    y: Tensor = summed(x, [_table(mode, *along, *options) for along in zip(sizes, counts, scales)])
    return y


def _wanted(sizes: tuple[int, ...], size: Any, scale_factor: Any) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """How many elements the axes are to have, and the factors, where these were given."""
    if (size is None) == (scale_factor is None):
        raise ValueError(f"interpolate: size={size} and scale_factor={scale_factor}; wanted is one of the two")
    if scale_factor is None:
        return per_axis("interpolate: size", size, len(sizes)), (None,) * len(sizes)
    scales = tuple(scale_factor) if isinstance(scale_factor, (list, tuple)) else (scale_factor,) * len(sizes)
    if len(scales) != len(sizes) or min(scales) <= 0:
        raise ValueError(f"interpolate: scale_factor={scale_factor}; wanted is one above 0, or {len(sizes)} of them")
    return tuple(floor(n * scale) for n, scale in zip(sizes, scales)), scales
