"""Rows of exponentials and logarithms."""

from __future__ import annotations

import math

import numpy as np

from .row import Row, one, two


def rows() -> list[Row]:
    return [
        one("exp", np.exp),
        one("exp2", np.exp2),
        one("expm1", np.expm1),
        one("log", np.log, domain=(0.2, 3)),
        one("log1p", np.log1p, domain=(-0.8, 2)),
        one("log2", np.log2, domain=(0.2, 3)),
        one("log10", np.log10, domain=(0.2, 3)),
        one("erf", np.vectorize(math.erf, otypes=[np.float64])),
        two("logaddexp", np.logaddexp),
    ]
