"""Learning rates that are multiples of the first one: for a while, along a power, by products."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from .optimizer import Optimizer, require
from .schedulers import LRScheduler, per_group

__all__ = ["ConstantLR", "MultiplicativeLR", "PolynomialLR"]


class ConstantLR(LRScheduler):
    """A factor for the first steps: ``lr = base * factor`` while t < `total_iters`, then ``lr = base``.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    factor : float
        At least 0.
    total_iters : int
        Steps with the factor, at least 1.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> rates = []
    >>> for _ in range(3):
    ...     rates.append(optimizer.param_groups[0]["lr"])
    ...     scheduler.step()
    >>> rates
    [0.5, 0.5, 1.0]
    """

    def __init__(self, optimizer: Optimizer, factor: float = 1.0 / 3.0, total_iters: int = 5) -> None:
        require("factor", factor, 0)
        require("total_iters", total_iters, 1)
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return base * self.factor if step < self.total_iters else base


class PolynomialLR(LRScheduler):
    """Down to zero along a power: ``lr = base * (1 - min(t, total_iters) / total_iters) ** power`` after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    total_iters : int
        Steps until zero, at least 1.
    power : float
        Of the polynomial, at least 0; with 1 it is a straight line.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.PolynomialLR(optimizer, total_iters=4, power=2.0)
    >>> for _ in range(2):
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0) -> None:
        require("total_iters", total_iters, 1)
        require("power", power, 0)
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return float(base * (1.0 - min(step, self.total_iters) / self.total_iters) ** self.power)


class MultiplicativeLR(LRScheduler):
    """Any factor at each step: ``lr = base * lr_lambda(1) * ... * lr_lambda(t)`` after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    lr_lambda : callable, or list of one for each group
        Of the number of steps. Functions are not part of the saved state.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.MultiplicativeLR(optimizer, lambda t: 1 / (1 + t))
    >>> for _ in range(3):
    ...     scheduler.step()
    >>> round(scheduler.get_last_lr()[0], 4)  # 1 / 2 / 3 / 4
    0.0417
    """

    _unsaved = frozenset(("optimizer", "lr_lambdas"))

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list[Callable[[int], float]]) -> None:
        self.lr_lambdas = per_group("lr_lambda", lr_lambda, optimizer)
        self.products = [1.0] * len(self.lr_lambdas)
        super().__init__(optimizer)

    def move_to(self, step: int) -> None:
        """Set the rates that the groups have after `step` steps."""
        first = self.last_epoch + 1 if step > self.last_epoch else 1
        begun = self.products if first > 1 else [1.0] * len(self.lr_lambdas)
        self.products = [
            product * prod(float(function(t)) for t in range(first, step + 1))
            for product, function in zip(begun, self.lr_lambdas)
        ]
        super().move_to(step)

    def _rate(self, step: int, base: float, place: int) -> float:
        return base * self.products[place]
