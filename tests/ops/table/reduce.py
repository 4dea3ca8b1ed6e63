"""Rows of reductions."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases

USUAL = (
    ((3,),), ((),), ((2, 3),), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1, "keepdims": True}),
    ((2, 3), {"keepdims": True}), ((2, 3, 2), {"axis": (0, 2)}), ((2, 3, 2), {"axis": (-1, 1), "keepdims": True}),
    ((0, 3), {"axis": 1}), ((2, 0), {"axis": 1, "keepdims": True}), ((3, 1, 2), {"axis": 1}),
)  # fmt: skip
SOME = tuple(c for c in USUAL if c != ((2, 0), {"axis": 1, "keepdims": True}))  # where nothing has no result


def rows() -> list[Row]:
    single = (((3,),), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1, "keepdims": True}), ((2, 3),), ((),))
    flags = cases(
        (np.array([[True, False], [True, True]]), {"axis": 0}), (np.array([0, 2]),), ((2, 3), {"axis": (0, 1)}),
        (np.zeros((0, 2)), {"axis": 0}), (np.array([[0.0, 1.0]]), {"axis": 1, "keepdims": True}), (np.array(0.0),),
    )  # fmt: skip
    short = np.array([[100, 100], [27, 1]], np.int8)
    in_another_dtype = cases(
        (short, {"dtype": tg.int8}), (short, {"dtype": tg.float64, "axis": 0}), (short, {"axis": 1})
    )
    return [
        Row("sum", tg.sum, np.sum, cases(*USUAL)),
        Row("prod", tg.prod, np.prod, cases(*USUAL)),
        Row("sum", tg.sum, np.sum, in_another_dtype, gradient=False),
        Row("prod", tg.prod, np.prod, in_another_dtype, gradient=False),
        Row("max", tg.max, np.max, cases(*SOME)),
        Row("min", tg.min, np.min, cases(*SOME)),
        Row("any", tg.any, np.any, flags, gradient=False),
        Row("all", tg.all, np.all, flags, gradient=False),
        Row("argmax", tg.argmax, np.argmax, cases(*single), gradient=False),
        Row("argmin", tg.argmin, np.argmin, cases(*single), gradient=False),
        Row("count_nonzero", tg.count_nonzero, np.count_nonzero, flags, gradient=False),
    ]  # fmt: skip
