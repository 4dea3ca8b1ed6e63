"""Adam, and AdamW, whose weight decay is apart from the gradient."""

from __future__ import annotations

from math import sqrt
from typing import Any, ClassVar

from .optimizer import Optimizer, Parameters, require, require_betas
from .rules import follow, follow_square, penalized

__all__ = ["Adam", "AdamW"]


def adam(xp: Any, p: Any, g: Any, mean: Any, square: Any, largest: Any = None, *, mean_gain: float, square_decay: float,
         square_gain: float, step_size: float, eps: float, weight_decay: float, shrink: float | None,
         maximize: bool) -> None:  # fmt: skip
    """One update of `p`; `step_size` and `eps` are such that they undo the bias of moments that begin at zero."""
    if shrink is not None:
        p *= shrink
    g = penalized(p, g, weight_decay, maximize)
    follow(mean, g, mean_gain)
    follow_square(square, g, square_decay, square_gain)
    if largest is not None:
        largest[...] = xp.maximum(largest, square)
        square = largest
    d = xp.sqrt(square)
    d += eps
    d = mean / d
    d *= step_size
    p -= d


def adam_loop(p: Any, g: Any, mean: Any, square: Any, largest: Any = None, mean_gain: Any = 0.0,
              square_decay: Any = 0.0, square_gain: Any = 0.0, step_size: Any = 0.0, eps: Any = 0.0,
              weight_decay: Any = 0.0, shrink: Any = None, maximize: bool = False) -> None:  # fmt: skip
    """`adam` one element after the other, in the same arithmetic."""
    for i in range(p.size):
        w, d, m = p[i], g[i], mean[i]
        if maximize:
            d = -d
        if shrink is not None:
            w *= shrink
        if weight_decay:
            d += weight_decay * w
        m += (d - m) * mean_gain
        s = square[i] * square_decay + d * d * square_gain
        mean[i], square[i] = m, s
        if largest is not None:
            if largest[i] > s or largest[i] != largest[i]:
                s = largest[i]
            largest[i] = s
        p[i] = w - m / (sqrt(s) + eps) * step_size


class _Adam(Optimizer):
    """What Adam and AdamW share: all but the way of weight decay."""

    rule = staticmethod(adam)
    loop = staticmethod(adam_loop)
    decoupled: ClassVar[bool]  # whether weight decay is apart from the gradient

    def __init__(self, params: Parameters, lr: float, betas: tuple[float, float], eps: float, weight_decay: float,
                 amsgrad: bool, maximize: bool) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require_betas(group)
        require("eps", group["eps"], 0)
        require("weight_decay", group["weight_decay"], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        moments = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
        return moments | {"max_exp_avg_sq": 0.0} if group["amsgrad"] else moments

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        lr = float(group["lr"])
        beta1, beta2 = group["betas"]
        decay = float(group["weight_decay"])
        return {
            "mean_gain": 1.0 - beta1,
            "square_decay": float(beta2),
            "square_gain": 1.0 - beta2,
            # sqrt(v / c) + eps is (sqrt(v) + eps * sqrt(c)) / sqrt(c): one pass over the arrays less
            "step_size": lr / (1.0 - beta1**step) * sqrt(1.0 - beta2**step),
            "eps": float(group["eps"]) * sqrt(1.0 - beta2**step),
            "weight_decay": 0.0 if self.decoupled else decay,
            "shrink": 1.0 - lr * decay if self.decoupled and decay else None,
            "maximize": group["maximize"],
        }


class Adam(_Adam):
    r"""Adam: steps whose size adapts to each element's gradients.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with m and v zero at first::

        g = g + weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g²
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    With `amsgrad` the largest v so far takes the place of v in the last line.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0: about the largest change of an element in one step.
    betas : (float, float)
        How much of the means of gradients and of their squares stays from step to step, in [0, 1).
    eps : float
        Added to the root, at least 0.
    weight_decay : float
        Weight of the penalty ``weight_decay / 2 * (p * p).sum()``, at least 0.
    amsgrad : bool
        Never let steps grow again.
    maximize : bool
        Ascend instead.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.
    S. J. Reddi, S. Kale and S. Kumar, "On the Convergence of Adam and Beyond", ICLR 2018 (amsgrad).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([3.0], requires_grad=True)
    >>> optimizer = optim.Adam([x], lr=0.1)
    >>> for _ in range(300):
    ...     optimizer.zero_grad()
    ...     ((x - 1) ** 2).sum().backward()
    ...     optimizer.step()
    >>> round(x.item(), 2)
    1.0
    """

    decoupled = False

    def __init__(self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0, amsgrad: bool = False, *,
                 maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize)


class AdamW(_Adam):
    r"""Adam with weight decay that is no part of the gradient, so it does not adapt.

    For a parameter p with gradient g (of its shape), in step t = 1, 2, ..., with m and v zero at first::

        p = p - lr * weight_decay * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g²
        p = p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

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
        Part of each element that a step with a learning rate of 1 takes away, at least 0.
    amsgrad : bool
        Never let steps grow again.
    maximize : bool
        Ascend instead.

    References
    ----------
    I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([1.0], requires_grad=True)
    >>> optimizer = optim.AdamW([x], lr=0.5, weight_decay=0.5)
    >>> (x * 0).sum().backward()
    >>> optimizer.step()  # no gradient: weight decay alone
    >>> x.item()
    0.75
    """

    decoupled = True

    def __init__(self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
                 maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize)
