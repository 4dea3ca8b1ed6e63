"""Rows of functions of statistics and of signals."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from .row import Row, one, two


def rows() -> list[Row]:
    def erfinv(y: float) -> float:
        return NormalDist().inv_cdf((y + 1) / 2) / math.sqrt(2)

    def logit(x: Any) -> Any:
        return np.log(x / (1 - x))

    return [
        one("erfc", np.vectorize(math.erfc, otypes=[np.float64])),
        one("erfinv", np.vectorize(erfinv, otypes=[np.float64]), domain=(-0.9, 0.9)),
        one("logit", logit, domain=(0.05, 0.95)),
        one("sinc", np.sinc),
        one("entr", lambda x: -x * np.log(x), domain=(0.1, 3)),
        two("xlogy", lambda a, b: a * np.log(b), domain=(0.2, 3)),
    ]
