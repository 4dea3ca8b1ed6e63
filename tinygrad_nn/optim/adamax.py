"""Adamax: Adam with the largest gradient in the place of the mean square."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require, require_betas
from .rules import follow, penalized

__all__ = ["Adamax"]


def adamax(xp: Any, p: Any, g: Any, mean: Any, largest: Any, *, mean_gain: float, decay: float, step_size: float,
           eps: float, weight_decay: float, maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `step_size` is such that it undoes the bias of a mean that begins at zero."""
    g = penalized(p, g, weight_decay, maximize)
    follow(mean, g, mean_gain)
    largest *= decay
    largest[...] = xp.maximum(largest, xp.abs(g) + eps)
    d = mean / largest
    d *= step_size
    p -= d


class Adamax(Optimizer):
    r"""Adamax: Adam with a decaying maximum of gradients in the place of the root of their mean square.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with m and u zero at first::

        g = g + weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        u = max(beta2 * u, |g| + eps)
        p = p - lr / (1 - beta1**t) * m / u

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0.
    betas : (float, float)
        How much of the mean and of the maximum stays from step to step, in [0, 1).
    eps : float
        Added to the size of each gradient, at least 0.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, section 7.1.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Adamax([x], lr=0.5)
    >>> (x * tg.asarray([1.0, 100.0])).sum().backward()
    >>> optimizer.step()  # the first step is as long for every element
    >>> x.detach()
    Tensor([0.5, 0.5], dtype=float32)
    """

    rule = staticmethod(adamax)

    def __init__(self, params: Parameters, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require_betas(group)
        require("eps", group["eps"], 0)
        require("weight_decay", group["weight_decay"], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_inf": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        beta1, beta2 = group["betas"]
        return {
            "mean_gain": 1.0 - beta1,
            "decay": float(beta2),
            "step_size": group["lr"] / (1.0 - beta1**step),
            "eps": float(group["eps"]),
            "weight_decay": float(group["weight_decay"]),
            "maximize": group["maximize"],
        }
