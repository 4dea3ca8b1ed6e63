"""Lookahead: an optimizer goes ahead for some steps, then the weights go a part of the way after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..autograd.apply import make
from ..backend import NAMESPACES
from ..tensor import Tensor
from .optimizer import Optimizer, require

__all__ = ["Lookahead"]


def lookahead(xp: Any, p: Any, g: Any, slow: Any, *, alpha: float, due: bool) -> None:
    """Where it is `due`, let `slow` follow `p` and `p` go on from there."""
    if due:
        d = p - slow
        d *= alpha
        slow += d
        p[...] = slow


class Lookahead(Optimizer):
    r"""Lookahead: let another optimizer go ahead for k steps, then follow it for a part of the way.

    For a parameter p, with slow weights s that are p in the beginning, after every k-th step of the other optimizer::

        s = s + alpha * (p - s)
        p = s

    Parameters
    ----------
    optimizer : Optimizer
        That which goes ahead. Its groups are the groups here, so learning rates are set in either.
    k : int
        Steps that it goes ahead, at least 1.
    alpha : float
        How far the weights follow, from 0 to 1.

    References
    ----------
    M. R. Zhang, J. Lucas, G. Hinton and J. Ba, "Lookahead Optimizer: k steps forward, 1 step back", NeurIPS 2019.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> x = tg.asarray([0.0], requires_grad=True)
    >>> optimizer = optim.Lookahead(optim.SGD([x], lr=1.0), k=2, alpha=0.5)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (-x).sum().backward()
    ...     optimizer.step()  # to 1, to 2, and back to half of it
    >>> x.item()
    1.0
    """

    rule = staticmethod(lookahead)

    def __init__(self, optimizer: Optimizer, k: int = 5, alpha: float = 0.5) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"Lookahead: optimizer must be an Optimizer, not a {type(optimizer).__name__}")
        require("k", k, 1)
        require("alpha", alpha, 0)
        if alpha > 1:
            raise ValueError(f"alpha must be from 0 to 1, not {alpha!r}")
        self.optimizer = optimizer
        self.k = k
        self.alpha = alpha
        self.defaults = optimizer.defaults
        self.param_groups = optimizer.param_groups
        self.state: dict[Tensor, dict[str, Any]] = {}
        for p in self._parameters():
            self._start(p)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Optimize more parameters, from now on."""
        self.optimizer.add_param_group(group)
        for p in self.param_groups[-1]["params"]:
            self._start(p)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Let the other optimizer make a step, and follow it where it is time; see `Optimizer.step`."""
        loss = self.optimizer.step(closure)
        super().step()
        return loss

    def _start(self, p: Tensor) -> None:
        self.state[p] = {"step": 0, "slow": make(NAMESPACES[type(p.array)].copy(p.array))}

    def _check(self, group: dict[str, Any]) -> None:
        self.optimizer._check(group)

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        return {"slow": 0.0}

    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        return {"alpha": float(self.alpha), "due": step % self.k == 0}

    def state_dict(self) -> dict[str, Any]:
        """The slow weights, and under ``"optimizer"`` the state of the other optimizer."""
        return super().state_dict() | {"optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state.

        Raises
        ------
        ValueError
            It does not fit the parameters, here or in the other optimizer; nothing is changed.
        """
        if "optimizer" not in state_dict:
            raise ValueError("Lookahead: the saved state has no 'optimizer'; was it saved by another optimizer?")
        before = self.state, [*self.param_groups]
        super().load_state_dict(state_dict)
        try:
            self.optimizer.load_state_dict(state_dict["optimizer"])
        except ValueError:
            self.state, self.param_groups[:] = before
            raise
