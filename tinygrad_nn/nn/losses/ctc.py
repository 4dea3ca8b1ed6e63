"""The loss of a sequence of labels whose places in the input are not known."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .loss import Loss

__all__ = ["CTCLoss"]


class CTCLoss(Loss):
    """Connectionist temporal classification: see `functional.ctc_loss`.

    Parameters
    ----------
    blank : int
        The class that is no label.
    reduction : str
        ``"mean"`` of the losses divided by the numbers of labels, ``"sum"`` or ``"none"``.
    zero_infinity : bool
        Take 0 for the infinite loss of labels that do not fit into the frames.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> log_probs = tg.log_softmax(tg.zeros((4, 1, 3)), axis=2)
    >>> loss = nn.CTCLoss(reduction="sum")(log_probs, tg.asarray([[1, 2]]), (4,), (2,))
    >>> round(loss.item(), 4)
    1.6864
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )

    def extra_repr(self) -> str:
        return f"blank={self.blank}, {super().extra_repr()}, zero_infinity={self.zero_infinity}"
