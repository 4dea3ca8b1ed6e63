"""The complement and the inverse of the error function, which NumPy does not have.

Both are computed in float64 and rounded to the dtype of what is given.

1 - erf(x) uses the rational approximations of W. J. Cody (1969, see `special`) that are relative ones of the falling
exponential itself, which is computed from a square in two parts, so that large arguments keep their accuracy.

The inverse is algorithm AS 241 of M. J. Wichura, "The percentage points of the normal distribution", Applied Statistics
37 (1988): three rational functions, with a relative error of about 1e-16.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .special import FAR_ABOVE, FAR_BELOW, erf

__all__ = ["erfc", "erfinv"]

SMALL = 0.46875  # below it, erfc is one minus erf
LARGE = 4.0

# Cody's third approximation, in 1 / x², highest power first; of the divisor, without its first coefficient, 1.
TAIL_ABOVE = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
TAIL_BELOW = (
    2.56852019228982242e00, 1.87295284992346047e00, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
)  # fmt: skip

# Wichura's tables, highest power first.
MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
     1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
     687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
NEAR_ONE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
NEXT_TO_ONE = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def erfc(x: Any) -> Any:
    """One minus the error function, 2/√π ∫ₓ^∞ exp(-t²) dt, elementwise; small values are as exact as others.

    Parameters
    ----------
    x : array
        Real; integers give float64.

    Returns
    -------
    array
        Of the shape of `x`, and of its dtype where that is a floating one.
    """
    source, dtype = _as_float64("erfc", x)
    y = np.abs(source)
    with np.errstate(all="ignore"):  # in the parts that are not chosen
        z = 1 / (y * y)
        tail = z * _polynomial(TAIL_ABOVE, z) / _polynomial((1.0, *TAIL_BELOW), z)
        tail = (1 / math.sqrt(math.pi) - tail) / y
        far = _polynomial(FAR_ABOVE, y) / _polynomial((1.0, *FAR_BELOW), y)
        coarse = np.trunc(np.minimum(y, 30.0) * 16) / 16  # its square is exact
        falling = np.exp(-coarse * coarse) * np.exp((coarse - y) * (coarse + y))
        result = np.where(y > LARGE, tail, far) * falling
        result = np.where(source < 0, 2 - result, result)
        result = np.where(y <= SMALL, 1 - erf(source), result)
        result = np.where(np.isinf(source), np.where(source > 0, 0.0, 2.0), result)
        return result.astype(dtype)


def erfinv(x: Any) -> Any:
    """The inverse of the error function, elementwise: infinite at -1 and 1, NaN beyond.

    Parameters
    ----------
    x : array
        Real; integers give float64.

    Returns
    -------
    array
        Of the shape of `x`, and of its dtype where that is a floating one.
    """
    source, dtype = _as_float64("erfinv", x)
    with np.errstate(all="ignore"):
        q = source / 2
        middle = q * _quotient(MIDDLE, 0.180625 - q * q)
        r = np.sqrt(-np.log((1 - np.abs(source)) / 2))
        tail = np.copysign(np.where(r <= 5, _quotient(NEAR_ONE, r - 1.6), _quotient(NEXT_TO_ONE, r - 5)), source)
        result = np.where(np.abs(q) <= 0.425, middle, tail) / math.sqrt(2)
        result = np.where(np.abs(source) == 1, np.copysign(np.inf, source), result)
        return result.astype(dtype)


def _as_float64(name: str, x: Any) -> tuple[Any, Any]:
    """The elements in float64, and the dtype of the result."""
    x = np.asarray(x)
    if x.dtype.kind not in "fbiu":
        raise TypeError(f"{name}: wanted is a real array, not one of dtype {x.dtype}")
    return x.astype(np.float64, copy=False), x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)


def _polynomial(coefficients: Any, z: Any) -> Any:
    value = z * coefficients[0] + coefficients[1]
    for c in coefficients[2:]:
        value = value * z + c
    return value


def _quotient(tables: Any, z: Any) -> Any:
    above, below = tables
    return _polynomial(above, z) / _polynomial(below, z)
