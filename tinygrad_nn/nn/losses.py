"""Losses as modules; the functions themselves, with their formulas, are in `nn.functional`."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from .functional.reduction import check_reduction
from .module import Module

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss", "NLLLoss",
    "RMSELoss", "SmoothL1Loss",
]  # fmt: skip


class _Loss(Module):
    """A loss and its reduction: ``"mean"``, ``"sum"`` or ``"none"``."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        check_reduction(type(self).__name__, reduction)
        self.reduction = reduction

    def extra_repr(self) -> str:
        return f"reduction={self.reduction!r}"


class MSELoss(_Loss):
    """Squared error: see `functional.mse_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.MSELoss()(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0])).item()
    2.0
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.mse_loss(input, target, self.reduction)


class RMSELoss(_Loss):
    """Root of the mean squared error: see `functional.rmse_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.RMSELoss()(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0]))
    >>> round(loss.item(), 4)
    1.4142
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.rmse_loss(input, target, self.reduction)


class L1Loss(_Loss):
    """Absolute error: see `functional.l1_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.L1Loss(reduction="none")(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0])).tolist()
    [0.0, 2.0]
    """

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.l1_loss(input, target, self.reduction)


class HuberLoss(_Loss):
    """Squared error for small errors, absolute error for those larger than `delta`: see `functional.huber_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.HuberLoss("none", delta=1.0)(tg.asarray([1.5, 2.0]), tg.asarray([1.0, 4.0])).tolist()
    [0.125, 1.5]
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.huber_loss(input, target, self.reduction, self.delta)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, delta={self.delta}"


class SmoothL1Loss(_Loss):
    """Absolute error, rounded off where it is less than `beta`: see `functional.smooth_l1_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.SmoothL1Loss("none", beta=1.0)(tg.asarray([1.5, 2.0]), tg.asarray([1.0, 4.0])).tolist()
    [0.125, 1.5]
    """

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.smooth_l1_loss(input, target, self.reduction, self.beta)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, beta={self.beta}"


class BCELoss(_Loss):
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


class BCEWithLogitsLoss(_Loss):
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


class CrossEntropyLoss(_Loss):
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


class NLLLoss(_Loss):
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
