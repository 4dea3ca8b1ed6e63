"""What losses share."""

from __future__ import annotations

from ..functional.reduction import check_reduction
from ..module import Module

__all__ = ["Loss"]


class Loss(Module):
    """A loss and its reduction: ``"mean"``, ``"sum"`` or ``"none"``."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        check_reduction(type(self).__name__, reduction)
        self.reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}"
