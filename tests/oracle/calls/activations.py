"""Activation functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn.nn.functional as F

__all__ = ["CALLS"]

SAME = "elu gelu hardtanh leaky_relu logsigmoid mish prelu relu selu silu softplus softsign".split()


def normalised(ours: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, dim, dtype=None: ours(x if dtype is None else x.astype(dtype), axis=dim)


CALLS: dict[str, Callable[..., Any]] = {
    **{f"nn.functional.{name}": getattr(F, name) for name in SAME},
    **dict.fromkeys(("softmax", "softmax:with_dtype"), normalised(F.softmax)),
    **dict.fromkeys(("log_softmax", "log_softmax:with_dtype"), normalised(F.log_softmax)),
    "nn.functional.dropout": F.dropout,
}
