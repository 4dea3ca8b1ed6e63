"""The error function, which NumPy does not have.

Both forms split at a point below 1: near zero, erf is x times a function of x²; beyond, it is one minus a falling
exponential. Each part is computed for all elements and one is chosen, for that takes less time than sorting elements
into parts, and the arrays are walked in blocks that stay in the cache.

float64 uses the rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
Mathematics of Computation 23 (1969): the relative error is below 1e-15. Cody's third one, for x > 4, is not needed for
erf: 1 - erf(4) is 1.5e-8, so the second is exact enough there.

float32 uses polynomials fitted with the least greatest relative error (Lawson's iteration), erf(x) = x + x P(x²) and
erf(x) = 1 - exp(-(x + x Q(x))): within 1.5 units in the last place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["erf"]

BLOCK = 16384  # elements; the five arrays of a float64 block take 640 kB


def _table(dtype: Any, *numbers: float) -> tuple[Any, ...]:
    """Constants as 0-d arrays, which small arrays are added to in half the time that Python floats take."""
    return tuple(np.array(number, dtype) for number in numbers)


# float64: Cody's tables, highest power first; the highest power of a divisor has the coefficient 1.
SPLIT64, ONE64, UNIT64 = _table(np.float64, 0.46875, 6.0, 1.0)  # where the parts meet; where erf has become 1
NEAR_ABOVE = _table(
    np.float64, 1.85777706184603153e-1, 3.16112374387056560e00, 1.13864154151050156e02, 3.77485237685302021e02,
    3.20937758913846947e03,
)  # fmt: skip
NEAR_BELOW = _table(
    np.float64, 2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03, 2.84423683343917062e03
)
FAR_ABOVE = _table(
    np.float64, 2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e00, 6.61191906371416295e01,
    2.98635138197400131e02, 8.81952221241769090e02, 1.71204761263407058e03, 2.05107837782607147e03,
    1.23033935479799725e03,
)  # fmt: skip
FAR_BELOW = _table(
    np.float64, 1.57449261107098347e01, 1.17693950891312499e02, 5.37181101862009858e02, 1.62138957456669019e03,
    3.29079923573345963e03, 4.36261909014324716e03, 3.43936767414372164e03, 1.23033935480374942e03,
)  # fmt: skip

# float32: highest power first.
SPLIT32, ONE32, UNIT32 = _table(np.float32, 0.92, 4.0, 1.0)
NEAR32 = _table(
    np.float32, -0.0005999398502934511, 0.004994828653032066, -0.02676771855158816, 0.11281845901598582,
    -0.37612496452693356, 0.1283791499589254,
)  # fmt: skip
FAR32 = _table(
    np.float32, -0.00021430173535839225, 0.003217566268576309, -0.022898334433962123, 0.1052748979941644,
    0.6357084048967283, 0.12851729259249448,
)  # fmt: skip


def erf(x: Any) -> Any:
    """The error function, 2/√π ∫₀ˣ exp(-t²) dt, elementwise.

    Parameters
    ----------
    x : array
        Real; integers are computed in float64, float16 in float32.

    Returns
    -------
    array
        Of the shape of `x`, and of its dtype where that is a floating one.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fbiu":
        raise TypeError(f"erf: wanted is a real array, not one of dtype {x.dtype}")
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    computed = np.dtype(np.float32) if dtype.itemsize <= 4 else np.dtype(np.float64)
    source = np.ravel(x).astype(computed, copy=False)
    result = np.empty_like(source)
    compute = _erf32 if computed.itemsize == 4 else _erf64
    with np.errstate(under="ignore", invalid="ignore"):  # in the part that is not chosen
        for start in range(0, source.size, BLOCK):
            compute(source[start : start + BLOCK], result[start : start + BLOCK])
    return result.astype(dtype, copy=False).reshape(x.shape)


def _erf64(x: Any, out: Any) -> None:
    """Write erf of `x` to `out`."""
    y = np.abs(x)
    near = y <= SPLIT64
    np.minimum(y, ONE64, out=y)
    square = y * y
    # far: 1 - exp(-y²) p(y) / q(y), with the sign of x
    _fraction(FAR_ABOVE, FAR_BELOW, y, out)
    np.negative(square, y)
    np.exp(y, y)
    np.multiply(out, y, out)
    np.subtract(UNIT64, out, out)
    np.copysign(out, x, out)
    # near: x p(x²) / q(x²)
    _fraction(NEAR_ABOVE, NEAR_BELOW, square, y)
    np.multiply(y, x, y)
    np.copyto(out, y, where=near)


def _fraction(above: tuple[Any, ...], below: tuple[Any, ...], z: Any, out: Any) -> None:
    """Write (above[0] zⁿ + above[1] zⁿ⁻¹ + ...) / (zⁿ + below[0] zⁿ⁻¹ + ...) to `out`."""
    divisor = z + below[0]
    for b in below[1:]:
        np.multiply(divisor, z, divisor)
        np.add(divisor, b, divisor)
    _polynomial(above, z, out)
    np.divide(out, divisor, out)


def _polynomial(coefficients: tuple[Any, ...], z: Any, out: Any) -> None:
    """Write the value of a polynomial, highest power first, to `out`."""
    np.multiply(z, coefficients[0], out)
    np.add(out, coefficients[1], out)
    for c in coefficients[2:]:
        np.multiply(out, z, out)
        np.add(out, c, out)


def _erf32(x: Any, out: Any) -> None:
    """Write erf of `x` to `out`."""
    y = np.abs(x)
    near = y <= SPLIT32
    np.minimum(y, ONE32, out=y)
    # far: 1 - exp(-(y + y q(y))), with the sign of x
    _polynomial(FAR32, y, out)
    np.multiply(out, y, out)
    np.add(out, y, out)
    np.negative(out, out)
    np.exp(out, out)
    np.subtract(UNIT32, out, out)
    np.copysign(out, x, out)
    # near: x + x p(x²)
    np.multiply(y, y, y)
    small = np.empty_like(y)
    _polynomial(NEAR32, y, small)
    np.multiply(small, x, small)
    np.add(small, x, small)
    np.copyto(out, small, where=near)
