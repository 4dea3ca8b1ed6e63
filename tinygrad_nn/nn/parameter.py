"""`Parameter`: a tensor that a module trains."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..tensor import Tensor

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A leaf tensor that belongs to a module: assigned as an attribute, it is one of the module's `parameters()`.

    Parameters
    ----------
    data : scalar, nested list, array or Tensor
        The values, of a floating dtype; arrays and tensors are not copied.
    requires_grad : bool
        Whether it is trained.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Parameter(tg.ones(2))
    Parameter([1., 1.], dtype=float32, requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad=requires_grad)

    def __repr__(self) -> str:
        values = backend.format_array(self.array, "Parameter(")
        extra = "" if self.device == "cpu" else f", device={self.device!r}"
        return f"Parameter({values}, dtype={self.dtype}{extra}, requires_grad={self.requires_grad})"
