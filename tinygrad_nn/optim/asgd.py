"""ASGD: gradient descent that also averages where it has been."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require
from .rules import follow, penalized

__all__ = ["ASGD"]


def asgd(xp: Any, p: Any, g: Any, mean: Any, *, eta: float, shrink: float, gain: float, weight_decay: float,
         maximize: bool) -> None:  # fmt: skip
    """One update of `p`, and of the mean of where it has been."""
    g = penalized(p, g, weight_decay, maximize)
    p *= shrink
    p -= eta * g
    follow(mean, p, gain)


class ASGD(Optimizer):
    r"""Averaged stochastic gradient descent: after `t0` steps it also keeps the mean of all parameters since.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ...::

        g = g + weight_decay * p
        eta = lr / (1 + lambd * lr * (t - 1)) ** alpha
        p = (1 - lambd * eta) * p - eta * g
        ax = ax + (p - ax) / max(1, t - 1 - t0)

    The mean is ``optimizer.state[p]["ax"]``; it is p itself in the first `t0` steps. Where a scheduler moves the
    learning rate, eta is that of the step's own rate (PyTorch's, of the rate one step before).

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate of the first step, at least 0.
    lambd : float
        What shrinks the parameters and the learning rate.
    alpha : float
        Power of the fall of the learning rate.
    t0 : float
        After how many steps averaging begins.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on Control
    and Optimization 30 (1992).
    L. Bottou, "Stochastic Gradient Descent Tricks", 2012.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([0.0], requires_grad=True)
    >>> optimizer = optim.ASGD([x], lr=1.0, lambd=0.0, t0=0)
    >>> for slope in (-1.0, 2.0, -2.0, 2.0):  # x is 1, -1, 1, -1
    ...     x.grad = tg.asarray([slope])
    ...     optimizer.step()
    >>> round(optimizer.state[x]["ax"].item(), 3)
    -0.333
    """

    rule = staticmethod(asgd)

    def __init__(self, params: Parameters, lr: float = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
                 t0: float = 1e6, weight_decay: float = 0.0, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require("weight_decay", group["weight_decay"], 0)
        for name in ("lambd", "alpha", "t0"):
            require(name, group[name], float("-inf"))

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"ax": 0.0}

    def _derived(self, group: dict[str, Any], step: int) -> dict[str, float]:
        """What the next step goes by."""
        lr, lambd = float(group["lr"]), group["lambd"]
        return {"eta": lr / (1.0 + lambd * lr * step) ** group["alpha"], "mu": 1.0 / max(1.0, step - group["t0"])}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        next_of = self._derived(group, step - 1)
        return {
            "eta": next_of["eta"],
            "shrink": 1.0 - group["lambd"] * next_of["eta"],
            "gain": next_of["mu"],
            "weight_decay": float(group["weight_decay"]),
            "maximize": group["maximize"],
        }
