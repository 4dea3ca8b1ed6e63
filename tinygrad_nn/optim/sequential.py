"""Several learning-rate schedules, one after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from .optimizer import Optimizer
from .schedulers import LRScheduler, Scheduler

__all__ = ["Schedulers", "SequentialLR"]


class Schedulers(Scheduler):
    """What is made of several schedulers of one optimizer: it saves their states with its own."""

    _unsaved = frozenset(("optimizer", "schedulers"))

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler]) -> None:
        super().__init__(optimizer)
        name = type(self).__name__
        for place, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(
                    f"{name}: scheduler {place} is a {type(scheduler).__name__}; "
                    "wanted are schedulers whose rates follow from the number of steps"
                )
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"{name}: scheduler {place} was made for another optimizer")
        self.schedulers = list(schedulers)

    def state_dict(self) -> dict[str, Any]:
        """The state of this scheduler, and under ``"schedulers"`` those of the others."""
        return super().state_dict() | {"schedulers": [scheduler.state_dict() for scheduler in self.schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state.

        Raises
        ------
        ValueError
            It was saved by another kind of scheduler, or by one of other schedulers.
        """
        states = state_dict.get("schedulers", [])
        if len(states) != len(self.schedulers):
            raise ValueError(
                f"{type(self).__name__}: {len(states)} schedulers were saved, there are {len(self.schedulers)}"
            )
        super().load_state_dict({name: value for name, value in state_dict.items() if name != "schedulers"})
        for scheduler, state in zip(self.schedulers, states):
            scheduler.load_state_dict(state)


class SequentialLR(Schedulers):
    """Follow one schedule after another; each counts its own steps from 0.

    Parameters
    ----------
    optimizer : Optimizer
        That of all `schedulers`.
    schedulers : sequence of LRScheduler
        In order.
    milestones : sequence of int
        The numbers of steps after which the second, third, ... begins; one less than there are schedulers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> warm_up = optim.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = optim.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = optim.SequentialLR(optimizer, [warm_up, decay], milestones=[2])
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(optimizer.param_groups[0]["lr"])
    ...     scheduler.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None:
        super().__init__(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1 or list(milestones) != sorted(milestones):
            raise ValueError(
                f"SequentialLR: {len(schedulers)} schedulers need {len(schedulers) - 1} milestones that rise, "
                f"not {list(milestones)}"
            )
        self.milestones = list(milestones)
        self.schedulers[0].move_to(0)

    def step(self) -> None:
        """Go on by one step."""
        self._refuse_recording()
        self.last_epoch += 1
        place = bisect_right(self.milestones, self.last_epoch)
        begin = self.milestones[place - 1] if place else 0
        self.schedulers[place].move_to(self.last_epoch - begin)
