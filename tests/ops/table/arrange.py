"""Rows of operations that move elements."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    def wide(x: Any, pad_width: Any, value: float = 0) -> Any:
        return np.pad(x, pad_width, constant_values=value)

    axis = (((3,),), ((3, 3), {"axis": 0}), ((2, 3), {"axis": (0, -1)}), ((),), ((0, 2), {"axis": 1}))
    return [
        Row("flip", tg.flip, np.flip, cases(*axis)),
        Row("roll", tg.roll, np.roll,
            cases(((4,), {"shift": 1}), ((3, 3), {"shift": -2}), ((2, 3), {"shift": 2, "axis": 1}), ((), {"shift": 1}),
                  ((2, 3), {"shift": (1, -1), "axis": (0, 1)}), ((0, 2), {"shift": 1, "axis": 0}))),
        Row("pad", tg.pad, wide,
            cases(((2, 3), {"pad_width": 1}), ((3,), {"pad_width": (1, 2), "value": 0.5}), ((0,), {"pad_width": 2}),
                  ((2, 3), {"pad_width": ((1, 0), (0, 2))}), ((2,), {"pad_width": ((0, 0),)}))),
        Row("tile", tg.tile, lambda x, repetitions: np.tile(x, repetitions),
            cases(((2,), {"repetitions": 3}), ((2, 3), {"repetitions": (2, 1)}), ((2,), {"repetitions": (2, 2)}),
                  ((2, 2), {"repetitions": 2}), ((), {"repetitions": (2,)}), ((3,), {"repetitions": 0}))),
        Row("repeat", tg.repeat, np.repeat,
            cases(((2, 3), {"repeats": 2}), ((3, 3), {"repeats": 2, "axis": 1}), ((2,), {"repeats": 0, "axis": 0}),
                  ((2, 3), {"repeats": [0, 3], "axis": 0}), ((3,), {"repeats": (1, 0, 2)}), ((), {"repeats": 2}),
                  ((3,), {"repeats": [2]}))),
        Row("tril", tg.tril, np.tril, cases(((3, 3),), ((2, 2, 4), {"k": 1}), ((0, 3),))),
        Row("triu", tg.triu, np.triu, cases(((3, 3),), ((2, 2, 4), {"k": -1}), ((0, 3),))),
    ]  # fmt: skip
