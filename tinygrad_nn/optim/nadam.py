"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from math import exp, expm1, log, sqrt
from typing import Any

from .optimizer import Optimizer, Parameters, require, require_betas
from .rules import follow, follow_square, penalized

__all__ = ["NAdam"]


def nadam(xp: Any, p: Any, g: Any, mean: Any, square: Any, *, mean_gain: float, square_decay: float,
          square_gain: float, mean_size: float, grad_size: float, eps: float, weight_decay: float,
          shrink: float | None, maximize: bool) -> None:  # fmt: skip
    """One update of `p`; the sizes and `eps` are such that they undo the bias of moments that begin at zero."""
    if shrink is not None:
        p *= shrink
    g = penalized(p, g, weight_decay, maximize)
    follow(mean, g, mean_gain)
    follow_square(square, g, square_decay, square_gain)
    d = xp.sqrt(square)
    d += eps
    p -= (mean_size * mean + grad_size * g) / d


def nadam_loop(p: Any, g: Any, mean: Any, square: Any, mean_gain: Any = 0.0, square_decay: Any = 0.0,
               square_gain: Any = 0.0, mean_size: Any = 0.0, grad_size: Any = 0.0, eps: Any = 0.0,
               weight_decay: Any = 0.0, shrink: Any = None, maximize: bool = False) -> None:  # fmt: skip
    """`nadam` one element after the other, in the same arithmetic."""
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
        p[i] = w - (mean_size * m + grad_size * d) / (sqrt(s) + eps)


class NAdam(Optimizer):
    r"""NAdam: Adam with Nesterov's momentum, which looks ahead by one step.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with m and v zero at first::

        mu(t) = beta1 * (1 - 0.96**(t * momentum_decay) / 2),   M(t) = mu(1) * ... * mu(t)
        g = g + weight_decay * p                      (with decoupled_weight_decay: p = p - lr * weight_decay * p)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g²
        n = mu(t+1) * m / (1 - M(t+1)) + (1 - mu(t)) * g / (1 - M(t))
        p = p - lr * n / (sqrt(v / (1 - beta2**t)) + eps)

    M is that of the betas as they are, also where a scheduler moves them (PyTorch multiplies what they were).

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
    momentum_decay : float
        How fast the momentum rises to `betas[0]`, at least 0.
    decoupled_weight_decay : bool
        Take weight decay from the parameter itself, as AdamW does.
    maximize : bool
        Ascend instead.

    References
    ----------
    T. Dozat, "Incorporating Nesterov Momentum into Adam", ICLR Workshop 2016.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0], requires_grad=True)
    >>> optimizer = optim.NAdam([x], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     ((x - 1) ** 2).sum().backward()
    ...     optimizer.step()
    >>> round(x.item(), 2)
    1.0
    """

    rule = staticmethod(nadam)
    loop = staticmethod(nadam_loop)

    def __init__(self, params: Parameters, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, momentum_decay: float = 4e-3,
                 decoupled_weight_decay: bool = False, *, maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require_betas(group)
        for name in ("eps", "weight_decay", "momentum_decay"):
            require(name, group[name], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"exp_avg": 0.0, "exp_avg_sq": 0.0}

    def _derived(self, group: dict[str, Any], step: int) -> dict[str, float]:
        return {"mu_product": _momentum_product(group["betas"][0], group["momentum_decay"], step)}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        beta1, beta2 = group["betas"]
        speed = group["momentum_decay"]
        decoupled = group["decoupled_weight_decay"]
        now, ahead = _momentum(beta1, speed, step), _momentum(beta1, speed, step + 1)
        product = _momentum_product(beta1, speed, step)
        root = sqrt(1.0 - beta2**step)
        return {
            "mean_gain": 1.0 - beta1,
            "square_decay": float(beta2),
            "square_gain": 1.0 - beta2,
            "mean_size": lr * root * ahead / (1.0 - product * ahead),
            "grad_size": lr * root * (1.0 - now) / (1.0 - product),
            "eps": float(group["eps"]) * root,
            "weight_decay": 0.0 if decoupled else decay,
            "shrink": 1.0 - lr * decay if decoupled and decay else None,
            "maximize": group["maximize"],
        }


def _momentum(beta: float, decay: float, step: int) -> float:
    """mu(t), the momentum in a step."""
    return beta * (1.0 - 0.5 * 0.96 ** (step * decay))


def _momentum_product(beta: float, decay: float, step: int) -> float:
    """M(t), the product of the momenta of all steps so far.

    With q = 0.96**decay the logarithm of each factor 1 - q**i / 2 is a power series in q**i. Summed over i = 1 ... t
    first, its powers are geometric series: Σ_n -(1/2)**n / n * (q**n + q**2n + ... + q**tn). So nothing has to be
    remembered from step to step.
    """
    rate = decay * log(0.96)  # log(q)
    logarithm = 0.0
    for n in range(1, 53):  # to the last bit of a float
        series = exp(n * rate) * expm1(n * step * rate) / expm1(n * rate) if rate else step
        logarithm -= 0.5**n / n * series
    return float(beta**step * exp(logarithm))
