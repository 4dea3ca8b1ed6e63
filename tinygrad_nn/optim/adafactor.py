"""Adafactor: Adam's steps with moments that are no larger than the edges of a matrix."""

from __future__ import annotations

from math import sqrt
from typing import Any

from ..backend.dtypes import finfo
from ..tensor import Tensor
from .optimizer import Optimizer, Parameters, require
from .rules import follow

__all__ = ["Adafactor"]


def adafactor(xp: Any, p: Any, g: Any, rows: Any, columns: Any, square: Any, *, size: float, gain: float,
              shrink: float | None, smallest: float | None, least: float, clip: float,
              maximize: bool) -> None:  # fmt: skip
    """One update of `p`; of matrices `rows` and `columns` are in use, of others `square`."""
    if maximize:
        g = -g
    if smallest is None:
        smallest = float(finfo(p.dtype).eps)
    step_size = size * xp.maximum(_root_mean_square(xp, p), least)
    if shrink is not None:
        p *= shrink
    if p.ndim > 1:
        follow(rows, _mean(xp, g * g, -1), gain)  # (..., m, 1)
        follow(columns, _mean(xp, g * g, -2), gain)  # (..., 1, n)
        variance = rows * columns / xp.maximum(_mean(xp, rows, -2), smallest)
    else:
        follow(square, g * g, gain)
        variance = square
    d = g / xp.sqrt(xp.maximum(variance, smallest * smallest))
    p -= (step_size / xp.maximum(_root_mean_square(xp, d) / clip, 1)) * d


def _mean(xp: Any, x: Any, axis: int) -> Any:
    """The mean along an axis, which stays; of nothing it is 0."""
    return xp.sum(x, axis=axis, keepdims=True) / max(x.shape[axis], 1)


def _root_mean_square(xp: Any, x: Any) -> Any:
    return xp.sqrt(xp.sum(x * x) / max(x.size, 1))


class Adafactor(Optimizer):
    r"""Adafactor: steps that adapt to each element, with a memory of one number for each row and column of a matrix.

    For a parameter p with gradient g (of its shape, (..., m, n)), in step t = 1, 2, ..., with r and c zero at first,
    and RMS for the root of the mean square of all elements::

        b = t**beta2_decay
        r = (1 - b) * r + b * mean(g², over the last axis)            (..., m, 1)
        c = (1 - b) * c + b * mean(g², over the last but one axis)    (..., 1, n)
        v = r * c / mean(r)                         (without a second axis: v = (1 - b) * v + b * g²)
        u = g / max(sqrt(v), eps1)
        p = p - lr * weight_decay * p
        p = p - max(eps2, RMS(p)) * min(lr, 1 / sqrt(t)) * u / max(1, RMS(u) / d)

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize, or groups of it (see `Optimizer`).
    lr : float
        Learning rate, at least 0: the largest step as a part of the parameter's size.
    beta2_decay : float
        How the weight of a new gradient falls, at most 0.
    eps : (float or None, float)
        eps1 (None is the precision of the dtype) and eps2, the size that small parameters are taken to have; at least
        0.
    d : float
        The largest root mean square of a direction, at least 1.
    weight_decay : float
        Part of each element that a step with a learning rate of 1 takes away, at least 0.
    maximize : bool
        Ascend instead.

    References
    ----------
    N. Shazeer and M. Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", ICML 2018.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.ones((100, 50), requires_grad=True)
    >>> optimizer = optim.Adafactor([x], lr=0.25)
    >>> x.sum().backward()
    >>> optimizer.step()
    >>> sorted({moment.shape for moment in optimizer.state[x].values() if isinstance(moment, tg.Tensor)})
    [(0,), (1, 50), (100, 1)]
    >>> round(x[0, 0].item(), 4)
    0.75
    """

    rule = staticmethod(adafactor)
    elementwise = False

    def __init__(self, params: Parameters, lr: float = 1e-2, beta2_decay: float = -0.8,
                 eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
                 maximize: bool = False) -> None:  # fmt: skip
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "maximize": maximize,
        })  # fmt: skip

    def _check(self, group: dict[str, Any]) -> None:
        super()._check(group)
        require("beta2_decay", group["beta2_decay"], float("-inf"))
        if group["beta2_decay"] > 0:
            raise ValueError(f"beta2_decay must be at most 0, not {group['beta2_decay']!r}")
        if not isinstance(group["eps"], (tuple, list)) or len(group["eps"]) != 2:
            raise TypeError(f"eps must be a pair, not {group['eps']!r}")
        for n, value in enumerate(group["eps"]):
            if n or value is not None:
                require(f"eps[{n}]", value, 0)
        require("d", group["d"], 1)
        require("weight_decay", group["weight_decay"], 0)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"row_var": 0.0, "col_var": 0.0, "variance": 0.0}

    def _moment_shape(self, name: str, p: Tensor) -> tuple[int, ...]:
        """Of what a parameter does not need, it has none: (0,)."""
        if p.ndim < 2:
            return p.shape if name == "variance" else (0,)
        return {"row_var": (*p.shape[:-1], 1), "col_var": (*p.shape[:-2], 1, p.shape[-1]), "variance": (0,)}[name]

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        lr, decay = float(group["lr"]), float(group["weight_decay"])
        smallest, least = group["eps"]
        return {
            "size": min(lr, 1.0 / sqrt(step)),
            "gain": float(step ** group["beta2_decay"]),
            "shrink": 1.0 - lr * decay if decay else None,
            "smallest": None if smallest is None else float(smallest),
            "least": float(least),
            "clip": float(group["d"]),
            "maximize": group["maximize"],
        }

    def _saved_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        saved = super()._saved_state(p, group)
        return {name: value for name, value in saved.items() if name == "step" or value.shape != (0,)}

    def _loaded_state(self, n: int, saved: dict[str, Any], p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        nothing: dict[str, Any] = {name: [] for name in self._moments(group) if self._moment_shape(name, p) == (0,)}
        return super()._loaded_state(n, nothing | saved if saved else saved, p, group)
