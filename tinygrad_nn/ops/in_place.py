"""Writing to the memory of a tensor, with gradients.

It is no function of its inputs, so it is not in the table of operations: only a tensor that takes over the result may
use it.
"""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp
from .index import kept_vjp, written_vjp
from .index_batch import put_together

__all__ = ["write_in_place"]


@op(vjp(kept_vjp, reads="arrays"), vjp(written_vjp, reads="arrays"), broadcasts=True)
def write_in_place(xp: Any, x: Any, value: Any, *arrays: Any, template: Any) -> Any:
    """`x` itself, after ``x[index] = value``; its gradients are those of `assign_at`."""
    x[put_together(template, arrays)] = value
    return x
