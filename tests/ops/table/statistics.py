"""Rows of means, variances and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .reduce import SOME
from .row import Row, cases


def unzip(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's name for `correction`."""
    return lambda x, axis=None, correction=0, keepdims=False: function(x, axis=axis, ddof=correction, keepdims=keepdims)


def rows() -> list[Row]:
    spread = (
        ((4,),), ((2, 3),), ((3, 2), {"axis": 0}), ((3, 4), {"axis": 1, "correction": 1}),
        ((2, 3, 2), {"axis": (0, 2), "keepdims": True}), ((0, 3), {"axis": 1}),
            ((3, 2), {"axis": 0, "correction": 0.5}),
    )  # fmt: skip

    def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))

    return [
        Row("mean", tg.mean, np.mean, cases(*SOME)),
        Row("var", tg.var, unzip(np.var), cases(*spread)),
        Row("std", tg.std, unzip(np.std), cases(*spread)),
        Row("logsumexp", tg.logsumexp, logsumexp, cases(*SOME)),
    ]
