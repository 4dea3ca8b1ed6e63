"""What the transforms are given: how many values, along which axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.axes import axis_tuple
from ..ops.fourier import OTHER_WAY
from ..ops.operands import as_tensor

__all__ = ["along", "axes_and_sizes", "axes_of", "real_only", "twice"]


def along(name: str, x: Any, n: int | None, axis: int, norm: str) -> tuple[Any, int, int]:
    """The tensor, how many of its values to transform, and the axis, counted from the end."""
    x = as_tensor(name, x)
    axis = axes_of(name, (axis,), x)[0] - x.ndim
    n = x.shape[axis] if n is None else n.__index__()
    if n < 1:
        raise ValueError(f"{name}: there must be at least one value to transform, not {n} (the shape is {x.shape})")
    if norm not in OTHER_WAY:
        raise ValueError(f"{name}: norm must be 'backward', 'ortho' or 'forward', not {norm!r}")
    return x, n, axis


def axes_of(name: str, axes: Any, x: Any) -> tuple[int, ...]:
    """The axes as numbers from 0 on; what is wrong with them is said in the name of the function."""
    try:
        return axis_tuple(axes, x.ndim)
    except IndexError as error:
        raise IndexError(f"{name}: {error}") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def real_only(name: str, x: Any, instead: str) -> Any:
    """The tensor, if it is real; `instead` takes complex ones."""
    x = as_tensor(name, x)
    if x.dtype.kind == "c":
        raise TypeError(f"{name}: wanted is a real tensor, not one of {x.dtype}; use {instead}")
    return x


def axes_and_sizes(name: str, x: Any, s: Sequence[int] | None, axes: Sequence[int] | None) -> tuple[Any, list[Any]]:
    """The tensor, and pairs of an axis and how many of its values to transform (None: all)."""
    x = as_tensor(name, x)
    if axes is None:
        axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    chosen = axes_of(name, tuple(axes), x)
    if s is not None and len(s) != len(chosen):
        raise ValueError(f"{name}: s has {len(s)} sizes for the {len(chosen)} axes {tuple(axes)}")
    sizes: Sequence[Any] = (None,) * len(chosen) if s is None else s
    return x, list(zip(chosen, sizes))


def twice(name: str, x: Any, axis: int) -> int:
    """How many real values have half a spectrum of this size, if they are an even number."""
    size: int = x.shape[axes_of(name, (axis,), x)[0]]
    return 2 * (size - 1)
