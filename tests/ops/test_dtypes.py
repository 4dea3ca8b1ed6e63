"""Which dtypes each operation takes is what docs/op_matrix.md says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import ops

from .dtypes import families_of, rows_of
from .matrix import claimed, letters
from .table import Row
from .table.row import ONE, cases

CLAIMED = claimed()


@pytest.mark.parametrize("name", ops.registry())
def test_dtypes(name: str, device: str) -> None:
    found = letters(families_of(rows_of(name), device))
    if device == "cpu":
        assert found == CLAIMED[name]["dtypes"], "python -m tests.ops.matrix writes the page anew"
    else:
        assert set(CLAIMED[name]["dtypes"].split()) <= set(found.split())


def row(call: Callable[..., Any], oracle: Callable[..., Any] = np.square, **more: Any) -> list[Row]:
    return [Row("wrong", call, oracle, ONE, **more)]


def wrong_for(kinds: str) -> Callable[..., Any]:
    return lambda x: tg.square(x) + 1 if x.dtype.kind in kinds else tg.square(x)


def only(kinds: str) -> Callable[..., Any]:
    def call(x: Any) -> Any:
        if x.dtype.kind not in kinds:
            raise TypeError("not this one")
        return tg.square(x)

    return call


def test_what_is_found_wrong(device: str) -> None:
    def found(call: Callable[..., Any], **more: Any) -> str:
        return letters(families_of(row(call, **more), device))

    assert found(tg.square) == "b i u f c"
    assert found(wrong_for("i")) == "b u f c"
    assert found(wrong_for("c")) == "b i u f"
    assert found(only("fc")) == "f c"
    assert found(lambda x: tg.square(x).astype(tg.float64) if x.dtype == tg.float16 else tg.square(x)) == (
        "b i u float32 float64 c"
    )
    assert found(lambda x: tg.square(x) * (1 + 1e-3 * (x.dtype == tg.float32))) == "b i u float16 float64 c"
    assert found(lambda x: tg.real(tg.square(x))) == "b i u f"
    assert found(tg.square, domain=(0.1, 0.9)) == "f c"


def test_wrapping_around_is_no_fraction(device: str) -> None:
    logistic = row(lambda x: 1 / (1 + tg.exp(-x)), lambda x: 1 / (1 + np.exp(-x)))
    assert letters(families_of(logistic, device)) == "i f c"


def test_values_that_would_mean_something_else_are_left_out(device: str) -> None:
    bits = [Row("bits", lambda x: x ^ x, lambda x: x ^ x, cases((np.array([5, 300, -1]),)))]
    assert letters(families_of(bits, device)) == "i"
