"""Index expressions: what kind they are, and which elements they choose."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

__all__ = ["chooses_once", "grid_along", "integer_parts", "is_basic", "linear_index"]


def is_basic(index: Any) -> bool:
    """Whether an index gives a view: it has integers, slices, None and Ellipsis only."""
    parts = index if type(index) is tuple else (index,)
    return all(map(_is_basic_part, parts))


def _is_basic_part(part: Any) -> bool:
    if isinstance(part, (bool, np.bool_)):  # an int to Python, but a mask in an index
        return False
    return part is None or part is Ellipsis or isinstance(part, (int, slice, np.integer))


def chooses_once(index: Any) -> bool:
    """Whether an index chooses no element twice, whatever its values: it has no integer arrays."""
    parts = index if type(index) is tuple else (index,)
    return all(_is_basic_part(part) or _is_mask(part) for part in parts)


def _is_mask(part: Any) -> bool:
    return isinstance(part, bool) or (hasattr(part, "dtype") and part.dtype.kind == "b")


def integer_parts(index: Any, shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where an index has arrays of integers: their places in the index (as a tuple), and the axes they choose along."""
    parts = index if type(index) is tuple else (index,)
    taken = [_axes_taken(part) for part in parts]
    rest = len(shape) - sum(n for n in taken if n is not None)
    found = []
    axis = 0
    for place, (part, n) in enumerate(zip(parts, taken)):
        if _is_integer_array(part):
            found.append((place, axis))
        axis += rest if n is None else n
    return found


def _is_integer_array(part: Any) -> bool:
    return hasattr(part, "dtype") and part.dtype.kind in "iu" and not isinstance(part, np.integer)


def _axes_taken(part: Any) -> int | None:
    """How many axes one part of an index stands for; None for an Ellipsis, which takes the rest."""
    if part is Ellipsis:
        return None
    if part is None:
        return 0
    if _is_mask(part):
        return 0 if isinstance(part, bool) else int(part.ndim)
    return 1


def linear_index(np: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """The positions in flattened memory of the elements that `index` chooses from an array of `shape`."""
    parts = index if type(index) is tuple else (index,)
    if not 0 < len(parts) <= len(shape) or not all(map(_is_integer_array, parts)):
        return np.arange(prod(shape)).reshape(shape)[index]
    # Rows chosen by arrays: no need to number the whole array. Taking from arange checks the range.
    row = prod(shape[len(parts) :])
    positions: Any = 0
    stride = row
    for part, size in zip(reversed(parts), reversed(shape[: len(parts)])):
        positions = np.arange(size)[part] * stride + positions
        stride *= size
    if len(parts) == len(shape):
        return positions
    return (positions[..., None] + np.arange(row)).reshape(positions.shape + shape[len(parts) :])


def grid_along(arange: Callable[..., Any], indices: Any, axis: int, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The index of an array of `shape` that chooses by `indices` along `axis`, and its own place on the other axes.

    Parameters
    ----------
    arange : callable
        Of the backend of `indices`.

    Raises
    ------
    IndexError
        If `indices` are not integers.
    ValueError
        If `indices` have not as many axes as `shape`, or have no such axis.
    """
    if indices.dtype.kind not in "iu":
        raise IndexError(f"indices must be integers, not {indices.dtype}")
    ndim = len(shape)
    if indices.ndim != ndim or not -ndim <= axis < ndim:
        raise ValueError(f"indices with {indices.ndim} axes do not choose along axis {axis} of shape {shape}")
    axis %= ndim
    return tuple(indices if i == axis else arange(n).reshape((n,) + (1,) * (ndim - 1 - i))
                 for i, n in enumerate(shape))  # fmt: skip
