"""Questions about the values of an array: they wait for a GPU, and are asked where a wrong value would go unnoticed."""

from __future__ import annotations

from typing import Any

from .devices import NAMESPACES

__all__ = ["all_within"]


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
