"""`WindowedStopping`: end a training that stalls, by comparing the last epochs with those before them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import fmean
from typing import TYPE_CHECKING, Any

from .callbacks import Callback
from .monitor import Monitor

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["WindowedStopping"]


class WindowedStopping(Callback):
    """Stop when the best of the last epochs is hardly better than the mean of those before: it forgives oscillations.

    After each epoch, from epoch `warm_up` on, with w the window and v the values of the quantity::

        stalled = min(v[-w:]) > mean(v[-2*w:-w]) - tolerance

    A stalled training ends where a scheduler sets its learning rate. A constant rate is lowered first, again and again
    until it is at most `lowest_rate`, and each time gets a window of epochs to show what it can do.

    The weights stay those of the last epoch; ``EarlyStopping(patience=None)`` beside it restores the best ones.

    Parameters
    ----------
    monitor : str
        The quantity, as the history calls it.
    tolerance : float
        By how much the last epochs must be better; the greater, the sooner the training ends.
    window : int
        How many epochs to compare with as many before them.
    warm_up : int
        The first epoch after which the training may end.
    factor : float
        What a constant learning rate is multiplied with.
    lowest_rate : float
        From where on a constant learning rate is not lowered any more.
    mode : {"min", "max"}, optional
        Whether small or large is good; by default, large unless the name ends in "loss" or "error".

    Attributes
    ----------
    lowered_after : list of int
        The epochs after which the learning rate was lowered, counted from the beginning of `fit`.

    References
    ----------
    N. Dainese, "Implementation of a Neural Network in pure Python", section II.C.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.data import make_noisy_function
    >>> from tinygrad_nn.train import Trainer, WindowedStopping
    >>> x, y = make_noisy_function(60, generator=tg.Generator(0))
    >>> model = nn.Linear(1, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> trainer = Trainer(model, nn.MSELoss(), optimizer)
    >>> stopping = WindowedStopping("loss", tolerance=1e-2, window=5, warm_up=10, factor=0.1, lowest_rate=1e-2)
    >>> trainer.fit((x, y), epochs=500, callbacks=[stopping], verbose=False).epochs < 100
    True
    >>> len(stopping.lowered_after), round(optimizer.param_groups[0]["lr"], 6)
    (1, 0.01)
    """

    def __init__(
        self, monitor: str = "val_loss", tolerance: float = 0.0, *, window: int = 20, warm_up: int = 100,
        factor: float = 0.5, lowest_rate: float = 1e-4, mode: str | None = None,
    ) -> None:  # fmt: skip
        if tolerance < 0:
            raise ValueError(f"WindowedStopping: tolerance is {tolerance}, wanted at least 0")
        if window < 1:
            raise ValueError(f"WindowedStopping: window is {window}, wanted at least 1")
        if warm_up < 0:
            raise ValueError(f"WindowedStopping: warm_up is {warm_up}, wanted at least 0")
        if not 0 < factor < 1:
            raise ValueError(f"WindowedStopping: factor is {factor}, wanted between 0 and 1")
        if not lowest_rate > 0:
            raise ValueError(f"WindowedStopping: lowest_rate is {lowest_rate}, wanted above 0")
        self.monitor = monitor
        self.tolerance = tolerance
        self.window = window
        self.warm_up = warm_up
        self.factor = factor
        self.lowest_rate = lowest_rate
        self.mode = mode
        self._monitor = Monitor("WindowedStopping", monitor, mode)
        self._forget()

    def _forget(self) -> None:
        self.lowered_after: list[int] = []
        self._values: list[float] = []

    def on_fit_start(self, trainer: Trainer) -> None:
        self._forget()

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        value = self._monitor.value(logs)
        self._values.append(math.inf if math.isnan(value) else value)
        if not self._stalled():
            return
        limit = self.lowest_rate * (1 + 1e-9)  # for rounding: 0.1 * 0.1 is above 0.01
        groups = [group for group in trainer.optimizer.param_groups if group["lr"] > limit]
        if trainer.scheduler is None and groups:
            for group in groups:
                group["lr"] *= self.factor
            self.lowered_after.append(len(self._values))
        else:
            trainer.stop(f"{self.monitor} of the last {self.window} epochs is hardly better than before")

    def _stalled(self) -> bool:
        epochs = len(self._values)
        tried = epochs - self.lowered_after[-1] if self.lowered_after else epochs  # with the rate as it is
        if epochs < max(self.warm_up, 2 * self.window) or tried < self.window:
            return False
        before, last = self._values[-2 * self.window : -self.window], self._values[-self.window :]
        return min(last) > fmean(before) - self.tolerance

    def state_dict(self) -> dict[str, Any]:
        return {"values": [*self._values], "lowered_after": [*self.lowered_after]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._values = list(state["values"])
        self.lowered_after = list(state["lowered_after"])
