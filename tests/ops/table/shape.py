"""Rows of operations that change shapes."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    return [
        Row("reshape", tg.reshape, lambda x, shape: np.reshape(x, shape),
            cases(((2, 3), {"shape": (3, 2)}), ((2, 3), {"shape": -1}), ((), {"shape": (1, 1)}), ((1,), {"shape": ()}),
                  ((0, 3), {"shape": (3, 0, 2)}), ((2, 3, 2), {"shape": (-1, 3)}))),
        Row("flatten", tg.flatten,
            lambda x, start_axis=0, end_axis=-1: x.reshape(*x.shape[:start_axis], -1,
                *x.shape[x.ndim + end_axis + 1 :]),
            cases(((2, 3),), ((),), ((2, 3, 2), {"start_axis": 1}), ((2, 3, 2), {"end_axis": -2}))),
        Row("permute_dims", tg.permute_dims, np.transpose,
            cases(((2, 3), {"axes": (1, 0)}), ((2, 3, 4), {"axes": (2, 0, 1)}), ((2, 3, 4), {"axes": (-1, 0, -2)}),
                  ((), {"axes": ()}), ((0, 2), {"axes": (1, 0)}))),
        Row("swapaxes", tg.swapaxes, np.swapaxes, cases(((2, 3, 4), {"axis1": 0, "axis2": -1}))),
        Row("moveaxis", tg.moveaxis, np.moveaxis,
            cases(((2, 3, 4), {"source": 0, "destination": -1}),
                ((2, 3, 4), {"source": (2, 0), "destination": (0, 1)}))),
        Row("expand_dims", tg.expand_dims, np.expand_dims,
            cases(((2, 2), {"axis": 1}), ((2,), {"axis": (0, -1)}), ((), {"axis": 0}), ((0,), {"axis": -1}))),
        Row("squeeze", tg.squeeze, np.squeeze,
            cases(((2, 1, 2),), ((1, 2, 1), {"axis": 0}), ((1, 2, 1), {"axis": (0, -1)}), ((),),
                ((1, 0), {"axis": 0}))),
        Row("broadcast_to", tg.broadcast_to, np.broadcast_to,
            cases(((3,), {"shape": (2, 3)}), ((2, 1), {"shape": (4, 2, 3)}), ((2, 1), {"shape": (2, 2)}),
                  ((), {"shape": (2,)}), ((1, 2), {"shape": (0, 2)}), ((2,), {"shape": (2,)}))),
        Row("reshape", tg.reshape, lambda x, shape, copy: x.reshape(shape),
            cases(((2, 3), {"shape": (3, 2), "copy": True})), traceable=False),
    ]  # fmt: skip
