"""Questions about the values of an array: they wait for a GPU, and are asked where a wrong value would go unnoticed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .devices import NAMESPACES

__all__ = ["all_within", "count_flaws", "has_inf", "has_nan", "is_finite", "silently"]


def all_within(array: Any, low: float, high: float, but: float | None = None) -> bool:
    """Whether every element is from `low` to `high` (NaN is not), or is `but`."""
    if not array.size:
        return True
    xp = NAMESPACES[type(array)]
    while xp.rank == 2:  # within a transformation: the values that it stands for
        array = xp.values(array)
        xp = NAMESPACES[type(array)]
    if but is not None:
        array = xp.where(xp.equal(array, but), low, array)
    return bool(low <= xp.to_numpy(xp.min(array)) and xp.to_numpy(xp.max(array)) <= high)


def is_finite(x: Any) -> bool:
    """Whether no element of an array of a device, or no Python number, is NaN or infinite."""
    xp, array = _asked(x)
    return bool(xp.to_numpy(xp.all(xp.isfinite(array))))


def has_nan(x: Any) -> bool:
    """Whether an element is NaN."""
    xp, array = _asked(x)
    return bool(xp.to_numpy(xp.any(xp.isnan(array))))


def has_inf(x: Any) -> bool:
    """Whether an element is infinite."""
    xp, array = _asked(x)
    return bool(xp.to_numpy(xp.any(xp.isinf(array))))


def count_flaws(x: Any) -> str:
    """How many elements are NaN, and how many infinite, in words."""
    xp, array = _asked(x)
    counts = [(int(xp.to_numpy(xp.sum(of(array)))), name) for of, name in ((xp.isnan, "NaN"), (xp.isinf, "inf"))]
    return " and ".join(f"{n} {name}" for n, name in counts if n) + f" among {array.size} elements"


def silently() -> AbstractContextManager[Any]:
    """A context without NumPy's warnings about NaN and infinities, for whoever looks for these himself."""
    return np.errstate(all="ignore")


def _asked(x: Any) -> tuple[Any, Any]:
    array = x if type(x) in NAMESPACES else np.asarray(x)
    xp = NAMESPACES[type(array)]
    if xp.multi_device:
        xp.select("looking for NaN", (array,))
    return xp, array
