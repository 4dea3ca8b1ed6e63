"""Rows of linear layers."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases

ACTIVATIONS = {"relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh}


def rows() -> list[Row]:
    def linear(x: Any, weight: Any, bias: Any = 0) -> Any:
        return np.dot(x, weight.T) + bias

    def activated(x: Any, weight: Any, bias: Any = 0, *, activation: str) -> Any:
        return ACTIVATIONS[activation](linear(x, weight, bias))

    calls = (
        ((2, 3), (3, 3), (3,)), ((2, 3), (4, 3)), ((3,), (2, 3), (2,)), ((2, 2, 3), (2, 3), (2,)),
        ((0, 3), (2, 3), (2,)), ((3,), (2, 3)), ((2, 0), (3, 0), (3,)),
    )  # fmt: skip
    with_activations = [(*call, {"activation": name}) for name in ACTIVATIONS for call in calls]
    with_activations = [call for call in with_activations if 0 not in call[0] or call[-1] != {"activation": "relu"}]
    return [
        Row("linear", tg.linear, linear, cases(*calls)),
        Row("activated_linear", tg.linear, activated, cases(*with_activations)),
    ]
