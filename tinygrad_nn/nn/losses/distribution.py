"""Losses of probabilities against probabilities."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from ..functional.reduction import check_reduction
from ..module import Module
from .loss import Loss

__all__ = ["BCELoss", "BCEWithLogitsLoss", "KLDivLoss"]


class BCELoss(Loss):
    """Binary cross-entropy of probabilities: see `functional.binary_cross_entropy`.

    Parameters
    ----------
    weight : Tensor or None
        Of each loss, broadcast against the input; a buffer.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.BCELoss()(tg.asarray([0.5, 0.5]), tg.asarray([1.0, 0.0]))
    >>> round(loss.item(), 4)
    0.6931
    """

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of logits: see `functional.binary_cross_entropy_with_logits`.

    Parameters
    ----------
    weight : Tensor or None
        Of each loss, broadcast against the input; a buffer.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    pos_weight : Tensor or None
        Of the part of the loss with target 1, broadcast against the input; a buffer.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.BCEWithLogitsLoss()(tg.asarray([0.0, 0.0]), tg.asarray([1.0, 0.0]))
    >>> round(loss.item(), 4)
    0.6931
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean", pos_weight: Tensor | None = None) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(input, target, self.weight, self.reduction, self.pos_weight)


class KLDivLoss(Module):
    """Kullback-Leibler divergence from log-probabilities: see `functional.kl_div`.

    Parameters
    ----------
    reduction : str
        ``"mean"`` over all elements, ``"batchmean"`` (the divergence itself), ``"sum"`` or ``"none"``.
    log_target : bool
        Whether the target has logarithms of probabilities too.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.KLDivLoss("batchmean")(tg.log(tg.asarray([[0.5, 0.5]])), tg.asarray([[0.25, 0.75]]))
    >>> round(loss.item(), 4)
    0.1308
    """

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__()
        if reduction != "batchmean":
            check_reduction("KLDivLoss", reduction)
        self.reduction = reduction
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.kl_div(input, target, self.reduction, self.log_target)

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}, log_target={self.log_target}"
