"""Losses of classes."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .loss import Loss

__all__ = ["CrossEntropyLoss", "NLLLoss"]


class CrossEntropyLoss(Loss):
    """Cross-entropy of logits with class indices or probabilities: see `functional.cross_entropy`.

    Parameters
    ----------
    weight : Tensor or None
        Of each class: shape (C,); a buffer.
    ignore_index : int
        Target indices that do not count.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    label_smoothing : float
        From 0 to 1: how much of the target probability is spread evenly over all classes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    >>> loss(tg.zeros((2, 4)), tg.asarray([3, 0])).item()
    1.3862943649291992
    """

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean",
                 label_smoothing: float = 0.0) -> None:  # fmt: skip
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)

    def extra_repr(self) -> str:
        return f"ignore_index={self.ignore_index}, {super().extra_repr()}, label_smoothing={self.label_smoothing}"


class NLLLoss(Loss):
    """Negative log-likelihood of log-probabilities with class indices: see `functional.nll_loss`.

    Parameters
    ----------
    weight : Tensor or None
        Of each class: shape (C,); a buffer.
    ignore_index : int
        Target indices that do not count.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.NLLLoss()(tg.asarray([[-1.0, -2.0], [-3.0, -4.0]]), tg.asarray([0, 1])).item()
    2.5
    """

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)

    def extra_repr(self) -> str:
        return f"ignore_index={self.ignore_index}, {super().extra_repr()}"
