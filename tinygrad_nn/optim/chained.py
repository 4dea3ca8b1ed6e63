"""Several learning-rate schedules at once."""

from __future__ import annotations

from collections.abc import Sequence

from .optimizer import Optimizer
from .schedulers import LRScheduler
from .sequential import Schedulers

__all__ = ["ChainedScheduler"]


class ChainedScheduler(Schedulers):
    """Follow several schedules at once: the first rate of each group, times what each makes of it.

    For a group with the first rate ``base``, to which the schedulers alone would give lr1, lr2, ...::

        lr = base * (lr1 / base) * (lr2 / base) * ...

    Parameters
    ----------
    schedulers : sequence of LRScheduler
        All of one optimizer.
    optimizer : Optimizer or None
        None is that of the schedulers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> warm_up = optim.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> decay = optim.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = optim.ChainedScheduler([warm_up, decay])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates.append(optimizer.param_groups[0]["lr"])
    ...     scheduler.step()
    >>> rates
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if not schedulers:
            raise ValueError("ChainedScheduler: schedulers is empty; give at least one")
        super().__init__(schedulers[0].optimizer if optimizer is None else optimizer, schedulers)
        self._move_to(0)

    def step(self) -> None:
        """Go on by one step."""
        self._refuse_recording()
        self.last_epoch += 1
        self._move_to(self.last_epoch)

    def _move_to(self, step: int) -> None:
        rates = [*self.base_lrs]
        for scheduler in self.schedulers:
            scheduler.move_to(step)
            for place, (base, rate) in enumerate(zip(self.base_lrs, scheduler.get_last_lr())):
                rates[place] *= rate / base if base else 1.0
        for group, rate in zip(self.optimizer.param_groups, rates):
            group["lr"] = rate
