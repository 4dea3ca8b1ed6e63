"""Rows of norms."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases
from .singular import apart

ORDERS = (0, 0.5, 1, 1.5, 3, -1, inf, -inf)


def rows() -> list[Row]:
    vectors = cases(((),), ((3,),), ((0,),), ((2, 3), {"axis": 1}), ((2, 3, 2), {"axis": (0, 2), "keepdims": True}),
                    ((0, 3), {"axis": 1}), *(((2, 3), {"axis": -1, "ord": ord}) for ord in ORDERS))  # fmt: skip
    matrices = cases(((2, 3),), ((2, 3, 2), {"keepdims": True}),
                     *(((2, 3), {"ord": ord}) for ord in ("nuc", 1, -1, 2, -2, inf, -inf)),
                     ((2, 3, 3), {"ord": 2, "keepdims": True}))  # fmt: skip
    either = cases(((2, 3),), ((3,), {"ord": 3}), ((2, 3), {"ord": 1}), ((2, 3, 2), {"ord": 1, "axis": 1}),
                   ((2, 3, 2), {"axis": (2, 0), "ord": "nuc", "keepdims": True}), ((2, 2), {"axis": 0}))  # fmt: skip

    def vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
        return np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)

    return [
        Row("vector_norm", tg.linalg.vector_norm, vector_norm, vectors, kinks=(0.0,)),
        Row("matrix_norm", lambda x, **kwargs: tg.linalg.matrix_norm(apart(x), **kwargs),
            lambda x, **kwargs: np.linalg.matrix_norm(apart(x), **kwargs), matrices, domain=(0.1, 2.0)),
        Row("norm", tg.linalg.norm, np.linalg.norm, either, domain=(0.1, 2.0)),
    ]  # fmt: skip
