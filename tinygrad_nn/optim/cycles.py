"""Learning rates that go up and down again and again."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi

from .optimizer import Optimizer, require
from .schedulers import LRScheduler, per_group, require_momentum, require_positive, set_momentum

__all__ = ["CosineAnnealingWarmRestarts", "CyclicLR"]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the first rate to the last one, again and again::

        lr = eta_min + (base - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2

    where T_cur steps have passed since the last restart, and T_i steps lie between it and the next one.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    T_0 : int
        Steps until the first restart, at least 1.
    T_mult : int
        By what the steps from restart to restart grow, at least 1.
    eta_min : float
        The lowest rate.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> rates = []
    >>> for _ in range(7):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 2))
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.85, 0.5, 0.15, 1.0]
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0) -> None:
        require("T_0", T_0, 1)
        require("T_mult", T_mult, 1)
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        passed, length = step, self.T_0
        if self.T_mult == 1:
            passed %= length
        while passed >= length:
            passed, length = passed - length, length * self.T_mult
        return self.eta_min + (base - self.eta_min) * (1.0 + cos(pi * passed / length)) / 2.0


class CyclicLR(LRScheduler):
    """Straight lines from `base_lr` to `max_lr` and back, again and again, with momentum the other way round.

    Call `step` once a batch.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set, and ``"momentum"`` or the first of ``"betas"``.
    base_lr, max_lr : float or list of float
        The lowest and the highest rate, of all groups or of each.
    step_size_up : int
        Steps of a rise, at least 1.
    step_size_down : int or None
        Steps of a fall, at least 1; None is as many.
    mode : {"triangular", "triangular2", "exp_range"}
        Cycles that are all as high, each half as high as the one before, or as high as ``gamma ** t``.
    gamma : float
        For "exp_range".
    scale_fn : callable or None
        The height instead: of the number of the cycle, from 1 on, or of the number of steps.
    scale_mode : {"cycle", "iterations"}
        Which of the two `scale_fn` is given.
    cycle_momentum : bool
        Also move the momentum between `max_momentum`, where the rate is lowest, and `base_momentum`.
    base_momentum, max_momentum : float or list of float
        In [0, 1), of all groups or of each.

    References
    ----------
    L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> scheduler = optim.CyclicLR(optimizer, base_lr=0.0, max_lr=1.0, step_size_up=2, mode="triangular2")
    >>> rates = []
    >>> for _ in range(8):
    ...     rates.append(optimizer.param_groups[0]["lr"])
    ...     scheduler.step()
    >>> rates
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.25, 0.5, 0.25]
    """

    _unsaved = frozenset(("optimizer", "scale_fn"))

    def __init__(self, optimizer: Optimizer, base_lr: float | list[float], max_lr: float | list[float],
                 step_size_up: int = 2000, step_size_down: int | None = None, mode: str = "triangular",
                 gamma: float = 1.0, scale_fn: Callable[[int], float] | None = None, scale_mode: str = "cycle",
                 cycle_momentum: bool = True, base_momentum: float | list[float] = 0.8,
                 max_momentum: float | list[float] = 0.9) -> None:  # fmt: skip
        require_positive("step_size_up", step_size_up)
        if step_size_down is not None:
            require_positive("step_size_down", step_size_down)
        if mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(f'mode must be "triangular", "triangular2" or "exp_range", not {mode!r}')
        if scale_mode not in ("cycle", "iterations"):
            raise ValueError(f'scale_mode must be "cycle" or "iterations", not {scale_mode!r}')
        if cycle_momentum:
            require_momentum("CyclicLR", optimizer)
        self.step_size_up = step_size_up
        self.step_size_down = step_size_up if step_size_down is None else step_size_down
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        self.lowest_lrs = [float(rate) for rate in per_group("base_lr", base_lr, optimizer)]
        self.max_lrs = [float(rate) for rate in per_group("max_lr", max_lr, optimizer)]
        self.base_momentums = per_group("base_momentum", base_momentum, optimizer)
        self.max_momentums = per_group("max_momentum", max_momentum, optimizer)
        for base, highest in zip(self.base_momentums, self.max_momentums):
            require("base_momentum", base, 0, 1)
            require("max_momentum", highest, 0, 1)
        super().__init__(optimizer)

    def move_to(self, step: int) -> None:
        """Set the rates and momenta that the groups have after `step` steps."""
        super().move_to(step)
        if self.cycle_momentum:
            height = self._height(step)
            for group, low, high in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums):
                set_momentum(group, high - (high - low) * height)

    def _rate(self, step: int, base: float, place: int) -> float:
        lowest = self.lowest_lrs[place]
        return lowest + (self.max_lrs[place] - lowest) * self._height(step)

    def _height(self, step: int) -> float:
        """Where the rate is between the lowest, 0, and the highest, 1."""
        length = self.step_size_up + self.step_size_down
        cycle, passed = step // length + 1, step % length
        part = passed / self.step_size_up if passed <= self.step_size_up else (length - passed) / self.step_size_down
        if self.scale_fn is not None:
            return part * float(self.scale_fn(cycle if self.scale_mode == "cycle" else step))
        return part * {"triangular": 1.0, "triangular2": 0.5 ** (cycle - 1), "exp_range": self.gamma**step}[self.mode]
