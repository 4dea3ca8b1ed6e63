"""Callbacks: what happens during a training besides the training."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import ops
from ..tensor import Tensor
from .monitor import Monitor

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["Callback", "Checkpoint", "EarlyStopping", "HistoryCSV"]


class Callback:
    """Called by a Trainer at the turning points of `fit`; a subclass defines those that it cares for.

    Examples
    --------
    >>> from tinygrad_nn.train import Callback
    >>> class StopAtLoss(Callback):
    ...     def __init__(self, target):
    ...         self.target = target
    ...     def on_epoch_end(self, trainer, epoch, logs):
    ...         if logs["loss"] < self.target:
    ...             trainer.stop(f"the loss is below {self.target}")
    """

    def on_fit_start(self, trainer: Trainer) -> None:
        """Before the first epoch."""

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Before each epoch; they are counted from 1."""

    def on_batch_end(self, trainer: Trainer, batch: int, loss: Tensor) -> None:
        """After each step; reading `loss` makes a GPU wait."""

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        """After each epoch, its validation, and its entry in the history."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """At the end, also where an error or Ctrl-C is the end."""

    def state_dict(self) -> dict[str, Any]:
        """What to remember in a checkpoint: tensors, numbers, texts, and lists and dicts of them."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what another remembered; called after `on_fit_start`."""


class _Best:
    """The best value so far of one quantity."""

    def __init__(self, owner: str, monitor: str, mode: str | None, min_delta: float = 0.0) -> None:
        self.monitor = Monitor(owner, monitor, mode)
        self.min_delta = min_delta
        self.value = math.inf  # times the sign, so that less is better

    def improves(self, logs: Mapping[str, float]) -> bool:
        """Take in the value of an epoch; NaN is never better."""
        value = self.monitor.value(logs)
        if not value < self.value - self.min_delta:
            return False
        self.value = value
        return True


class EarlyStopping(Callback):
    """Stop when a quantity no longer gets better, and go back to the best weights.

    Parameters
    ----------
    monitor : str
        The quantity, as the history calls it.
    patience : int, optional
        How many epochs without a better value to wait; None waits for ever, and only the best weights are restored.
    min_delta : float
        How much better counts as better.
    mode : {"min", "max"}, optional
        Whether small or large is good; by default, large unless the name ends in "loss" or "error".
    restore_best_weights : bool
        Whether the model gets the weights of its best epoch at the end, however the training ends.

    Attributes
    ----------
    best_epoch : int or None
        The epoch with the best value.

    Examples
    --------
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.train import EarlyStopping, Trainer
    >>> x, y = make_blobs(60, centers=3)
    >>> model = nn.Linear(2, 3)
    >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
    >>> stopping = EarlyStopping("loss", patience=2)
    >>> history = trainer.fit((x, y), epochs=3, callbacks=[stopping], verbose=False)
    >>> stopping.best_epoch == history.best_epoch("loss")
    True
    """

    def __init__(
        self, monitor: str = "val_loss", patience: int | None = 10, min_delta: float = 0.0, *, mode: str | None = None,
        restore_best_weights: bool = True,
    ) -> None:  # fmt: skip
        if patience is not None and patience < 1:
            raise ValueError(f"EarlyStopping: patience is {patience}, wanted at least 1, or None to wait for ever")
        if min_delta < 0:
            raise ValueError(f"EarlyStopping: min_delta is {min_delta}, wanted at least 0")
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.mode = mode
        self.restore_best_weights = restore_best_weights
        self._forget()

    def _forget(self) -> None:
        self._best = _Best("EarlyStopping", self.monitor, self.mode, self.min_delta)
        self.best_epoch: int | None = None
        self._best_weights: dict[str, Tensor] = {}

    def on_fit_start(self, trainer: Trainer) -> None:
        self._forget()

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        if self._best.improves(logs):
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._best_weights = {name: ops.copy(x) for name, x in trainer.model.state_dict().items()}
        elif self.patience is not None and epoch - (self.best_epoch or 0) >= self.patience:
            trainer.stop(f"{self.monitor} has not improved for {self.patience} epochs")

    def on_fit_end(self, trainer: Trainer) -> None:
        if self._best_weights:
            trainer.model.load_state_dict(self._best_weights)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self._best.value, "best_epoch": self.best_epoch, "best_weights": self._best_weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._best.value = state["best"]
        self.best_epoch = state["best_epoch"]
        self._best_weights = state["best_weights"]


class Checkpoint(Callback):
    """Write a checkpoint after each epoch, or after each that is the best so far.

    The file has all that `Trainer.fit` needs to go on from it, and replaces the one before as a whole.

    Parameters
    ----------
    path : str or path-like
        The file.
    monitor : str
        What tells the best epoch.
    save_best_only : bool
        Whether to write the file only when `monitor` is better than ever.
    mode : {"min", "max"}, optional
        Whether small or large is good; by default, large unless the name ends in "loss" or "error".
    metadata : mapping, optional
        Anything that JSON can hold, to keep with it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.train import Checkpoint, Trainer, read_checkpoint
    >>> x, y = make_blobs(60, centers=3)
    >>> model = nn.Linear(2, 3)
    >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "last.safetensors"
    ...     history = trainer.fit((x, y), epochs=2, callbacks=[Checkpoint(path)], verbose=False)
    ...     read_checkpoint(path).history.epochs
    2
    """

    def __init__(
        self, path: str | os.PathLike[str], monitor: str = "val_loss", save_best_only: bool = False, *,
        mode: str | None = None, metadata: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.path = path
        self.monitor = monitor
        self.save_best_only = save_best_only
        self.mode = mode
        self.metadata = metadata
        self._best = _Best("Checkpoint", monitor, mode)

    def on_fit_start(self, trainer: Trainer) -> None:
        self._best = _Best("Checkpoint", self.monitor, self.mode)

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        if not self.save_best_only or self._best.improves(logs):
            trainer.save(self.path, metadata=self.metadata)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self._best.value}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._best.value = state["best"]


class HistoryCSV(Callback):
    """Write the history to a file after each epoch.

    Parameters
    ----------
    path : str or path-like
        The file, see `History.to_csv`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.train import HistoryCSV, Trainer
    >>> x, y = make_blobs(60, centers=3)
    >>> model = nn.Linear(2, 3)
    >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "history.csv"
    ...     history = trainer.fit((x, y), epochs=2, callbacks=[HistoryCSV(path)], verbose=False)
    ...     path.read_text().splitlines()[0]
    'epoch,loss,learning_rate,seconds'
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        trainer.history.to_csv(self.path)
