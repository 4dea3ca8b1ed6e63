"""RMSprop: gradients divided by a running root of their mean square."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require
from .rules import follow, follow_square, penalized

__all__ = ["RMSprop"]


def rmsprop(xp: Any, p: Any, g: Any, square: Any, *more: Any, lr: float, decay: float, gain: float, eps: float,
            momentum: float, weight_decay: float, centered: bool, maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `more` is the mean gradient where `centered`, then the velocity where there is a momentum."""
    g = penalized(p, g, weight_decay, maximize)
    follow_square(square, g, decay, gain)
    if centered:
        mean = more[0]
        follow(mean, g, gain)
        d = square - mean * mean
        d = xp.sqrt(xp.maximum(d, 0))  # rounding may leave a variance below 0
    else:
        d = xp.sqrt(square)
    d += eps
    d = g / d
    if momentum:
        velocity = more[-1]
        velocity *= momentum
        velocity += d
        d = lr * velocity
    else:
        d *= lr
    p -= d


class RMSprop(Optimizer):
    r"""RMSprop: gradients divided by a running root of their mean square.

    For a parameter p with gradient g (of its shape), with v, m and b zero at first::

        g = g + weight_decay * p
        v = alpha * v + (1 - alpha) * g²
        m = alpha * m + (1 - alpha) * g                  (m = 0 unless centered)
        b = momentum * b + g / (sqrt(v - m²) + eps)
        p = p - lr * b

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0.
    alpha : float
        How much of the mean square stays from step to step, in [0, 1).
    eps : float
        Added to the root, at least 0.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    momentum : float
        Part of the velocity that stays from step to step, at least 0.
    centered : bool
        Divide by the root of the variance instead.
    maximize : bool
        Ascend instead.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop", COURSERA: Neural Networks for Machine Learning, 2012.
    A. Graves, "Generating Sequences With Recurrent Neural Networks", arXiv:1308.0850, 2013 (centered).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0], requires_grad=True)
    >>> optimizer = optim.RMSprop([x], lr=0.1, alpha=0.75)
    >>> (x * 5).sum().backward()
    >>> optimizer.step()  # the mean square is a quarter of g²
    >>> round(x.item(), 4)
    0.8
    """

    rule = staticmethod(rmsprop)

    def __init__(self, params: Parameters, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0.0, momentum: float = 0.0, centered: bool = False, *,
                 maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum,
            "centered": centered, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require("alpha", group["alpha"], 0, 1)
        for name in ("eps", "weight_decay", "momentum"):
            require(name, group[name], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        moments = {"square_avg": 0.0}
        if group["centered"]:
            moments["grad_avg"] = 0.0
        if group["momentum"]:
            moments["momentum_buffer"] = 0.0
        return moments

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        alpha = float(group["alpha"])
        return {
            "lr": float(group["lr"]),
            "decay": alpha,
            "gain": 1.0 - alpha,
            "eps": float(group["eps"]),
            "momentum": float(group["momentum"]),
            "weight_decay": float(group["weight_decay"]),
            "centered": group["centered"],
            "maximize": group["maximize"],
        }
