"""LAMB: Adam whose steps are as long as their parameters, for large batches."""

from __future__ import annotations

from math import sqrt
from typing import Any

from .optimizer import Optimizer, Parameters, require, require_betas
from .rules import follow, follow_square

__all__ = ["LAMB"]


def lamb(xp: Any, p: Any, g: Any, mean: Any, square: Any, *, lr: float, mean_gain: float, square_decay: float,
         square_gain: float, scale: float, eps: float, weight_decay: float, maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `scale` and `eps` are such that they undo the bias of moments that begin at zero."""
    if maximize:
        g = -g
    follow(mean, g, mean_gain)
    follow_square(square, g, square_decay, square_gain)
    d = xp.sqrt(square)
    d += eps
    d = mean / d
    d *= scale
    if weight_decay:
        d += weight_decay * p
    size, step = xp.sqrt(xp.sum(p * p)), xp.sqrt(xp.sum(d * d))
    known = (size > 0) & (step > 0)
    trust = xp.where(known, size, 1) / xp.where(known, step, 1)
    p -= (lr * trust) * d


class LAMB(Optimizer):
    r"""LAMB: Adam with steps whose length is a part of the length of their parameter, layer by layer.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with m and v zero at first::

        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g²
        d = (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps) + weight_decay * p
        p = p - lr * |p| / |d| * d                        (the factor is 1 where one of the norms is 0)

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0: the length of a step as a part of the parameter's.
    betas : (float, float)
        How much of the means of gradients and of their squares stays from step to step, in [0, 1).
    eps : float
        Added to the root, at least 0.
    weight_decay : float
        Weight of the parameter in the direction, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    Y. You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76 minutes", ICLR 2020.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0, 4.0], requires_grad=True)
    >>> optimizer = optim.LAMB([x], lr=0.1)
    >>> (x * tg.asarray([1.0, 0.0])).sum().backward()
    >>> optimizer.step()  # a tenth of the length of 5
    >>> x.detach()
    Tensor([2.5, 4. ], dtype=float32)
    """

    rule = staticmethod(lamb)
    elementwise = False

    def __init__(self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-6, weight_decay: float = 0.0, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require_betas(group)
        require("eps", group["eps"], 0)
        require("weight_decay", group["weight_decay"], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        beta1, beta2 = group["betas"]
        root = sqrt(1.0 - beta2**step)
        return {
            "lr": float(group["lr"]),
            "mean_gain": 1.0 - beta1,
            "square_decay": float(beta2),
            "square_gain": 1.0 - beta2,
            "scale": root / (1.0 - beta1**step),
            "eps": float(group["eps"]) * root,
            "weight_decay": float(group["weight_decay"]),
            "maximize": group["maximize"],
        }
