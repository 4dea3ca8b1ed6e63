"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require
from .rules import penalized

__all__ = ["SGD"]


def sgd(xp: Any, p: Any, g: Any, velocity: Any = None, *, lr: float, momentum: float, gain: float | None,
        weight_decay: float, nesterov: bool, maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `gain` is the weight of the gradient in the velocity, None for 1."""
    g = penalized(p, g, weight_decay, maximize)
    if velocity is not None:
        velocity *= momentum
        velocity += g if gain is None else gain * g
        g = g + momentum * velocity if nesterov else velocity
    p -= lr * g


def sgd_loop(p: Any, g: Any, velocity: Any = None, lr: Any = 0.0, momentum: Any = 0.0, gain: Any = None,
             weight_decay: Any = 0.0, nesterov: bool = False, maximize: bool = False) -> None:  # fmt: skip
    """`sgd` one element after the other, in the same arithmetic."""
    for i in range(p.size):
        d = g[i]
        if maximize:
            d = -d
        if weight_decay:
            d += weight_decay * p[i]
        if velocity is not None:
            v = velocity[i] * momentum + (d if gain is None else gain * d)
            velocity[i] = v
            d = d + momentum * v if nesterov else v
        p[i] -= lr * d


class SGD(Optimizer):
    r"""Stochastic gradient descent, optionally with momentum.

    For a parameter p with gradient g (of its shape), and a velocity v that is zero at first::

        g = g + weight_decay * p
        v = momentum * v + (1 - dampening) * g        (in the first step: v = g)
        p = p - lr * v                                (with nesterov: p - lr * (g + momentum * v))

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0.
    momentum : float
        Part of the velocity that stays from step to step, at least 0; with 0 no velocity is kept.
    dampening : float
        Part of the gradient that does not enter the velocity.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    nesterov : bool
        Look ahead along the velocity; needs momentum, and no dampening.
    maximize : bool
        Ascend instead.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    Y. Nesterov, "A method for solving the convex programming problem with convergence rate O(1/k²)", 1983, in the form
    of I. Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0], requires_grad=True)
    >>> optimizer = optim.SGD([x], lr=0.1, momentum=0.9)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     ((x - 1) ** 2).sum().backward()
    ...     optimizer.step()
    >>> round(x.item(), 3)
    1.0
    """

    rule = staticmethod(sgd)
    loop = staticmethod(sgd_loop)

    def __init__(self, params: Parameters, lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require("momentum", group["momentum"], 0)
        require("dampening", group["dampening"], float("-inf"))
        require("weight_decay", group["weight_decay"], 0)
        if group["nesterov"] and (group["momentum"] == 0 or group["dampening"] != 0):
            raise ValueError("nesterov needs a momentum above 0 and a dampening of 0")

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"momentum_buffer": 0.0} if group["momentum"] else {}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        dampening = group["dampening"]
        return {
            "lr": float(group["lr"]),
            "momentum": float(group["momentum"]),
            "gain": 1.0 - dampening if dampening and step > 1 else None,
            "weight_decay": float(group["weight_decay"]),
            "nesterov": group["nesterov"],
            "maximize": group["maximize"],
        }
