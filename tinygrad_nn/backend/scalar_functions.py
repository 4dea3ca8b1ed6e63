"""Functions of one float32, for the loops over elements that numba compiles.

Each is straight-line arithmetic in float32, with choices between values but no branches, so that LLVM computes eight or
sixteen elements at a time where a loop calls it; a call of the C library's function would be one at a time. Nothing is
reordered; where the machine has such an instruction a product is added without rounding it first. Infinities, NaN,
signed zeros and subnormal numbers are as NumPy has them, and results are within 2 units in the last place: 1.1 of exp,
exp2 and log, 1.7 of the others, but 2.5 of the sigmoid, for which eager execution with NumPy's exponential has 3.7.
Sigmoid and softplus have the same exponential: LLVM computes it once where a loss has the one and its slope the other.

The exponential takes out a power of two, exp(x) = 2ⁿ exp(r) with |r| <= ln(2)/2, and has a polynomial for exp(r) - 1.
The logarithm is that of a number between √½ and √2, log(1 + f) = f - f²/2 + s (f²/2 + s² P(s²)) with s = f / (2 + f):
only the small correction has the errors of the division. The softplus needs it from 1 to 2 alone, where
log(1 + f) = f - s (f - s² P(s²)) with more of a polynomial is as good. The polynomials were fitted with the least
greatest relative error (Lawson's iteration), and their coefficients rounded one by one, the others fitted anew to make
up for it.

Without numba they are plain functions of NumPy's scalars.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .jit import compiled
from .special import FAR32, NEAR32, ONE32, SPLIT32

__all__ = ["SCALAR_FUNCTIONS"]


def _scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as a part of the compiled loops that call it."""
    return compiled(function, inlined=True) or function


# Numbers need their types: with Python's, numba would compute in float64 and int64.
ZERO, ONE, TWO, HALF = np.float32(0), np.float32(1), np.float32(2), np.float32(0.5)
INFINITY, NAN = np.float32(np.inf), np.float32(np.nan)
SIGN, MAGNITUDE = np.int32(-(2**31)), np.int32(2**31 - 1)  # the bits of a float32
FRACTION_BITS, BIAS = np.int32(23), np.int32(127)  # its exponent begins above 23 bits, with 127 added

# 1.5 times 2²³, where neighbours are 1 apart: what is added to it is rounded to an integer, found in the last bits
ROUNDER = np.float32(12582912.0)
ROUNDER_BITS = ROUNDER.view(np.int32)

LOG2_E = np.float32(1.4426950408889634)
LN2 = np.float32(0.6931471805599453)
LN2_HIGH = np.float32(0.693145751953125)  # of 16 bits: its products with exponents are exact
LN2_LOW = np.float32(0.6931471805599453 - 0.693145751953125)
LOG2_E_BEYOND_1 = np.float32(0.4426950408889634)

# Lowest power first: (exp(r) - 1 - r) / r² in r, (log(1 + f) - 2 s) / s³ in s², the latter for f up to 1 too,
# (tanh(x) - x) / x³ in x².
EXP = tuple(map(np.float32, (
    0.4999999701976776, 0.1666654646396637, 0.04166743531823158, 0.008366265334188938, 0.0013870678376406431,
)))  # fmt: skip
LOG = tuple(map(np.float32, (0.6666677594184875, 0.39977577328681946, 0.29871103167533875)))
LOG_TO_2 = tuple(map(np.float32, (0.666664183139801, 0.4002143442630768, 0.2800309658050537, 0.2800637185573578)))
TANH = tuple(map(np.float32, (
    -0.3333328068256378, 0.13331405818462372, -0.05373651906847954, 0.020628195255994797, -0.005692345555871725,
)))  # fmt: skip
TANH_SPLIT = np.float32(0.6)

# Where results have become 0, 1 or infinite; a little further out is as good.
EXP_LEAST, EXP_GREATEST = np.float32(-104), np.float32(89)
EXP2_LEAST, EXP2_GREATEST = np.float32(-151), np.float32(129)
EXPM1_LEAST = np.float32(-18)
TANH_GREATEST = np.float32(9.1)

LEAST_NORMAL = np.float32(2.0**-126)
INTO_NORMAL = np.float32(2.0**23)
SQRT_HALF_BITS = np.float32(0.5**0.5).view(np.int32)
LAST_POWER = np.int32(126)  # two to minus this is a normal number

# Those of `backend.special`, highest power first.
ERF_NEAR, ERF_FAR = tuple(map(np.float32, NEAR32)), tuple(map(np.float32, FAR32))
ERF_SPLIT, ERF_ONE = np.float32(SPLIT32), np.float32(ONE32)


@_scalar
def _bits(x: Any) -> Any:
    return np.float32(x).view(np.int32)


@_scalar
def _number(bits: Any) -> Any:
    return np.int32(bits).view(np.float32)


@_scalar
def _between(x: Any, least: Any, greatest: Any) -> Any:
    """`x`, but no less and no greater; NaN stays."""
    x = least if x < least else x
    return greatest if x > greatest else x


@_scalar
def _power_of_2(n: Any) -> Any:
    return _number((n + BIAS) << FRACTION_BITS)


@_scalar
def _scaled(x: Any, n: Any) -> Any:
    """x 2ⁿ, in two steps, for there are results that are in range where 2ⁿ is not."""
    half = np.int32(n >> np.int32(1))
    return x * _power_of_2(half) * _power_of_2(np.int32(n - half))


@_scalar
def _rounded(x: Any) -> Any:
    """The nearest integer, as an integer and as a float32."""
    shifted = x + ROUNDER
    return np.int32(_bits(shifted) - ROUNDER_BITS), shifted - ROUNDER


@_scalar
def _expm1_part(r: Any) -> Any:
    """exp(r) - 1 for small r."""
    return r + r * r * (EXP[0] + r * (EXP[1] + r * (EXP[2] + r * (EXP[3] + r * EXP[4]))))


@_scalar
def _exp_parts(x: Any) -> Any:
    """n and exp(r) - 1 with exp(x) = 2ⁿ exp(r)."""
    n, k = _rounded(x * LOG2_E)
    return n, _expm1_part((x - k * LN2_HIGH) - k * LN2_LOW)


@_scalar
def exp(x: Any) -> Any:
    n, part = _exp_parts(_between(x, EXP_LEAST, EXP_GREATEST))
    return _scaled(ONE + part, n)


@_scalar
def exp2(x: Any) -> Any:
    x = _between(x, EXP2_LEAST, EXP2_GREATEST)
    n, k = _rounded(x)
    return _scaled(ONE + _expm1_part((x - k) * LN2), n)


@_scalar
def expm1(x: Any) -> Any:
    n, part = _exp_parts(_between(x, EXPM1_LEAST, EXP_GREATEST))
    inverse = _power_of_2(-n if n < LAST_POWER else -LAST_POWER)
    y = _scaled(part + (ONE - inverse), n)
    return x if x == ZERO else y  # the sign of zero


@_scalar
def sigmoid(x: Any) -> Any:
    small = exp(-np.float32(abs(x)))
    return (ONE if x >= ZERO else small) / (ONE + small)


@_scalar
def softplus(x: Any) -> Any:
    """max(x, 0) + log(1 + exp(-abs(x)))."""
    small = exp(-np.float32(abs(x)))
    s = small / (TWO + small)
    z = s * s
    logarithm = small - s * (small - z * (LOG_TO_2[0] + z * (LOG_TO_2[1] + z * (LOG_TO_2[2] + z * LOG_TO_2[3]))))
    return (x if x > ZERO else ZERO) + logarithm


@_scalar
def tanh(x: Any) -> Any:
    bits = _bits(x)
    size = _number(bits & MAGNITUDE)
    # far: 1 - 2 / (exp(2x) + 1)
    far = _between(size, ZERO, TANH_GREATEST)
    n, part = _exp_parts(far + far)
    inverse = _power_of_2(-n)
    far = ONE - TWO * inverse / (part + (ONE + inverse))
    # near: x + x³ p(x²)
    z = size * size
    near = size + size * z * (TANH[0] + z * (TANH[1] + z * (TANH[2] + z * (TANH[3] + z * TANH[4]))))
    y = near if size < TANH_SPLIT else far
    return _number(_bits(y) | (bits & SIGN))


@_scalar
def erf(x: Any) -> Any:
    bits = _bits(x)
    size = _number(bits & MAGNITUDE)
    # far: 1 - exp(-(y + y q(y))), with the sign of x
    y = _between(size, ZERO, ERF_ONE)
    q = ((((ERF_FAR[0] * y + ERF_FAR[1]) * y + ERF_FAR[2]) * y + ERF_FAR[3]) * y + ERF_FAR[4]) * y + ERF_FAR[5]
    far = _number(_bits(ONE - exp(-(q * y + y))) | (bits & SIGN))
    # near: x + x p(x²)
    z = x * x
    p = ((((ERF_NEAR[0] * z + ERF_NEAR[1]) * z + ERF_NEAR[2]) * z + ERF_NEAR[3]) * z + ERF_NEAR[4]) * z + ERF_NEAR[5]
    return p * x + x if size <= ERF_SPLIT else far


@_scalar
def _log_parts(bits: Any) -> Any:
    """k and f of a positive number with these bits that is 2ᵏ (1 + f), where 1 + f is between √½ and √2."""
    k = np.int32(np.int32(bits - SQRT_HALF_BITS) >> FRACTION_BITS)
    return k, _number(bits - np.int32(k << FRACTION_BITS)) - ONE


@_scalar
def _log_rest(f: Any) -> Any:
    """log(1 + f) - f."""
    s = f / (TWO + f)
    z = s * s
    half = HALF * f * f
    return s * (half + z * (LOG[0] + z * (LOG[1] + z * LOG[2]))) - half


@_scalar
def _log_at_edges(x: Any, y: Any) -> Any:
    """`y`, the logarithm of `x`, where that is a positive finite number; what it is elsewhere."""
    y = y if x < INFINITY else x
    return y if x > ZERO else (-INFINITY if x == ZERO else NAN)


@_scalar
def _log_parts_of_any(x: Any) -> Any:
    """k as a float32, and f, of subnormal numbers too."""
    subnormal = x < LEAST_NORMAL
    k, f = _log_parts(_bits(x * INTO_NORMAL if subnormal else x))
    return np.float32(np.int32(k - FRACTION_BITS) if subnormal else k), f


@_scalar
def log(x: Any) -> Any:
    k, f = _log_parts_of_any(x)
    return _log_at_edges(x, k * LN2_HIGH + (f + (_log_rest(f) + k * LN2_LOW)))


@_scalar
def log2(x: Any) -> Any:
    k, f = _log_parts_of_any(x)
    rest = _log_rest(f)
    return _log_at_edges(x, k + (f + (rest + (rest * LOG2_E_BEYOND_1 + f * LOG2_E_BEYOND_1))))


@_scalar
def log1p(x: Any) -> Any:
    y = ONE + x
    rounded_off = (ONE - (y - (y - ONE))) + (x - (y - ONE))  # what y lacks of 1 + x
    n, f = _log_parts(_bits(y))
    f += rounded_off * _power_of_2(-n if n < LAST_POWER else -LAST_POWER)
    k = np.float32(n)
    value = _log_at_edges(y, k * LN2_HIGH + (f + (_log_rest(f) + k * LN2_LOW)))
    return x if x == ZERO else value  # the sign of zero


# By their names in the vocabulary.
SCALAR_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "erf": erf, "exp": exp, "exp2": exp2, "expm1": expm1, "log": log, "log1p": log1p, "log2": log2, "sigmoid": sigmoid,
    "softplus": softplus, "tanh": tanh,
}  # fmt: skip
