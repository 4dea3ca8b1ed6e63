"""Which dtypes an operation takes: its rows in the table are run with each, and compared with NumPy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .table import ROWS, Case, Row

__all__ = ["FAMILIES", "families_of", "rows_of"]

FAMILIES: dict[str, Any] = {
    "bool": np.bool_, "int": np.int64, "uint": np.uint8, "float16": np.float16, "float32": np.float32,
    "float64": np.float64, "complex": np.complex128,
}  # fmt: skip
CONVERSIONS = ("astype", "as_discrete")
REFUSALS = (TypeError, ValueError, IndexError, AttributeError, np.exceptions.ComplexWarning)
TOLERANCE = {"float16": 2e-2, "float32": 2e-5, "complex64": 2e-5}


def rows_of(name: str) -> list[Row]:
    """The rows that test an operation."""
    return [row for row in ROWS if row.name == name or name in row.covers]


def families_of(rows: list[Row], device: str = "cpu") -> tuple[str, ...]:
    """The families of dtypes for which all cases of an operation's rows that have such values give what NumPy gives."""
    return tuple(family for family in FAMILIES if _works(rows, family, device))


def _works(rows: list[Row], family: str, device: str) -> bool:
    agreed = [_agrees(row, case, arrays, family, device) for row, case, arrays in _calls(rows, family)]
    return bool(agreed) and all(agreed)


def _calls(rows: list[Row], family: str) -> Iterator[tuple[Row, Case, list[Any]]]:
    """The cases that have values of a family, with these."""
    for row in rows:
        for case in row.cases:
            if row.name not in CONVERSIONS and "dtype" in case.kwargs:  # that is about the dtype of the result
                continue
            if any(isinstance(x, tuple) for x in case.inputs):
                values = _values(row, family, sum(math.prod(x) for x in case.inputs if isinstance(x, tuple)))
                if values is not None:
                    yield row, case, [_next(values, x) if isinstance(x, tuple) else x for x in case.inputs]
            elif all(_survives(x, family) for x in case.inputs):
                yield row, case, [x.astype(FAMILIES[family]) for x in case.inputs]


def _values(row: Row, family: str, count: int) -> Iterator[Any] | None:
    """Numbers of a family in the domain of a row; None where there are none."""
    random = np.random.default_rng(0)
    low, high = row.domain
    if family.startswith(("float", "complex")):
        case = Case(((max(count, 1),),), {})
        (real,), (imaginary,) = row.arrays(case), row.arrays(case, seed=1)
        return iter(real + 1j * imaginary if family == "complex" else real)
    lowest, highest = {"bool": (0, 1), "int": (-9, 9), "uint": (0, 9)}[family]
    possible = [n for n in range(lowest, highest + 1) if low <= n <= high]
    if not possible:
        return None
    return iter(random.permutation(possible * (count // len(possible) + 1))[:count])


def _next(values: Iterator[Any], shape: tuple[int, ...]) -> Any:
    return np.array([next(values) for _ in range(math.prod(shape))]).reshape(shape)


def _survives(x: Any, family: str) -> bool:
    """Whether an array of fixed values, such as bits, means the same in another dtype."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        return np.array_equal(x.astype(FAMILIES[family]).astype(x.dtype), x, equal_nan=x.dtype.kind in "fc")


def _agrees(row: Row, case: Case, arrays: list[Any], family: str, device: str) -> bool:
    """Whether one call gives what NumPy gives; floating dtypes are to be kept.

    A function with fractions for values is that of the numbers as float64: in formulas such as ``1 / (1 + exp(-x))``
    bools would be refused, and unsigned integers wrap around.
    """
    shaped = [isinstance(x, tuple) for x in case.inputs]
    own = [place or not any(shaped) for place in shaped]
    typed = [x.astype(FAMILIES[family]) if ours else x for x, ours in zip(arrays, own)]
    floating = [x.astype(np.result_type(x, np.float64)) if ours else x for x, ours in zip(typed, own)]
    try:
        with quietly():
            result = row.call(*(tg.asarray(np.array(x), device=device) for x in typed), **case.kwargs)
        found = [y.numpy() for y in parts(result)]
    except REFUSALS:
        return False
    if family.startswith("float") and row.name not in CONVERSIONS and any(wrong_float(y, family) for y in found):
        return False
    fractions = any(y.dtype.kind in "fc" for y in found)
    return any(_same(found, expected(row, case, xs)) for xs in ([floating] if fractions else [typed, floating]))


def expected(row: Row, case: Case, arrays: list[Any]) -> list[Any]:
    """What NumPy gives; nothing where it refuses."""
    with quietly():
        try:
            return [np.asarray(y) for y in parts(row.oracle(*arrays, **case.kwargs))]
        except REFUSALS:
            return []


@contextmanager
def quietly() -> Iterator[None]:
    """Without warnings of values that are not finite; where imaginary parts would be lost, an exception."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def wrong_float(y: Any, family: str) -> bool:
    return y.dtype.kind == "f" and y.dtype != family


def _same(found: list[Any], wanted: list[Any]) -> bool:
    def close(y: Any, w: Any) -> bool:
        tolerance = TOLERANCE.get(y.dtype.name, 1e-9)
        return y.shape == w.shape and np.allclose(y, w, rtol=tolerance, atol=tolerance, equal_nan=True)

    return len(found) == len(wanted) and all(map(close, found, wanted))


def parts(result: Any) -> list[Any]:
    """What a function returned, as a list."""
    return list(result) if isinstance(result, (tuple, list)) else [result]
