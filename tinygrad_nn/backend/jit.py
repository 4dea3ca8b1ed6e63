"""Loops over elements, compiled by numba where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

__all__ = ["compiled"]


@cache
def compiled(loop: Callable[..., None]) -> Callable[..., None] | None:
    """`loop` as machine code, compiled when it first meets a kind of arrays and kept on disk; None without numba.

    Nothing is reordered or contracted, so its results are those of the same arithmetic on whole arrays, bit for bit.
    """
    try:
        import numba
    except ImportError:  # not installed, or not for this NumPy
        return None
    if numba.config.DISABLE_JIT:
        return None
    try:
        made: Callable[..., None] = numba.njit(loop, cache=True, error_model="numpy")
    except RuntimeError:  # there is no file that a copy on disk would belong to
        made = numba.njit(loop, error_model="numpy")
    return made
