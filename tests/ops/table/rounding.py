"""Rows of rounding and signs."""

from __future__ import annotations

import numpy as np

from .row import HALVES, Row, one, two


def rows() -> list[Row]:
    return [
        one("sign", np.sign, kinks=(0,)),
        one("floor", np.floor, kinks=HALVES),
        one("ceil", np.ceil, kinks=HALVES),
        one("round", np.round, kinks=HALVES),
        one("trunc", np.trunc, kinks=HALVES),
        two("copysign", np.copysign, kinks=(0,)),
        two("nextafter", np.nextafter),
    ]
