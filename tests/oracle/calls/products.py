"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]

CALLS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), tg.matmul),
    "__rmatmul__": lambda a, b: b @ a,
    **dict.fromkeys(("dot", "vdot"), tg.vecdot),
    "linalg.vecdot": lambda a, b, dim=-1: tg.vecdot(a, b, axis=dim),
    "outer": tg.linalg.outer,
    "tensordot": lambda a, b, dims: tg.tensordot(a, b, axes=dims),
    "einsum": lambda operands, subscripts: tg.einsum(subscripts, *operands),
    "trace": tg.linalg.trace,
    "nn.functional.linear": tg.linear,
}
