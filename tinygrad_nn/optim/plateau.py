"""A learning rate that falls when a metric stops improving."""

from __future__ import annotations

from math import inf
from typing import Any

from .optimizer import Optimizer, require
from .schedulers import Scheduler, per_group

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(Scheduler):
    """Multiply the rate by a factor when a metric has not improved for more than `patience` steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    mode : {"min", "max"}
        Whether the metric is to fall or to rise.
    factor : float
        In [0, 1).
    patience : int
        Steps without improvement that are let pass.
    threshold : float
        By how much a value must be better than the best one to count.
    threshold_mode : {"rel", "abs"}
        Whether that is a part of the best value, or a difference.
    cooldown : int
        Steps after a reduction in which nothing is counted.
    min_lr : float or list of float
        The lowest rate, of all groups or of each.
    eps : float
        Changes of the rate that are not above this are left out.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10,
                 threshold: float = 1e-4, threshold_mode: str = "rel", cooldown: int = 0,
                 min_lr: float | list[float] = 0.0, eps: float = 1e-8) -> None:  # fmt: skip
        if mode not in ("min", "max"):
            raise ValueError(f'mode must be "min" or "max", not {mode!r}')
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f'threshold_mode must be "rel" or "abs", not {threshold_mode!r}')
        require("factor", factor, 0, 1)
        super().__init__(optimizer)
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = per_group("min_lr", min_lr, optimizer)
        self.eps = eps
        self.best = inf if mode == "min" else -inf
        self.num_bad_epochs = 0
        self.cooldown_counter = 0

    def step(self, metrics: Any) -> None:
        """Take note of the metric's value, a number or a tensor with one element, and reduce the rate if it is time."""
        self._refuse_recording()
        value = float(metrics)
        self.last_epoch += 1
        if self._is_better(value):
            self.best = value
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0

    def _is_better(self, value: float) -> bool:
        sign = -1.0 if self.mode == "min" else 1.0
        margin = sign * self.threshold
        bound = self.best * (1.0 + margin) if self.threshold_mode == "rel" else self.best + margin
        return value < bound if self.mode == "min" else value > bound

    def _reduce(self) -> None:
        for group, lowest in zip(self.optimizer.param_groups, self.min_lrs):
            rate = max(group["lr"] * self.factor, lowest)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate
