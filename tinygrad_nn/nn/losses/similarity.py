"""Losses of how far embeddings are from each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .loss import Loss

__all__ = ["CosineEmbeddingLoss", "HingeEmbeddingLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss"]


def _check_margin(name: str, margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"{name}: margin={margin} must be positive")


class HingeEmbeddingLoss(Loss):
    """Distances of what is alike, and how much others fall short of a margin: see `functional.hinge_embedding_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.HingeEmbeddingLoss(reduction="none")(tg.asarray([0.25, 0.25]), tg.asarray([1, -1])).tolist()
    [0.25, 0.75]
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.hinge_embedding_loss(input, target, self.margin, self.reduction)

    def extra_repr(self) -> str:
        return f"margin={self.margin}, {super().extra_repr()}"


class CosineEmbeddingLoss(Loss):
    """How far what is alike is from one direction, and others from a margin: see `functional.cosine_embedding_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.CosineEmbeddingLoss()
    >>> loss(tg.asarray([[1.0, 0.0]]), tg.asarray([[0.0, 2.0]]), tg.asarray([1])).item()
    1.0
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input1: Any, input2: Any, target: Any) -> Tensor:
        return F.cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)

    def extra_repr(self) -> str:
        return f"margin={self.margin}, {super().extra_repr()}"


class TripletMarginLoss(Loss):
    """How far an anchor is from being closer to what is like it by a margin: see `functional.triplet_margin_loss`.

    Parameters
    ----------
    margin : float
        Positive.
    p : float
        Which norm the distance is.
    eps : float
        Keeps the gradient finite where embeddings are equal.
    swap : bool
        Take the distance of the negative from the positive where that is less.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> anchor, positive, negative = (tg.asarray([[x, 0.0]]) for x in (0.0, 1.0, 1.5))
    >>> round(nn.TripletMarginLoss()(anchor, positive, negative).item(), 4)
    0.5
    """

    def __init__(self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False,
                 reduction: str = "mean") -> None:  # fmt: skip
        super().__init__(reduction)
        _check_margin("TripletMarginLoss", margin)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Tensor:
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )

    def extra_repr(self) -> str:
        return f"margin={self.margin}, p={self.p}, eps={self.eps}, swap={self.swap}, {super().extra_repr()}"


class TripletMarginWithDistanceLoss(Loss):
    """A triplet loss of any distance: see `functional.triplet_margin_with_distance_loss`.

    Parameters
    ----------
    distance_function : callable or None
        Of two embeddings, which may be a module; None is `functional.pairwise_distance`.
    margin : float
        Positive.
    swap : bool
        Take the distance of the negative from the positive where that is less.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: abs(a - b))
    >>> loss(tg.asarray([0.0]), tg.asarray([1.0]), tg.asarray([1.5])).item()
    0.5
    """

    def __init__(self, *, distance_function: Callable[[Any, Any], Any] | None = None, margin: float = 1.0,
                 swap: bool = False, reduction: str = "mean") -> None:  # fmt: skip
        super().__init__(reduction)
        _check_margin("TripletMarginWithDistanceLoss", margin)
        self.distance_function = distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Tensor:
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin, swap=self.swap,
            reduction=self.reduction,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"margin={self.margin}, swap={self.swap}, {super().extra_repr()}"
