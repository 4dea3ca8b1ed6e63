"""Products of rows and a matrix in registers, for any number of rows, and of columns that are enough."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.backend.jit import installed

pytestmark = pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")


@given(st.integers(0, 11), st.integers(0, 9), st.integers(0, 70), st.integers(0, 3), st.booleans())
def test_sums_of_products(rows: int, inner: int, more: int, between: int, transposed: bool) -> None:
    from tinygrad_nn.backend.row_products import PAIR, add_products, panels

    columns = PAIR + more
    draw = np.random.default_rng(0).standard_normal
    a = draw((rows, inner + between)).astype(np.float32)
    base = draw((rows, columns + between)).astype(np.float32)
    matrix = draw((columns, inner) if transposed else (inner, columns)).astype(np.float32)
    matrix = matrix.T if transposed else matrix
    y = np.full((rows, columns + between), 7, np.float32)
    add_products(base.reshape(-1), 0, columns + between, a.reshape(-1), 0, inner + between, panels(matrix), columns,
                 y.reshape(-1), 0, columns + between, rows)  # fmt: skip
    wanted = base[:, :columns] + a[:, :inner].astype(np.float64) @ matrix
    np.testing.assert_allclose(y[:, :columns], wanted, rtol=1e-5, atol=1e-5)
    assert (y[:, columns:] == 7).all()  # what lies between the rows is left alone
