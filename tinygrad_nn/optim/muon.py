"""Muon: steps along the orthogonal matrix that is nearest to the momentum."""

from __future__ import annotations

from math import sqrt
from typing import Any

from .optimizer import Optimizer, Parameters, require
from .rules import follow

__all__ = ["Muon"]


def muon(xp: Any, p: Any, g: Any, velocity: Any, *, step_size: float, shrink: float, momentum: float, gain: float,
         nesterov: bool, a: float, b: float, c: float, eps: float, iterations: int, matched: bool) -> None:  # fmt: skip
    """One update of `p`, of shape (rows, columns)."""
    follow(velocity, g, gain)
    direction = g + momentum * (velocity - g) if nesterov else velocity
    rows, columns = p.shape
    tall = rows > columns
    x = _orthogonalized(xp, direction.mT if tall else direction, a, b, c, eps, iterations)
    factor = 0.2 * sqrt(max(rows, columns)) if matched else sqrt(max(1.0, rows / columns))
    p *= shrink
    p -= (step_size * factor) * (x.mT if tall else x)


def _orthogonalized(xp: Any, x: Any, a: float, b: float, c: float, eps: float, iterations: int) -> Any:
    """About U Vᵀ of x = U S Vᵀ, wide or square: each iteration takes every singular value s to a s + b s³ + c s⁵."""
    x = x / xp.maximum(xp.sqrt(xp.sum(x * x)), eps)
    for _ in range(iterations):
        gram = x @ x.mT  # (rows, rows), the shorter side
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x


class Muon(Optimizer):
    r"""Muon: every step is an orthogonal matrix, the one nearest to the momentum, so that it changes all directions.

    For a parameter p, a matrix with gradient g (of its shape), with m zero at first::

        m = momentum * m + (1 - momentum) * g
        d = momentum * m + (1 - momentum) * g             (without nesterov: d = m)
        p = p - lr * weight_decay * p
        p = p - lr * s * O(d)

    O divides by the Frobenius norm and iterates ``x = a x + b (x xᵀ) x + c (x xᵀ)² x``, which takes the singular values
    to about 1. s is ``sqrt(max(1, rows / columns))``, or ``0.2 * sqrt(max(rows, columns))``.

    It is for the weights of hidden layers; give biases, embeddings and the last layer to another optimizer. PyTorch
    computes O in bfloat16, here it is done in the dtype of the parameter.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`); tensors of two dimensions.
    lr : float
        Learning rate, at least 0.
    weight_decay : float
        Part of each element that a step with a learning rate of 1 takes away, at least 0.
    momentum : float
        How much of the mean gradient stays from step to step, at least 0.
    nesterov : bool
        Look ahead along the momentum.
    ns_coefficients : (float, float, float)
        a, b and c.
    eps : float
        The smallest norm that is divided by.
    ns_steps : int
        How many iterations, from 0 to 99.
    adjust_lr_fn : {None, "original", "match_rms_adamw"}
        The first s, also for None, or the second, with which learning rates are those of AdamW.

    References
    ----------
    K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024.
    J. Liu et al., "Muon is Scalable for LLM Training", arXiv:2502.16982, 2025 (match_rms_adamw).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.zeros((2, 2), requires_grad=True)
    >>> optimizer = optim.Muon([x], lr=1.0)
    >>> (x * tg.asarray([[100.0, 0.0], [0.0, -20.0]])).sum().backward()
    >>> optimizer.step()  # both directions count about the same
    >>> [round(x[i, i].item(), 1) for i in range(2)]
    [-0.7, 0.8]
    """

    rule = staticmethod(muon)
    elementwise = False

    def __init__(self, params: Parameters, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
                 nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
                 eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        for name in ("weight_decay", "momentum", "eps"):
            require(name, group[name], 0)
        require("ns_steps", group["ns_steps"], 0, 100)
        coefficients = group["ns_coefficients"]
        if not isinstance(coefficients, (tuple, list)) or len(coefficients) != 3:
            raise TypeError(f"ns_coefficients must be three numbers, not {coefficients!r}")
        name = group["adjust_lr_fn"]
        if name not in (None, "original", "match_rms_adamw"):
            raise ValueError(f'adjust_lr_fn must be None, "original" or "match_rms_adamw", not {name!r}')

    def _check_parameter(self, p: Any, place: int) -> None:
        super()._check_parameter(p, place)
        if p.ndim != 2:
            raise ValueError(
                f"Muon: parameter {place} has shape {p.shape}; wanted are matrices, give others to another optimizer"
            )

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"momentum_buffer": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        lr, momentum = float(group["lr"]), float(group["momentum"])
        a, b, c = map(float, group["ns_coefficients"])
        return {
            "step_size": lr,
            "shrink": 1.0 - lr * group["weight_decay"],
            "momentum": momentum,
            "gain": 1.0 - momentum,
            "nesterov": group["nesterov"],
            "a": a, "b": b, "c": c,
            "eps": float(group["eps"]),
            "iterations": group["ns_steps"],
            "matched": group["adjust_lr_fn"] == "match_rms_adamw",
        }  # fmt: skip
