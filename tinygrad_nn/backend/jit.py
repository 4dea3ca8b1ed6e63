"""Loops over elements, compiled by numba where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

__all__ = ["compiled", "installed"]


@cache
def installed() -> Any:
    """The module numba; None where it is not installed (for this NumPy), or switched off (``NUMBA_DISABLE_JIT=1``)."""
    try:
        import numba
    except ImportError:
        return None
    return None if numba.config.DISABLE_JIT else numba


@cache
def compiled(loop: Callable[..., Any], inlined: bool = False, reordered: bool = False) -> Callable[..., Any] | None:
    """`loop` as machine code, compiled when it first meets a kind of arrays and kept on disk; None without numba.

    Nothing is reordered or contracted, so its results are those of the same arithmetic on whole arrays, bit for bit.
    Other threads run meanwhile. What is `inlined` becomes a part of the loops that call it, whatever its length; a
    product and a sum in it may be rounded once instead of twice. Sums in what is `reordered` are the exception: those
    of a loop are added up in several parts side by side.
    """
    numba = installed()
    if numba is None:
        return None
    freedom = {word for word, given in (("contract", inlined), ("reassoc", reordered)) if given}
    make = partial(numba.njit, error_model="numpy", nogil=True, forceinline=inlined, fastmath=freedom or False)
    try:
        made: Callable[..., Any] = make(loop, cache=True)
    except RuntimeError:  # there is no file that a copy on disk would belong to
        made = make(loop)
    return made
