"""Losses of numbers against numbers."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .loss import Loss

__all__ = ["HuberLoss", "L1Loss", "MSELoss", "RMSELoss", "SmoothL1Loss"]


class MSELoss(Loss):
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


class RMSELoss(Loss):
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


class L1Loss(Loss):
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


class HuberLoss(Loss):
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


class SmoothL1Loss(Loss):
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
