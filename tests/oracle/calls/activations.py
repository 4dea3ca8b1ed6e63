"""Activation functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn.nn.functional as F

__all__ = ["CALLS"]

SAME = (
    "celu elu gelu hardshrink hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish prelu relu relu6 selu silu "
    "softplus softshrink softsign tanhshrink threshold"
).split()


def normalised(ours: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, dim, dtype=None: ours(x if dtype is None else x.astype(dtype), axis=dim)


CALLS: dict[str, Callable[..., Any]] = {
    **{f"nn.functional.{name}": getattr(F, name) for name in SAME},
    **dict.fromkeys(("softmax", "softmax:with_dtype"), normalised(F.softmax)),
    **dict.fromkeys(("log_softmax", "log_softmax:with_dtype"), normalised(F.log_softmax)),
    **dict.fromkeys(("nn.functional.softmin", "nn.functional.softmin:with_dtype"), normalised(F.softmin)),
    "nn.functional.glu": lambda x, dim=-1: F.glu(x, axis=dim),
    "nn.functional.normalize": lambda x, p=2.0, dim=1, eps=1e-12: F.normalize(x, p, axis=dim, eps=eps),
    "nn.functional.cosine_similarity": lambda a, b, dim=1, eps=1e-8: F.cosine_similarity(a, b, axis=dim, eps=eps),
    "nn.functional.pairwise_distance": lambda a, b, p=2.0, eps=1e-6, keepdim=False: F.pairwise_distance(
        a, b, p, eps, keepdims=keepdim
    ),
    "nn.functional.dropout": F.dropout,
}
