"""Rows of joining and splitting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    def many(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs, **kwargs: function(xs, **kwargs)

    return [
        Row("concat", many(tg.concat), many(np.concatenate),
            cases(((2, 3), (1, 3)), ((2, 3), (2, 1), (2, 2), {"axis": -1}), ((2,), (0,)),
                ((2, 2), (3,), {"axis": None}))),
        Row("stack", many(tg.stack), many(np.stack),
            cases(((2, 2), (2, 2)), ((2,), (2,), (2,), {"axis": -1}), ((), ()), ((0, 2), (0, 2), {"axis": 1}))),
        Row("unstack", tg.unstack, lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)),
            cases(((2, 3),), ((2, 3), {"axis": -1}), ((0, 2), {"axis": 1}))),
        Row("split", tg.split, lambda x, sections, axis=0: np.split(x, sections, axis),
            cases(((6, 2), {"sections": 3}), ((5,), {"sections": [1, 4]}), ((2, 5), {"sections": (-2,), "axis": -1}))),
    ]  # fmt: skip
