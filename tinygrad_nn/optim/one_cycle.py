"""The one-cycle policy: up to a large learning rate and down to a tiny one, with momentum the other way round."""

from __future__ import annotations

from math import cos, pi
from typing import Any

from .optimizer import Optimizer, require
from .schedulers import LRScheduler, per_group, require_momentum, require_positive, set_momentum

__all__ = ["OneCycleLR"]


class OneCycleLR(LRScheduler):
    """The one-cycle policy: the rate goes up to `max_lr` and then down to almost nothing, the momentum down and up.

    From ``max_lr / div_factor`` in step 0 to `max_lr` after the part `pct_start` of all steps, and from there to
    ``max_lr / div_factor / final_div_factor`` in the last one. Call `step` once a batch.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set, and ``"momentum"`` or the first of ``"betas"``.
    max_lr : float or list of float
        The highest rate, of all groups or of each.
    total_steps : int or None
        Steps of the whole cycle; None means ``epochs * steps_per_epoch``.
    epochs, steps_per_epoch : int or None
        Where `total_steps` is None.
    pct_start : float
        The part of all steps in which the rate rises, in [0, 1).
    anneal_strategy : {"cos", "linear"}
        The form of rise and fall.
    cycle_momentum : bool
        Also move the momentum between `max_momentum`, where the rate is lowest, and `base_momentum`.
    base_momentum, max_momentum : float or list of float
        In [0, 1), of all groups or of each.
    div_factor, final_div_factor : float
        Above 0.
    three_phase : bool
        Fall to the first rate as fast as it rose, and to the last one in the rest.

    Raises
    ------
    ValueError
        From `step`, after `total_steps` steps.

    References
    ----------
    L. N. Smith and N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
    arXiv:1708.07120, 2017.
    L. N. Smith, "A disciplined approach to neural network hyper-parameters: Part 1", arXiv:1803.09820, 2018.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=0.1, momentum=0.9)
    >>> scheduler = optim.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, pct_start=0.5)
    >>> rates = []
    >>> for _ in range(10):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 2))
    ...     scheduler.step()
    >>> rates
    [0.04, 0.18, 0.52, 0.86, 1.0, 0.9, 0.65, 0.35, 0.1, 0.0]
    """

    def __init__(self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
                 epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
                 anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float | list[float] = 0.85,
                 max_momentum: float | list[float] = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
                 three_phase: bool = False) -> None:  # fmt: skip
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or both epochs and steps_per_epoch")
            total_steps = epochs * steps_per_epoch
        require("total_steps", total_steps, 1)
        require("pct_start", pct_start, 0, 1)
        require_positive("div_factor", div_factor)
        require_positive("final_div_factor", final_div_factor)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f'anneal_strategy must be "cos" or "linear", not {anneal_strategy!r}')
        if cycle_momentum:
            require_momentum("OneCycleLR", optimizer)
        self.total_steps = total_steps
        self.max_lrs = [float(rate) for rate in per_group("max_lr", max_lr, optimizer)]
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.base_momentums = per_group("base_momentum", base_momentum, optimizer)
        self.max_momentums = per_group("max_momentum", max_momentum, optimizer)
        for base, highest in zip(self.base_momentums, self.max_momentums):
            require("base_momentum", base, 0, 1)
            require("max_momentum", highest, 0, 1)
        first = 1.0 / div_factor
        last = first / final_div_factor
        # Each phase: its last step, and the rate (as a part of max_lr) and momentum (0 base, 1 max) it ends with.
        turn = pct_start * total_steps - 1.0
        self.phases = [(0.0, first, 1.0), (turn, 1.0, 0.0)]
        if three_phase:
            self.phases.append((2.0 * turn, first, 1.0))
        self.phases.append((total_steps - 1.0, last, 1.0))
        super().__init__(optimizer)

    def move_to(self, step: int) -> None:
        """Set the rates and momenta that the groups have after `step` steps."""
        if step > self.total_steps:
            raise ValueError(
                f"OneCycleLR: step {step} of a cycle of {self.total_steps} steps; make it with a larger total_steps"
            )
        super().move_to(step)
        if self.cycle_momentum:
            for place, group in enumerate(self.optimizer.param_groups[: len(self.base_momentums)]):
                set_momentum(group, self._momentum(step, place))

    def _rate(self, step: int, base: float, place: int) -> float:
        start, end, part = self._phase(step)
        return self._between(start[1] * self.max_lrs[place], end[1] * self.max_lrs[place], part)

    def _momentum(self, step: int, place: int) -> float:
        start, end, part = self._phase(step)
        values = (self.base_momentums[place], self.max_momentums[place])
        return self._between(values[int(start[2])], values[int(end[2])], part)

    def _phase(self, step: int) -> tuple[Any, Any, float]:
        """The ends of the phase that `step` is in, and how far it is between them, from 0 to 1."""
        ends = self.phases[1:]
        n = next((n for n, end in enumerate(ends) if step <= end[0]), len(ends) - 1)
        start, end = self.phases[n], ends[n]
        span = end[0] - start[0]
        return start, end, min((step - start[0]) / span, 1.0) if span > 0 else 1.0

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * part
        return end + (start - end) / 2.0 * (1.0 + cos(pi * part))
