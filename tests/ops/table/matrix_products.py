"""Rows of products that are made of others."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases
from .solving import regular


def rows() -> list[Row]:
    powers = cases(*(((2, 2), {"n": n}) for n in (1, 2, 3, 6, -1, -2)), ((2, 3, 3), {"n": 2}))

    def matrix_power(x: Any, n: int) -> Any:
        return tg.linalg.matrix_power(regular(x) / 4, n)

    return [
        Row("matrix_power", matrix_power, lambda x, n: np.linalg.matrix_power(regular(x) / 4, n), powers),
        Row("cross", tg.linalg.cross, np.cross,
            cases(((3,), (3,)), ((2, 3), (3,)), ((3, 2), (3, 2), {"axis": 0}), ((2, 1, 3), (4, 3)), ((0, 3), (3,)))),
        Row("kron", tg.linalg.kron, np.kron,
            cases(((2,), (3,)), ((2, 3), (3, 2)), ((2,), (2, 2)), ((2, 2), ()), ((2, 1, 2), (2, 3)), ((0,), (3,)))),
    ]  # fmt: skip
