"""Rows of shapes that meet."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    return [
        Row("broadcast_arrays", tg.broadcast_arrays, np.broadcast_arrays,
            cases(((2, 1), (3,)), ((), (2,)), ((2, 3),), ((0, 1), (1, 3)))),
        Row("meshgrid", tg.meshgrid, np.meshgrid,
            cases(((3,), (2,)), ((3,), (2,), {"indexing": "ij"}), ((2,), (3,), (4,)), ((3,),), ((), (2,)),
                  ((0,), (2,)))),
    ]  # fmt: skip
