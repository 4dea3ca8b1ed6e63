"""Negative log-likelihoods of numbers."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .loss import Loss

__all__ = ["GaussianNLLLoss", "PoissonNLLLoss"]


class PoissonNLLLoss(Loss):
    """Negative log-likelihood of counts: see `functional.poisson_nll_loss`.

    Parameters
    ----------
    log_input : bool
        Whether the input has logarithms of the expected counts.
    full : bool
        Add what depends on the target only.
    eps : float
        Keeps the logarithm finite where the input is 0.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.PoissonNLLLoss()(tg.asarray([0.0]), tg.asarray([3])).item()
    1.0
    """

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.poisson_nll_loss(input, target, self.log_input, self.full, self.eps, self.reduction)

    def extra_repr(self) -> str:
        return f"log_input={self.log_input}, full={self.full}, eps={self.eps}, {super().extra_repr()}"


class GaussianNLLLoss(Loss):
    """Negative log-likelihood of measurements with predicted variances: see `functional.gaussian_nll_loss`.

    Parameters
    ----------
    full : bool
        Add the constant of the normal distribution.
    eps : float
        The least variance, positive.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.GaussianNLLLoss()(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0]), tg.asarray([1.0, 1.0])).item()
    1.0
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if eps <= 0:
            raise ValueError(f"GaussianNLLLoss: eps={eps} must be positive")
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any, var: Any) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)

    def extra_repr(self) -> str:
        return f"full={self.full}, eps={self.eps}, {super().extra_repr()}"
