"""Rows of trigonometric and hyperbolic functions."""

from __future__ import annotations

import numpy as np

from .row import Row, one, two


def rows() -> list[Row]:
    return [
        one("sin", np.sin),
        one("cos", np.cos),
        one("tan", np.tan, domain=(-1.2, 1.2)),
        one("asin", np.arcsin, domain=(-0.9, 0.9)),
        one("acos", np.arccos, domain=(-0.9, 0.9)),
        one("atan", np.arctan),
        one("sinh", np.sinh),
        one("cosh", np.cosh),
        one("tanh", np.tanh),
        one("asinh", np.arcsinh),
        one("acosh", np.arccosh, domain=(1.2, 4)),
        one("atanh", np.arctanh, domain=(-0.9, 0.9)),
        two("atan2", np.arctan2, kinks=(0,)),
        two("hypot", np.hypot, kinks=(0,)),
    ]
