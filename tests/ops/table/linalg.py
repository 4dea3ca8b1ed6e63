"""Rows of products, and of `linalg`."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    pairs = (
        ((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 2, 3), (2, 3, 4)),
        ((1, 2, 3), (3, 3, 2)), ((2, 3), (3, 3, 2)), ((3, 2, 3), (3,)), ((3,), (2, 3, 4)), ((2, 1, 2, 3), (3, 3, 1)),
        ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 0), (0,)), ((0, 2, 3), (3, 2)),
    )  # fmt: skip

    return [
        Row("matrix_transpose", tg.matrix_transpose, np.matrix_transpose, cases(((2, 3),), ((2, 0, 4),))),
        Row("matmul", tg.matmul, np.matmul, cases(*pairs)),
        Row("tensordot", tg.tensordot, np.tensordot,
            cases(((2, 3, 4), (4, 3, 2), {"axes": ([1, 2], [1, 0])}), ((2, 3), (3, 2), {"axes": 1}), ((2, 3), (2, 3)),
                  ((2,), (3,), {"axes": 0}), ((2, 3, 2), (2, 4), {"axes": ((-1,), (0,))}))),
        Row("diagonal", tg.linalg.diagonal, lambda x: np.diagonal(x, axis1=-2, axis2=-1),
            cases(((3, 3),), ((2, 2, 2),), ((0, 0),), ((2, 1, 1),))),
        Row("diagonal", tg.linalg.diagonal, lambda x, offset: np.diagonal(x, offset, -2, -1),
            cases(*(((2, 3), {"offset": k}) for k in (-2, -1, 0, 2)), ((3, 2, 2), {"offset": 1}))),
        Row("trace", tg.linalg.trace, lambda x: np.trace(x, axis1=-2, axis2=-1),
            cases(((3, 3),), ((2, 2, 2),), ((0, 0),))),
        Row("outer", tg.linalg.outer, np.outer, cases(((2,), (3,)), ((0,), (3,)))),
        Row("vecdot", tg.vecdot, lambda a, b, axis=-1: (a * b).sum(axis),
            cases(((3,), (3,)), ((2, 3), (3,)), ((3, 2), (3, 2), {"axis": 0}))),
    ]  # fmt: skip
