"""Rows of choices between elements."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases, two


def rows() -> list[Row]:
    clip_cases = cases(
        ((3, 3), {"min": -0.5, "max": 0.7}), ((3,), {"min": -0.5}), ((3,), {"max": 0.7}), ((2,), {}),
        ((), {"min": -0.5, "max": 0.7}), ((0, 2), {"max": 0.7}),
    )  # fmt: skip
    return [
        two("maximum", np.maximum),
        two("minimum", np.minimum),
        Row(
            "where", tg.where, np.where,
            cases(
                (np.array([[True, False], [True, True]]), (2, 2), (2, 2)), (np.array([[True], [False]]), (3,), (2, 3)),
                (np.array(True), (), ()), (np.array([True, False]), (), (3, 1)), (np.zeros((0, 2), bool), (2,), (0, 1)),
            ),
        ),
        Row("clip", tg.clip, lambda x, min=-np.inf, max=np.inf: np.clip(x, min, max), clip_cases, kinks=(-0.5, 0.7),
            covers=("at_least", "at_most")),
        Row("clip", lambda x, low: tg.clip(x, low, 1.5), lambda x, low: np.clip(x, low, 1.5),
            cases(((2, 3), (3,)), ((2, 2), (2, 2))), kinks=(1.5,), covers=("at_least",)),
        Row("clip", lambda x, high: tg.clip(x, None, high), np.minimum, cases(((2, 3), (3,)), ((2, 2), (2, 2))),
            covers=("at_most",)),
    ]  # fmt: skip
