"""Rows of copies and conversions, and of arrays like others."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import HALVES, Row, cases, one


def rows() -> list[Row]:
    return [
        one("copy", np.copy),
        one("zeros_like", np.zeros_like, gradient=False),
        one("ones_like", np.ones_like, gradient=False),
        Row("zeros_like", tg.zeros_like, np.zeros_like, cases((np.arange(3), {"dtype": tg.float32})), gradient=False),
        Row("ones_like", tg.ones_like, np.ones_like, cases((np.arange(3), {"dtype": tg.float32})), gradient=False),
        Row("full_like", tg.full_like, np.full_like,
            cases(((2, 3), {"fill_value": 2.5}), ((), {"fill_value": 1}), (np.arange(3), {"fill_value": 7}),
                  (np.arange(3), {"fill_value": 0.5, "dtype": tg.float32})),
            gradient=False),
        Row("astype", tg.astype, lambda x, dtype: x.astype(dtype),
            cases(((2, 3), {"dtype": tg.float64}), ((), {"dtype": tg.float64}), ((0,), {"dtype": tg.float64}))),
        Row("astype", tg.astype, lambda x, dtype: x.astype(dtype),
            cases(((3,), {"dtype": tg.int32}), ((2,), {"dtype": tg.bool}), (np.arange(3), {"dtype": tg.float32})),
            kinks=HALVES, gradient=False, covers=("as_discrete",)),
        Row("to_device", lambda x: tg.to_device(tg.to_device(x, "cpu" if x.device == "strict" else "strict"),
            x.device), np.copy, cases(((2, 2),), ((),), ((0,),)), traceable=False),
    ]  # fmt: skip
