"""Functions of the standard that NumPy gives other results for, at infinities and of complex numbers."""

from __future__ import annotations

from math import isinf
from typing import Any

import numpy as np

__all__ = ["complex_expm1", "floor_divide"]


def floor_divide(x: Any, y: Any) -> Any:
    """The quotient rounded down, also of infinities: NumPy has NaN for ``inf // 2``, and -1 for ``5 // -inf``."""
    infinite = _infinite(x) | _infinite(y)
    if not np.count_nonzero(infinite):
        return np.floor_divide(x, y)
    with np.errstate(invalid="ignore"):
        return np.where(infinite, np.floor(np.divide(x, y)), np.floor_divide(x, y))


def _infinite(x: Any) -> Any:
    return np.isinf(x) if isinstance(x, np.ndarray) else isinf(x)


def complex_expm1(np: Any, x: Any) -> Any:
    """``exp(x) - 1`` of complex numbers, exact near 0, on the arrays of NumPy or CuPy.

    With ``x = a + b i`` the real part is ``expm1(a) cos(b) - 2 sin(b / 2)^2``, the imaginary part ``exp(a) sin(b)``.
    """
    a, b = x.real, x.imag
    endless = np.isinf(a) & ~np.isfinite(b)  # a direction that is not known, of a length that is
    real = np.expm1(a) * np.cos(b) - 2 * np.sin(b / 2) ** 2 + 0.0  # never -0
    imag = np.where(b == 0, b, np.exp(a) * np.sin(b))
    y = np.empty(x.shape, x.dtype)
    y.real = np.where(endless, np.expm1(a), real)
    y.imag = np.where(endless & (a < 0), 0, imag)
    return y
