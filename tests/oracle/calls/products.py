"""Products of vectors and matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]


def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """PyTorch's takes the first two axes unless it is told; ours the last two."""
    return tg.linalg.diagonal(tg.moveaxis(x, (dim1, dim2), (-2, -1)), offset=offset)


CALLS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("matmul", "mm", "bmm", "mv"), tg.matmul),
    "__rmatmul__": lambda a, b: b @ a,
    **dict.fromkeys(("dot", "vdot"), tg.vecdot),
    "linalg.vecdot": lambda a, b, dim=-1: tg.vecdot(a, b, axis=dim),
    "outer": tg.linalg.outer,
    "tensordot": lambda a, b, dims: tg.tensordot(a, b, axes=dims),
    "einsum": lambda operands, subscripts: tg.einsum(subscripts, *operands),
    **dict.fromkeys(("diagonal", "diagonal_copy"), diagonal),
    "linalg.diagonal": lambda x, offset=0, dim1=-2, dim2=-1: diagonal(x, offset, dim1, dim2),
    "trace": tg.linalg.trace,
    "nn.functional.linear": tg.linear,
}
