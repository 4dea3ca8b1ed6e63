"""RAdam: Adam that waits with adapting until it knows the gradients' size well enough."""

from __future__ import annotations

from math import sqrt
from typing import Any

from .optimizer import Optimizer, Parameters, require, require_betas
from .rules import follow, follow_square, penalized

__all__ = ["RAdam"]


def radam(xp: Any, p: Any, g: Any, mean: Any, square: Any, *, mean_gain: float, square_decay: float,
          square_gain: float, step_size: float, eps: float, weight_decay: float, shrink: float | None, adaptive: bool,
          maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `step_size` and `eps` are such that they undo the bias of moments that begin at zero."""
    if shrink is not None:
        p *= shrink
    g = penalized(p, g, weight_decay, maximize)
    follow(mean, g, mean_gain)
    follow_square(square, g, square_decay, square_gain)
    d = step_size * mean
    if adaptive:
        root = xp.sqrt(square)
        root += eps
        d /= root
    p -= d


def radam_loop(p: Any, g: Any, mean: Any, square: Any, mean_gain: Any = 0.0, square_decay: Any = 0.0,
               square_gain: Any = 0.0, step_size: Any = 0.0, eps: Any = 0.0, weight_decay: Any = 0.0,
               shrink: Any = None, adaptive: bool = False, maximize: bool = False) -> None:  # fmt: skip
    """`radam` one element after the other, in the same arithmetic."""
    for i in range(p.size):
        w, d, m = p[i], g[i], mean[i]
        if shrink is not None:
            w *= shrink
        if maximize:
            d = -d
        if weight_decay:
            d += weight_decay * w
        m += (d - m) * mean_gain
        s = square[i] * square_decay + d * d * square_gain
        mean[i], square[i] = m, s
        d = step_size * m
        if adaptive:
            d /= sqrt(s) + eps
        p[i] = w - d


class RAdam(Optimizer):
    r"""Rectified Adam: it waits with adapting until it has seen enough gradients to know their size.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with m and v zero at first::

        g = g + weight_decay * p                      (with decoupled_weight_decay: p = p - lr * weight_decay * p)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g²
        n = 2 / (1 - beta2) - 1,   k = n - 2 * t * beta2**t / (1 - beta2**t)
        p = p - lr * m / (1 - beta1**t)                                                 where k <= 5, else
        p = p - lr * m / (1 - beta1**t) * r * sqrt(1 - beta2**t) / (sqrt(v) + eps)
                with r = sqrt((k - 4) * (k - 2) * n / ((n - 4) * (n - 2) * k))

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0.
    betas : (float, float)
        How much of the means of gradients and of their squares stays from step to step, in [0, 1).
    eps : float
        Added to the root, at least 0.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    decoupled_weight_decay : bool
        Take weight decay from the parameter itself, as AdamW does.
    maximize : bool
        Ascend instead.

    References
    ----------
    L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0], requires_grad=True)
    >>> optimizer = optim.RAdam([x], lr=0.5)
    >>> (x * 1.5).sum().backward()
    >>> optimizer.step()  # the first steps are those of SGD
    >>> x.item()
    0.25
    """

    rule = staticmethod(radam)
    loop = staticmethod(radam_loop)

    def __init__(self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, decoupled_weight_decay: bool = False, *,
                 maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require_betas(group)
        require("eps", group["eps"], 0)
        require("weight_decay", group["weight_decay"], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        beta1, beta2 = group["betas"]
        decoupled = group["decoupled_weight_decay"]
        root = sqrt(1.0 - beta2**step)
        rectified = _rectification(beta2, step)
        step_size = lr / (1.0 - beta1**step)
        return {
            "mean_gain": 1.0 - beta1,
            "square_decay": float(beta2),
            "square_gain": 1.0 - beta2,
            "step_size": step_size if rectified is None else step_size * rectified * root,
            "eps": float(group["eps"]),
            "weight_decay": 0.0 if decoupled else decay,
            "shrink": 1.0 - lr * decay if decoupled and decay else None,
            "adaptive": rectified is not None,
            "maximize": group["maximize"],
        }


def _rectification(beta: float, step: int) -> float | None:
    """How far the mean of so many squares is to be trusted; None if not at all."""
    most = 2.0 / (1.0 - beta) - 1.0
    count = most - 2.0 * step * beta**step / (1.0 - beta**step)
    if count <= 5.0:
        return None
    return sqrt((count - 4.0) * (count - 2.0) * most / ((most - 4.0) * (most - 2.0) * count))
