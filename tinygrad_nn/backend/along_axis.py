"""Choosing and adding up by indices along the last axis on the CPU: loops over rows, where numba is there."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .jit import compiled, installed
from .row_sums import LOOPED, precision

__all__ = ["add_along", "added_along", "along_last", "along_rows", "take_along", "taken_along"]


def add_along(index: Any, g: Any, out: Any, sums: Any) -> int:
    """In each row, sums of the elements that have the same index, added up in `sums`, which is one row.

    Returns the place of the first index that is out of range, or -1.
    """
    for r in range(index.shape[0]):
        sums[:] = 0
        for k in range(index.shape[1]):
            i = index[r, k]
            if i < 0:
                i += sums.size
            if i < 0 or i >= sums.size:
                return r * index.shape[1] + k
            sums[i] += g[r, k]
        for i in range(sums.size):
            out[r, i] = sums[i]
    return -1


def take_along(index: Any, x: Any, out: Any) -> int:
    """In each row, the elements at the indices; the place of the first that is out of range, or -1."""
    for r in range(index.shape[0]):
        for k in range(index.shape[1]):
            i = index[r, k]
            if i < 0:
                i += x.shape[1]
            if i < 0 or i >= x.shape[1]:
                return r * index.shape[1] + k
            out[r, k] = x[r, i]
    return -1


def along_last(x: Any, indices: Any, axis: int) -> bool:
    """Whether the loops do for these what `take_along_axis` and `put_along_axis` do."""
    return (
        indices.nbytes >= LOOPED
        and axis in (-1, indices.ndim - 1)
        and x.shape[:-1] == indices.shape[:-1]
        and indices.dtype.kind == "i"
        and x.dtype.kind == "f"
        and x.itemsize >= 4
        and x.flags.c_contiguous
        and indices.flags.c_contiguous
        and installed() is not None
    )


def along_rows(x: Any) -> Any:
    """An array as rows: (rows, size of the last axis)."""
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def taken_along(x: Any, indices: Any) -> Any:
    """What `take_along_axis` gives along the last axis."""
    out = np.empty(indices.shape, x.dtype)
    bad = compiled(take_along)(along_rows(indices), along_rows(x), along_rows(out))  # type: ignore[misc]
    _check(bad, indices, x.shape[-1])
    return out


def added_along(g: Any, indices: Any, size: int) -> Any:
    """What `put_along_axis` gives along the last axis."""
    out = np.empty((*indices.shape[:-1], size), g.dtype)
    sums = np.empty(size, precision(g, out.size))
    bad = compiled(add_along)(along_rows(indices), along_rows(g), along_rows(out), sums)  # type: ignore[misc]
    _check(bad, indices, size)
    return out


def _check(bad: int, indices: Any, size: int) -> None:
    if bad >= 0:
        raise IndexError(f"index {indices.flat[bad]} is out of bounds for axis {indices.ndim - 1} with size {size}")
