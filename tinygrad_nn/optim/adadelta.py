"""Adadelta: steps in the units of the parameters, from the sizes of the steps before."""

from __future__ import annotations

from typing import Any

from .optimizer import Optimizer, Parameters, require
from .rules import follow_square, penalized

__all__ = ["Adadelta"]


def adadelta(xp: Any, p: Any, g: Any, square: Any, change: Any, *, lr: float, decay: float, gain: float, eps: float,
             weight_decay: float, maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `square` and `change` are the mean squares of gradients and of steps."""
    g = penalized(p, g, weight_decay, maximize)
    follow_square(square, g, decay, gain)
    d = xp.sqrt(change + eps)
    d /= xp.sqrt(square + eps)
    d *= g
    follow_square(change, d, decay, gain)
    d *= lr
    p -= d


class Adadelta(Optimizer):
    r"""Adadelta: steps in the units of the parameters, from the sizes of the steps before.

    For a parameter p with gradient g (of its shape), with v and u zero at first::

        g = g + weight_decay * p
        v = rho * v + (1 - rho) * g²
        d = sqrt(u + eps) / sqrt(v + eps) * g
        u = rho * u + (1 - rho) * d²
        p = p - lr * d

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Factor of the steps, at least 0.
    rho : float
        How much of the mean squares stays from step to step, in [0, 1].
    eps : float
        Added under the roots, at least 0: its root is the size of the first steps.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    M. D. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv:1212.5701, 2012.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0], requires_grad=True)
    >>> optimizer = optim.Adadelta([x], eps=0.01)
    >>> (x * 1000).sum().backward()
    >>> optimizer.step()  # 0.1 / sqrt(1 - rho)
    >>> round(x.item(), 4)
    0.6838
    """

    rule = staticmethod(adadelta)

    def __init__(self, params: Parameters, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6,
                 weight_decay: float = 0.0, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        for name in ("rho", "eps", "weight_decay"):
            require(name, group[name], 0)
        if group["rho"] > 1:
            raise ValueError(f"rho must be in [0, 1], not {group['rho']!r}")

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"square_avg": 0.0, "acc_delta": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        rho = float(group["rho"])
        return {
            "lr": float(group["lr"]),
            "decay": rho,
            "gain": 1.0 - rho,
            "eps": float(group["eps"]),
            "weight_decay": float(group["weight_decay"]),
            "maximize": group["maximize"],
        }
