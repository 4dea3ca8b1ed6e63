"""Rows of sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    axes = (((5,),), ((3, 4), {"axis": 0}), ((3, 4),), ((2, 0),), ((1,),))
    orders = [{}, {"descending": True}]
    all_cases = cases(*((*c[:1], {**(c[1] if len(c) > 1 else {}), **order}) for c in axes for order in orders))

    def ordered(function: Callable[..., Any], sign: bool) -> Callable[..., Any]:
        def call(x: Any, axis: int = -1, descending: bool = False) -> Any:
            if not descending:
                return function(x, axis)
            return -function(-x, axis) if sign else function(-x, axis)

        return call

    def argsort(x: Any, axis: int) -> Any:
        return np.argsort(x, axis, kind="stable")

    def top_k(x: Any, k: int, axis: int = -1) -> Any:
        places = np.take(np.argsort(-x, axis), np.arange(k), axis)
        return [np.take_along_axis(x, places, axis), places]

    return [
        Row("argsort", tg.argsort, ordered(argsort, False), all_cases, gradient=False),
        Row("sort", tg.sort, ordered(np.sort, True), all_cases),
        Row(
            "top_k",
            tg.top_k,
            top_k,
            cases(((5,), {"k": 2}), ((3, 4), {"k": 3, "axis": 0}), ((3,), {"k": 0}), ((2, 3), {"k": 3})),
        ),
    ]
