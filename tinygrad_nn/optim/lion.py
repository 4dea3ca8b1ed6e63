"""Lion: steps along the sign of a momentum."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require, require_betas
from .rules import follow

__all__ = ["Lion"]


def lion(xp: Any, p: Any, g: Any, mean: Any, *, lr: float, part: float, gain: float, shrink: float | None,
         maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `part` and `gain` are the weights of the gradient in the direction and in the mean."""
    if maximize:
        g = -g
    if shrink is not None:
        p *= shrink
    d = g - mean
    d *= part
    d += mean
    p -= lr * xp.sign(d)
    follow(mean, g, gain)


def lion_loop(p: Any, g: Any, mean: Any, lr: Any = 0.0, part: Any = 0.0, gain: Any = 0.0, shrink: Any = None,
              maximize: bool = False) -> None:  # fmt: skip
    """`lion` one element after the other, in the same arithmetic."""
    for i in range(p.size):
        w, d, m = p[i], g[i], mean[i]
        if maximize:
            d = -d
        if shrink is not None:
            w *= shrink
        direction = (d - m) * part + m
        if direction > 0:
            w -= lr
        elif direction < 0:
            w += lr
        else:
            w -= lr * direction  # nothing, or not a number
        p[i] = w
        mean[i] = m + (d - m) * gain


class Lion(Optimizer):
    r"""Lion: every element moves by the learning rate, along the sign of a momentum. One moment is all it keeps.

    For a parameter p with gradient g (of its shape), with m zero at first::

        p = p - lr * weight_decay * p
        p = p - lr * sign(beta1 * m + (1 - beta1) * g)
        m = beta2 * m + (1 - beta2) * g

    It wants learning rates three to ten times lower than those of AdamW, and weight decay as much higher.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0: the change of every element in one step.
    betas : (float, float)
        How much of the momentum there is in the direction, and how much of it stays from step to step, in [0, 1).
    weight_decay : float
        Part of each element that a step with a learning rate of 1 takes away, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    X. Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Lion([x], lr=0.25)
    >>> (x * tg.asarray([0.01, -100.0])).sum().backward()
    >>> optimizer.step()
    >>> x.detach()
    Tensor([0.75, 1.25], dtype=float32)
    """

    rule = staticmethod(lion)
    loop = staticmethod(lion_loop)

    def __init__(self, params: Parameters, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99),
                 weight_decay: float = 0.0, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay, "maximize": maximize})

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require_betas(group)
        require("weight_decay", group["weight_decay"], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        beta1, beta2 = group["betas"]
        return {
            "lr": lr,
            "part": 1.0 - beta1,
            "gain": 1.0 - beta2,
            "shrink": 1.0 - lr * decay if decay else None,
            "maximize": group["maximize"],
        }
