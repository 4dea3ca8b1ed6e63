"""Rows of quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    reduced = (((4,),), ((3, 2), {"axis": 0}), ((2, 5), {"axis": -1, "keepdims": True}), ((2, 2), {"keepdims": True}),
               ((),), ((0, 3), {"axis": 1}))  # fmt: skip
    parts = [{"q": 0.0}, {"q": 0.3}, {"q": 1}, {"q": 0.4, "method": "midpoint"}]

    def several(function: Any) -> Any:
        return lambda x, q, axis=None, keepdims=False: function(x, q, axis=axis, keepdims=keepdims)

    return [
        Row("median", tg.median, np.median, cases(*reduced)),
        Row("quantile", tg.quantile, np.quantile,
            cases(*((*c[:1], {**dict(*c[1:]), **part}) for c in reduced for part in parts))),
        Row("quantile", several(tg.quantile), several(np.quantile), cases(
            ((4,), (2,)), ((3, 2), (3,), {"axis": 0}), ((2, 5), (2,), {"axis": -1, "keepdims": True}), ((4,), ()),
            ((2, 2), (2,), {"keepdims": True})), domain=(0.05, 0.95)),
    ]  # fmt: skip
