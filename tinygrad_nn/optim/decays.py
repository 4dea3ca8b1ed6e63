"""Learning rates that change smoothly: exponential, inverse-time, cosine, linear."""

from __future__ import annotations

from math import cos, pi

from .optimizer import Optimizer, require
from .schedulers import LRScheduler, require_positive

__all__ = ["CosineAnnealingLR", "ExponentialDecayLR", "ExponentialLR", "InverseTimeLR", "LinearLR"]


class ExponentialLR(LRScheduler):
    """A factor at each step: ``lr = base * gamma ** t`` after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    gamma : float
        The factor, at least 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.ExponentialLR(optimizer, gamma=0.5)
    >>> for _ in range(3):
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float) -> None:
        require("gamma", gamma, 0)
        self.gamma = gamma
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return float(base * self.gamma**step)


class ExponentialDecayLR(LRScheduler):
    """Exponential decay over a span of steps: ``lr = base * rate ** (t / decay_steps)`` after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    rate : float
        The factor after `decay_steps` steps, at least 0.
    decay_steps : float
        Above 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.ExponentialDecayLR(optimizer, rate=0.25, decay_steps=2)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, rate: float, decay_steps: float) -> None:
        require("rate", rate, 0)
        require_positive("decay_steps", decay_steps)
        self.rate = rate
        self.decay_steps = decay_steps
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return float(base * self.rate ** (step / self.decay_steps))


class InverseTimeLR(LRScheduler):
    """Decay with the inverse of time: ``lr = base / (1 + rate * t / decay_steps)`` after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    rate : float
        At least 0; with 1, the learning rate has halved after `decay_steps` steps.
    decay_steps : float
        Above 0.

    References
    ----------
    H. Robbins and S. Monro, "A Stochastic Approximation Method", 1951: such rates make the noise die out.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.InverseTimeLR(optimizer, rate=1.0)
    >>> for _ in range(3):
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, rate: float, decay_steps: float = 1.0) -> None:
        require("rate", rate, 0)
        require_positive("decay_steps", decay_steps)
        self.rate = rate
        self.decay_steps = decay_steps
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return float(base / (1.0 + self.rate * step / self.decay_steps))


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the first rate to the last one::

        lr = eta_min + (base - eta_min) * (1 + cos(pi * t / T_max)) / 2

    after t steps; beyond `T_max` steps it rises again.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    T_max : int
        Steps until the lowest rate, at least 1.
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
    >>> scheduler = optim.CosineAnnealingLR(optimizer, T_max=10)
    >>> for _ in range(10):
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0) -> None:
        require("T_max", T_max, 1)
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return self.eta_min + (base - self.eta_min) * (1.0 + cos(pi * step / self.T_max)) / 2.0


class LinearLR(LRScheduler):
    """A straight line between two factors, such as a warm-up::

        lr = base * (start_factor + (end_factor - start_factor) * min(t, total_iters) / total_iters)

    after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    start_factor : float
        In step 0, at least 0.
    end_factor : float
        From step `total_iters` on, at least 0.
    total_iters : int
        At least 1.

    Examples
    --------
    A warm-up over three steps, and then a cosine:

    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> warm_up = optim.LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> cosine = optim.CosineAnnealingLR(optimizer, T_max=3)
    >>> scheduler = optim.SequentialLR(optimizer, [warm_up, cosine], milestones=[3])
    >>> rates = []
    >>> for _ in range(6):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     scheduler.step()
    >>> rates
    [0.25, 0.5, 0.75, 1.0, 0.75, 0.25]
    """

    def __init__(self, optimizer: Optimizer, start_factor: float = 1.0 / 3.0, end_factor: float = 1.0,
                 total_iters: int = 5) -> None:  # fmt: skip
        require("start_factor", start_factor, 0)
        require("end_factor", end_factor, 0)
        require("total_iters", total_iters, 1)
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        part = min(step, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * part)
