"""Adding up rows by their indices on the CPU: one loop over rows, where numba is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled, installed

__all__ = ["add_rows", "has_loop", "precision", "sums_of_rows"]

FEW = 128  # elements of a gradient up to which nothing is gained by another precision
LOOPED = 16 * 1024  # bytes of a gradient from which a loop of machine code is faster, and numba worth loading


def add_rows(index: Any, g: Any, sums: Any) -> int:
    """Write sums of the rows of `g` that have the same index; the place of the first that is out of range, or -1."""
    sums[:] = 0
    for k in range(index.size):
        i = index[k]
        if i < 0:
            i += sums.shape[0]
        if i < 0 or i >= sums.shape[0]:
            return k
        for j in range(g.shape[1]):
            sums[i, j] += g[k, j]
    return -1


def precision(g: Any, size: int) -> Any:
    """What sums are added up in: float64 unless there is little to add, or much of the result remains zero."""
    return np.dtype(np.float64) if g.size > FEW and size <= 4 * g.size else g.dtype


def has_loop(g: Any, index: Any, shape: tuple[int, ...]) -> bool:
    """Whether `sums_of_rows` does for these what `scatter_add` does."""
    return (
        g.nbytes >= LOOPED
        and type(index) is np.ndarray
        and index.dtype.kind == "i"
        and g.dtype.kind == "f"
        and g.itemsize >= 4
        and g.shape == (*index.shape, *shape[1:])
        and installed() is not None
    )


def sums_of_rows(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with the rows of `g` added at `index`, which is an array for the first axis."""
    width = g.size // index.size
    sums = np.empty((shape[0], width), precision(g, shape[0] * width))
    bad = compiled(add_rows)(index.ravel(), g.reshape(-1, width), sums)  # type: ignore[misc]
    if bad >= 0:
        raise IndexError(f"index {index.flat[bad]} is out of bounds for axis 0 with size {shape[0]}")
    return sums.astype(g.dtype, copy=False).reshape(shape)
