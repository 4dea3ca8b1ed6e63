"""Rows of operations that find places."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    ascending = np.array([-1.0, 0.0, 0.0, 2.0])
    values = np.array([[-2.0, 0.0], [1.0, 3.0]])
    shuffled = np.array([2.0, -1.0, 0.5])
    found = cases(
        (np.array([[0, 2], [3, 0]]),), (np.array([True, False, True]),), (np.zeros((0, 3)),), ((2, 3),),
        (np.array([[[0.0, np.nan]], [[-1.0, 0.0]]]),),
    )  # fmt: skip
    return [
        Row("nonzero", tg.nonzero, np.nonzero, found, gradient=False, traceable=False),
        Row("searchsorted", tg.searchsorted, np.searchsorted,
            cases((ascending, values), (ascending, values, {"side": "right"}), (ascending, np.array(0.5)),
                  (np.zeros(0), values)), gradient=False),
        Row("searchsorted", lambda x, y: tg.searchsorted(x, y, sorter=tg.argsort(x)),
            lambda x, y: np.searchsorted(x, y, sorter=np.argsort(x)), cases((shuffled, values)), gradient=False),
    ]  # fmt: skip
