"""Rows of what leaves out NaN; NaN itself is in tests/ops/test_missing.py."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .reduce import SOME
from .row import Row, cases


def rows() -> list[Row]:
    return [
        Row("nan_to_num", tg.nan_to_num, np.nan_to_num, cases(((),), ((2, 3),), ((0, 2),))),
        Row("nansum", tg.nansum, np.nansum, cases(*SOME)),
        Row("nanmean", tg.nanmean, np.nanmean, cases(*SOME)),
    ]
