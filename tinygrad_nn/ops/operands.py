"""What functions that are composed of operations take besides tensors: the same as the operations."""

from __future__ import annotations

from typing import Any

from ..autograd.apply import SCALARS
from ..autograd.variable import Variable
from ..backend import resolve

__all__ = ["as_tensor"]


def as_tensor(name: str, x: Any) -> Any:
    """An operand of the function `name` as a tensor: arrays and numbers become one, lists are refused as by `apply`."""
    if isinstance(x, Variable):
        return x
    if type(x) not in SCALARS:
        resolve(name, None, x)
    return Variable.result_type(x)
