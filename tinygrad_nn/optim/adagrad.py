"""Adagrad: gradients divided by the root of the sum of all their squares."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require
from .rules import penalized

__all__ = ["Adagrad"]


def adagrad(xp: Any, p: Any, g: Any, total: Any, *, lr: float, eps: float, weight_decay: float,
            maximize: bool) -> None:  # fmt: skip
    """One update of `p`."""
    g = penalized(p, g, weight_decay, maximize)
    total += g * g
    d = xp.sqrt(total)
    d += eps
    d = g / d
    d *= lr
    p -= d


class Adagrad(Optimizer):
    r"""Adagrad: gradients divided by the root of the sum of all their squares.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with s at first
    `initial_accumulator_value`::

        g = g + weight_decay * p
        s = s + g²
        p = p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0.
    lr_decay : float
        Fall of the learning rate, at least 0.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    initial_accumulator_value : float
        What the sum of squares starts from, at least 0.
    eps : float
        Added to the root, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
    Journal of Machine Learning Research 12 (2011).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([x], lr=0.5)
    >>> (x * tg.asarray([1.0, 100.0])).sum().backward()
    >>> optimizer.step()  # the first step is as long for every element
    >>> x.detach()
    Tensor([0.5, 0.5], dtype=float32)
    """

    rule = staticmethod(adagrad)

    def __init__(self, params: Parameters, lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
                 initial_accumulator_value: float = 0.0, eps: float = 1e-10, *,
                 maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "eps": eps, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        for name in ("lr_decay", "weight_decay", "initial_accumulator_value", "eps"):
            require(name, group[name], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"sum": float(group["initial_accumulator_value"])}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        return {
            "lr": group["lr"] / (1.0 + (step - 1) * group["lr_decay"]),
            "eps": float(group["eps"]),
            "weight_decay": float(group["weight_decay"]),
            "maximize": group["maximize"],
        }
