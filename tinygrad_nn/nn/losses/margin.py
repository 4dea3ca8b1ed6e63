"""Losses that want a distance to the boundary between classes."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .loss import Loss

__all__ = ["MarginRankingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "SoftMarginLoss"]


class MarginRankingLoss(Loss):
    """How far one score is from being larger than another by a margin: see `functional.margin_ranking_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.MarginRankingLoss(margin=0.5)
    >>> loss(tg.asarray([2.0]), tg.asarray([1.75]), tg.asarray([1])).item()
    0.25
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, self.margin, self.reduction)

    def extra_repr(self) -> str:
        return f"margin={self.margin}, {super().extra_repr()}"


class SoftMarginLoss(Loss):
    """Logistic loss of two classes, 1 and -1: see `functional.soft_margin_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.SoftMarginLoss()(tg.asarray([0.0, 0.0]), tg.asarray([1, -1]))
    >>> round(loss.item(), 4)
    0.6931
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.soft_margin_loss(input, target, self.reduction)


class MultiMarginLoss(Loss):
    """How far the score of the right class is from being the largest by a margin: see `functional.multi_margin_loss`.

    Parameters
    ----------
    p : int
        1 or 2: the power of what is missing.
    margin : float
    weight : Tensor or None
        Of each class: shape (C,); a buffer.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.MultiMarginLoss()
    >>> loss(tg.asarray([[0.0, 3.0, 2.5, -1.0]]), tg.asarray([1])).item()
    0.125
    """

    weight: Tensor | None

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: p={p}; wanted is 1 or 2")
        self.p = p
        self.margin = margin
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)

    def extra_repr(self) -> str:
        return f"p={self.p}, margin={self.margin}, {super().extra_repr()}"


class MultiLabelMarginLoss(Loss):
    """How far the scores of the right classes are from being larger by 1: see `functional.multilabel_margin_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.MultiLabelMarginLoss()(tg.asarray([[0.0, 2.0, 0.5, 3.0]]), tg.asarray([[3, 1, -1, -1]]))
    >>> loss.item()
    0.0
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multilabel_margin_loss(input, target, self.reduction)


class MultiLabelSoftMarginLoss(Loss):
    """Mean binary cross-entropy of classes: see `functional.multilabel_soft_margin_loss`.

    Parameters
    ----------
    weight : Tensor or None
        Of each class: shape (C,); a buffer.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.MultiLabelSoftMarginLoss()(tg.zeros((1, 3)), tg.asarray([[1, 0, 1]]))
    >>> round(loss.item(), 4)
    0.6931
    """

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, self.weight, self.reduction)
