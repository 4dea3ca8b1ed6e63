"""Rows of losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .activation import logistic, softmax
from .row import TWO, Case, Row, cases


def rows() -> list[Row]:
    def huber(x: Any, t: Any, delta: float) -> Any:
        e = np.abs(x - t)
        return np.where(e < delta, e**2 / 2, delta * (e - delta / 2))

    def bce(p: Any, t: Any) -> Any:
        return -t * np.log(p) - (1 - t) * np.log(1 - p)

    def reduced(oracle: Callable[..., Any]) -> Callable[..., Any]:
        reductions = {"none": lambda losses: losses, "sum": np.sum, "mean": np.mean}
        return lambda *xs, reduction="none", **attrs: reductions[reduction](oracle(*xs, **attrs))

    def loss(name: str, oracle: Callable[..., Any], domain: tuple[float, float] = (-2, 2), **attrs: Any) -> Row:
        kinds = tuple(Case(c.inputs, {**attrs, "reduction": kind}) for c in TWO for kind in ("sum", "mean")
                      if kind == "sum" or c.inputs != ((0, 1), (1, 3)))  # fmt: skip
        plain = tuple(Case(c.inputs, attrs) for c in TWO)
        return Row(name, getattr(tg, name), reduced(oracle), plain + kinds, domain=domain)

    def cross_entropy(logits: Any, target: Any, reduction: str = "none") -> Any:
        probs = softmax(logits, 1)
        return [reduced(lambda: -np.log(probs[np.arange(len(target)), target]))(reduction=reduction), probs]

    targets = cases(
        ((3, 3), np.array([1, 0, 2])), ((1, 2), np.array([1])), ((0, 3), np.zeros((0,), int)),
        ((3, 4), np.array([1, 0, 3]), {"reduction": "mean"}), ((3, 4), np.array([1, 0, 3]), {"reduction": "sum"}),
    )  # fmt: skip
    return [
        loss("squared_error", lambda x, t: (x - t) ** 2),
        loss("absolute_error", lambda x, t: np.abs(x - t)),
        loss("huber_error", huber, delta=0.8),
        loss("binary_cross_entropy", bce, domain=(0.1, 0.9)),
        loss("binary_cross_entropy_with_logits", lambda z, t: bce(logistic(z), t)),
        Row("softmax_cross_entropy", tg.softmax_cross_entropy, cross_entropy, targets),
    ]
