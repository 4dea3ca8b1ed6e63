"""Elementwise updates in place on the CPU: the same rule as everywhere, with less time spent around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .jit import compiled

__all__ = ["BLOCK", "blockwise", "update"]

# Bytes of one array that a rule works on at a time. A handful of such blocks stays in a core's own cache, so that
# temporaries cost no memory traffic; and below 128 KiB, malloc hands out memory that was in use already instead of
# asking the system for fresh pages.
BLOCK = 96 * 1024
LOOP_DTYPES = (np.float32, np.float64)  # what numba compiles for


def update(xp: Any, rule: Callable[..., None], operands: Iterable[list[Any]], settings: Mapping[str, Any],
           loop: Callable[..., None] | None = None) -> None:  # fmt: skip
    """Do ``rule(xp, *arrays, **settings)`` for each list of arrays in `operands`.

    The rule is elementwise: large arrays are given to it block by block or, where it is also stated as a loop over
    elements and numba is installed, to that. Its numbers are given as 0-d arrays of the arrays' dtype, which small
    arrays are combined with in half the time that Python floats take. None of this changes a bit of the result.
    """
    dtype = None
    constants: dict[str, Any] = {}
    for arrays in operands:
        first = arrays[0]
        if first.dtype is not dtype:
            dtype = first.dtype
            constants = {k: np.array(v, dtype) if type(v) is float else v for k, v in settings.items()}
        if first.nbytes > BLOCK:
            blockwise(xp, rule, arrays, constants, loop)
        else:
            rule(xp, *arrays, **constants)


def blockwise(xp: Any, rule: Callable[..., None], arrays: list[Any], settings: Mapping[str, Any],
              loop: Callable[..., None] | None = None) -> None:  # fmt: skip
    """Do ``rule(xp, *arrays, **settings)`` in parts, where all arrays lie in memory in the same order."""
    if all(a.flags.c_contiguous for a in arrays):
        flat = [a.reshape(-1) for a in arrays]
    elif all(a.flags.f_contiguous for a in arrays):
        flat = [a.T.reshape(-1) for a in arrays]
    else:
        rule(xp, *arrays, **settings)
        return
    fast = loop and all(a.dtype in LOOP_DTYPES for a in arrays) and compiled(loop)
    if fast:
        fast(*flat, **{k: v[()] if type(v) is np.ndarray else v for k, v in settings.items()})
        return
    length = max(1, BLOCK // flat[0].itemsize)
    for start in range(0, flat[0].size, length):
        stop = start + length
        rule(xp, *[a[start:stop] for a in flat], **settings)
