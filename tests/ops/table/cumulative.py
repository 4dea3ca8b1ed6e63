"""Rows of cumulative operations."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    cumulative = cases(((3,), {"axis": 0}), ((2, 3), {"axis": 0}), ((2, 3, 2), {"axis": -2}), ((0, 2), {"axis": 0}),
                       ((0, 2), {"axis": 1}), ((1,), {"axis": 0}))  # fmt: skip
    more = cases(((3,), {"include_initial": True}), ((2, 3), {"axis": -1, "include_initial": True}), ((4,),),
                 ((0, 2), {"axis": 0, "include_initial": True}))  # fmt: skip
    integers = cases((np.array([100, 100], np.int8), {"dtype": tg.int8}), (np.array([100, 2], np.int8),),
                     (np.array([1, 2]), {"dtype": tg.float64}))  # fmt: skip
    differences = cases(((4,),), ((3, 2), {"axis": 0}), ((2, 4), {"n": 2}), ((2, 3), {"n": 0}), ((1,),),
                        ((3,), {"n": 5}))  # fmt: skip
    others = cases((np.array([True, False, False]),), (np.array([3, 1], np.uint8),))
    return [
        Row("cumulative_sum", tg.cumulative_sum, np.cumulative_sum, more),
        Row("cumulative_prod", tg.cumulative_prod, np.cumulative_prod, more),
        Row("cumulative_sum", tg.cumulative_sum, np.cumulative_sum, integers, gradient=False),
        Row("cumulative_prod", tg.cumulative_prod, np.cumulative_prod, integers, gradient=False),
        Row("diff", tg.diff, np.diff, differences),
        Row("diff", tg.diff, np.diff, others, gradient=False),
        Row("diff", lambda a, x, b: tg.diff(x, prepend=a, append=b, axis=1),
            lambda a, x, b: np.diff(x, prepend=a, append=b, axis=1), cases(((2, 1), (2, 3), (2, 2)))),
        Row("cumulative_sum", tg.cumulative_sum, np.cumsum, cumulative),
        Row("cumulative_prod", tg.cumulative_prod, np.cumprod, cumulative),
    ]
