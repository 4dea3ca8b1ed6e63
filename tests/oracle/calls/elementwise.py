"""Arithmetic, comparisons, rounding, exponentials, trigonometry, and choosing between arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]

SAME = (
    "abs acos acosh asin asinh atan atan2 atanh ceil conj copysign cos cosh erf erfc erfinv exp exp2 expm1 floor "
    "floor_divide hypot isfinite isinf isnan log log10 log1p log2 logaddexp logical_and logical_not logical_or "
    "logical_xor maximum minimum nan_to_num nextafter positive pow real reciprocal remainder round sigmoid sign "
    "signbit sin sinc sinh sqrt square tan tanh trunc xlogy"
).split()

CALLS: dict[str, Callable[..., Any]] = {
    **{name: getattr(tg, name) for name in SAME},
    # arithmetic under other names
    "add": lambda a, b, alpha=1: tg.add(a, b if alpha == 1 else alpha * b),
    "sub": lambda a, b, alpha=1: tg.subtract(a, b if alpha == 1 else alpha * b),
    "rsub": lambda a, b, alpha=1: tg.subtract(b, a if alpha == 1 else alpha * a),
    "mul": tg.multiply,
    "neg": tg.negative,
    "div:no_rounding_mode": tg.divide,
    "div:trunc_rounding": lambda a, b, rounding_mode: tg.trunc(a / b),
    "div:floor_rounding": lambda a, b, rounding_mode: tg.floor_divide(a, b),
    "true_divide": tg.divide,
    "float_power": tg.pow,
    "sgn": tg.sign,
    "conj_physical": tg.conj,
    "special.entr": tg.entr,
    "logit": tg.logit,
    # operators with the tensor on the right; __rpow__ has negative bases, where the exponent has no gradient with us
    "__radd__": lambda a, b: b + a,
    "__rsub__": lambda a, b: b - a,
    "__rmul__": lambda a, b: b * a,
    "__rdiv__": lambda a, b: b / a,
    "__rmod__": lambda a, b: b % a,
    # comparisons
    "eq": tg.equal,
    "ne": tg.not_equal,
    "lt": tg.less,
    "le": tg.less_equal,
    "gt": tg.greater,
    "ge": tg.greater_equal,
    # choosing
    "max:binary": tg.maximum,
    "min:binary": tg.minimum,
    "clamp": tg.clip,
    "clamp_min": lambda x, bound: tg.clip(x, min=bound),
    "clamp_max": lambda x, bound: tg.clip(x, max=bound),
    "isin": tg.isin,
    "where": lambda a, condition, b: tg.where(condition, a, b),
    "masked_fill": lambda x, mask, value: tg.where(mask, value, x),
}
