"""Rows of cumulative operations."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    cumulative = cases(((3,), {"axis": 0}), ((2, 3), {"axis": 0}), ((2, 3, 2), {"axis": -2}), ((0, 2), {"axis": 0}),
                       ((0, 2), {"axis": 1}), ((1,), {"axis": 0}))  # fmt: skip
    return [
        Row("cumulative_sum", tg.cumulative_sum, np.cumsum, cumulative),
        Row("cumulative_prod", tg.cumulative_prod, np.cumprod, cumulative),
    ]
