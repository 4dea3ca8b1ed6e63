"""Rows of operations that find the different elements."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    several = cases(
        (np.array([[3, 1], [1, 3]]),), (np.array(2),), (np.array([True, False, True]),), (np.zeros((0, 2)),),
        (np.array([np.nan, 1.0, np.nan, 1.0]),),
    )  # fmt: skip
    sought = np.array([[1, 2], [3, 1]]), np.array([3, 1, 1])
    floats = np.array([1.0, np.nan]), np.array([[np.nan, 1.0]])
    known = {"gradient": False, "traceable": False}
    return [
        Row("unique_all", tg.unique_all, np.unique_all, several, **known),
        Row("unique_counts", tg.unique_counts, np.unique_counts, several, **known),
        Row("unique_inverse", tg.unique_inverse, np.unique_inverse, several, **known),
        Row("unique_values", lambda x: tg.sort(tg.unique_values(x)), lambda x: np.sort(np.unique_values(x)), several,
            **known),
        Row("unique_values", tg.unique_values, np.unique_values, cases(((2, 3),), ((),)), **known),
        Row("isin", tg.isin, np.isin,
            cases(sought, (*sought, {"invert": True}), floats, (sought[0], np.zeros(0, int)), (np.array(1), sought[1])),
            gradient=False),
    ]  # fmt: skip
