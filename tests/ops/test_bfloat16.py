"""Every operation in bfloat16: what it gives in float32, rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .dtypes import parts, quietly
from .table import ROWS, Case, Row

ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")

# Relative to the largest element: a function that is made of several operations rounds after each of them.
TOLERANCE = 2.0**-5
ROUNDING = 2.0**-9  # of numbers up to 1; what is left of them where they cancel can be much smaller


def made(row: Row, case: Case, dtype: Any) -> tuple[list[Any], list[Any]]:
    """The inputs of a case as tensors, and those of them whose dtype was chosen; of numbers that bfloat16 holds."""
    tensors, chosen = [], []
    for array, given in zip(row.arrays(case, np.float32), case.inputs):
        if isinstance(given, tuple):
            x = tg.asarray(array.astype(ml_dtypes.bfloat16)).astype(dtype)
            chosen.append(x.requires_grad_() if row.gradient else x)
            tensors.append(x)
        else:
            tensors.append(tg.asarray(np.array(array)))
    return tensors, chosen


def results(row: Row, case: Case, dtype: Any) -> list[Any]:
    """The outputs of a case, and the gradients of what they were computed from."""
    tensors, chosen = made(row, case, dtype)
    outputs = parts(row.call(*tensors, **case.kwargs))
    random = np.random.default_rng(1)
    for y in outputs:
        if y.requires_grad:
            seed = tg.asarray(random.uniform(0.5, 1.5, y.shape).astype(ml_dtypes.bfloat16)).astype(y.dtype)
            y.backward(seed, retain_graph=True)
    return outputs + [x.grad for x in chosen]


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "to_device"], ids=lambda row: row.name)
def test_as_in_float32(row: Row) -> None:
    for case in row.cases:
        if "dtype" in case.kwargs or not any(isinstance(x, tuple) for x in case.inputs):
            continue
        with quietly():
            exact, narrow = results(row, case, tg.float32), results(row, case, tg.bfloat16)
        assert len(narrow) == len(exact)
        for y, wanted in zip(narrow, exact):
            assert (y is None) == (wanted is None)
            if y is not None:
                assert_rounded(y, wanted, row)


def assert_rounded(y: Any, wanted: Any, row: Row) -> None:
    statistics = row.name == "standardize" and y.dtype == tg.float32
    assert statistics or y.dtype == (tg.bfloat16 if wanted.dtype == tg.float32 else wanted.dtype)
    y, wanted = (np.asarray(z.detach().numpy(), np.complex128) for z in (y, wanted))
    assert y.shape == wanted.shape
    if y.size:
        size = np.abs(wanted[np.isfinite(wanted)]).max(initial=0)
        np.testing.assert_allclose(y, wanted, rtol=TOLERANCE, atol=TOLERANCE * size + ROUNDING)
