"""Learning-rate schedulers: the learning rate of each group as a function of the number of steps.

Every rate is computed from the group's first one in closed form, so that rounding does not add up. A scheduler
therefore sets the rate, whatever others did to it; to follow one schedule by another use `SequentialLR`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..autograd.modes import current_mode
from ..backend.errors import TraceError
from ..backend.memory import user_line
from .optimizer import Optimizer, require

__all__ = ["LRScheduler", "LambdaLR", "MultiStepLR", "Scheduler", "StepLR", "per_group", "require_momentum",
           "require_positive", "set_momentum"]  # fmt: skip


class Scheduler:
    """What all schedulers have in common: an optimizer, the learning rates it started with, and a state to save.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set. Each group's first rate is kept in it as ``"initial_lr"``.

    Attributes
    ----------
    base_lrs : list of float
        The first rate of each group; groups added later keep their own rate.
    last_epoch : int
        How often `step` was called.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> isinstance(scheduler, optim.Scheduler), scheduler.get_last_lr()
    (True, [1.0])
    >>> scheduler.step()
    >>> saved = scheduler.state_dict()
    >>> scheduler.load_state_dict(saved)
    >>> scheduler.last_epoch
    1
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__}: optimizer must be an Optimizer, not a {type(optimizer).__name__}")
        self.optimizer = optimizer
        self.base_lrs = [float(group.setdefault("initial_lr", group["lr"])) for group in optimizer.param_groups]
        self.last_epoch = 0

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group, as it is now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All that the scheduler is and knows, but for the optimizer: numbers, and lists and dictionaries of them."""
        return {name: value for name, value in vars(self).items() if name not in self._unsaved}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state. The optimizer's own state holds the learning rates.

        Raises
        ------
        ValueError
            It is the state of another kind of scheduler; nothing is changed.
        """
        wanted = vars(self).keys() - self._unsaved
        missing, unknown = sorted(wanted - state_dict.keys()), sorted(state_dict.keys() - wanted)
        if missing or unknown:
            raise ValueError(
                f"{type(self).__name__}: the saved state lacks {missing} and has the unknown {unknown}; "
                "was it saved by another scheduler?"
            )
        vars(self).update(state_dict)

    def _refuse_recording(self) -> None:
        """Raise where a program is recorded: it reads learning rates anew in each run, but would not set them."""
        if current_mode().recorder is not None:
            raise TraceError(
                f"{user_line()}: {type(self).__name__}.step() would be done once, while tracing, and not in each run "
                "of the program; call it outside of the traced function, whose runs read the learning rate anew"
            )

    _unsaved = frozenset(("optimizer",))


class LRScheduler(Scheduler, ABC):
    """The base of schedulers whose rates follow from the number of steps; derive from it and define `_rate`.

    Making one sets the rates of step 0. Call `step` after the optimizer's, once an epoch or once a batch.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> class HarmonicLR(optim.LRScheduler):
    ...     def _rate(self, step, base, place):
    ...         return base / (step + 1)
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = HarmonicLR(optimizer)
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer) -> None:
        super().__init__(optimizer)
        self.move_to(0)

    @abstractmethod
    def _rate(self, step: int, base: float, place: int) -> float:
        """The rate after `step` steps of the group at `place`, which started with `base`."""

    def step(self) -> None:
        """Go on by one step."""
        self._refuse_recording()
        self.move_to(self.last_epoch + 1)

    def move_to(self, step: int) -> None:
        """Set the rates that the groups have after `step` steps."""
        for place, (group, base) in enumerate(zip(self.optimizer.param_groups, self.base_lrs)):
            group["lr"] = self._rate(step, base, place)
        self.last_epoch = step


class LambdaLR(LRScheduler):
    """Any factor: ``lr = base * lr_lambda(t)`` after t steps.

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
    >>> scheduler = optim.LambdaLR(optimizer, lambda t: 1 / (1 + t))
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    _unsaved = frozenset(("optimizer", "lr_lambdas"))

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | list[Callable[[int], float]]) -> None:
        self.lr_lambdas = per_group("lr_lambda", lr_lambda, optimizer)
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return base * float(self.lr_lambdas[place](step))


class StepLR(LRScheduler):
    """A factor every so many steps: ``lr = base * gamma ** (t // step_size)`` after t steps.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    step_size : int
        Steps from factor to factor, at least 1.
    gamma : float
        The factor, at least 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(4):
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1) -> None:
        require("step_size", step_size, 1)
        require("gamma", gamma, 0)
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return float(base * self.gamma ** (step // self.step_size))


class MultiStepLR(LRScheduler):
    """A factor at each milestone: ``lr = base * gamma ** k`` when k milestones have been reached.

    Parameters
    ----------
    optimizer : Optimizer
        Whose groups' ``"lr"`` is set.
    milestones : iterable of int
        Numbers of steps.
    gamma : float
        The factor, at least 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> optimizer = optim.SGD([tg.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = optim.MultiStepLR(optimizer, milestones=[1, 3], gamma=0.5)
    >>> for _ in range(3):
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1) -> None:
        require("gamma", gamma, 0)
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer)

    def _rate(self, step: int, base: float, place: int) -> float:
        return float(base * self.gamma ** bisect_right(self.milestones, step))


def per_group(name: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """One value for each group: the same for all, unless there is a list of them."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"{name} has {len(value)} values, the optimizer has {groups} groups; give one for each")
    return list(value)


def require_positive(name: str, value: Any) -> None:
    """Raise where a number is not above 0."""
    require(name, value, 0)
    if value == 0:
        raise ValueError(f"{name} must be above 0")


def require_momentum(name: str, optimizer: Optimizer) -> None:
    """Raise where an optimizer has no momentum that a scheduler could move."""
    if not {"momentum", "betas"} & optimizer.defaults.keys():
        raise ValueError(
            f"{name}: {type(optimizer).__name__} has neither momentum nor betas; pass cycle_momentum=False"
        )


def set_momentum(group: dict[str, Any], momentum: float) -> None:
    """Give a group another momentum, by whatever name it has it."""
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
