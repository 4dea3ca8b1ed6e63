"""Rows of activation functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import ONE, Case, Row, cases, one, two


def erf(x: Any) -> Any:
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(x: Any, beta: float = 1) -> Any:
    return np.log(1 + np.exp(beta * x)) / beta


def softmax(x: Any, axis: int) -> Any:
    return np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)


def rows() -> list[Row]:
    axis = cases(((3,), {"axis": 0}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1}), ((2, 3, 2), {"axis": 1}),
                 ((0, 3), {"axis": 1}))  # fmt: skip

    def attribute(name: str, oracle: Callable[..., Any], **attrs: Any) -> Row:
        kinks = tuple(v for v in attrs.values() if name == "hardtanh") or (0,)
        return Row(name, getattr(tg, name), oracle, tuple(Case(c.inputs, attrs) for c in ONE), kinks=kinks)

    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return [
        one("relu", lambda x: np.where(x > 0, x, 0), kinks=(0,)),
        attribute("leaky_relu", lambda x, slope: np.where(x > 0, x, slope * x), slope=0.1),
        two("prelu", lambda x, slope: np.where(x > 0, x, slope * x), kinks=(0,)),
        attribute("elu", lambda x, alpha: np.where(x > 0, x, alpha * (np.exp(x) - 1)), alpha=1.3),
        one("selu", lambda x: scale * np.where(x > 0, x, alpha * (np.exp(x) - 1)), kinks=(0,)),
        one("sigmoid", logistic),
        one("log_sigmoid", lambda x: np.log(logistic(x))),
        attribute("softplus", softplus, beta=1.7),
        one("softsign", lambda x: x / (1 + np.abs(x)), kinks=(0,)),
        one("silu", lambda x: x * logistic(x)),
        one("mish", lambda x: x * np.tanh(softplus(x))),
        one("gelu", lambda x: x * (1 + erf(x / np.sqrt(2))) / 2),
        one("gelu_tanh", lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
        attribute("hardtanh", lambda x, low, high: np.clip(x, low, high), low=-0.7, high=1.1),
        Row("softmax", tg.softmax, softmax, axis),
        Row("log_softmax", tg.log_softmax, lambda x, axis: np.log(softmax(x, axis)), axis),
    ]
