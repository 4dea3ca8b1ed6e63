"""Arrays compared for tests: where they differ, the worst element is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["all_same", "same"]


def all_same(what: str, found: Sequence[Any], wanted: Sequence[Any], rtol: float, atol: float | None = None,
             wanted_is: str = "wanted is", scaled: bool = False) -> None:  # fmt: skip
    """Compare lists of arrays; `scaled`: by tolerances relative to the largest value of each array, and to 1."""
    if len(found) != len(wanted):
        raise AssertionError(f"{what}: there are {len(found)}, wanted are {len(wanted)}")
    for i, (y, w) in enumerate(zip(found, wanted)):
        scale = max(1.0, float(np.abs(w[np.isfinite(w)]).max(initial=0))) if scaled else 1.0
        same(f"{what} {i}", y, w, rtol, rtol * scale if atol is None else atol, wanted_is)


def same(what: str, found: Any, wanted: Any, rtol: float, atol: float | None = None,
         wanted_is: str = "wanted is") -> None:  # fmt: skip
    """Compare two arrays, NaN with NaN; the element that is worst is named."""
    if found.shape != wanted.shape:
        raise AssertionError(f"{what} has shape {found.shape}, wanted is {wanted.shape}")
    if found.dtype.kind in "biu" and found.dtype == wanted.dtype:
        error = np.where(found == wanted, 0.0, np.inf)
        limit = np.zeros(found.shape)
    else:
        with np.errstate(all="ignore"):
            exact = wanted.astype(np.result_type(wanted, np.float64))
            limit = (rtol if atol is None else atol) + rtol * np.abs(exact)
            error = np.abs(found.astype(exact.dtype) - exact)
            error = np.where((found == exact) | (np.isnan(found) & np.isnan(exact)), 0.0, error)
    wrong = ~((error <= limit) | (error == 0))  # the limit of NaN is NaN
    if wrong.any():
        worst = np.where(wrong, np.nan_to_num(error, nan=np.inf), -1.0)
        index = tuple(int(i) for i in np.unravel_index(np.argmax(worst), worst.shape))
        raise AssertionError(
            f"{what} is {_shown(found[index])} at index {index}, {wanted_is} {_shown(wanted[index])} "
            f"({wrong.sum()} of {wrong.size} elements are wrong)"
        )


def _shown(x: Any) -> str:
    return f"{x:.12g}" if x.dtype.kind in "fc" else str(x)
