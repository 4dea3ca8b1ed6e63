"""Averaging the weights of a model while it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..tensor import Tensor
from .callbacks import Callback

if TYPE_CHECKING:
    from ..nn import AveragedModel
    from .trainer import Trainer

__all__ = ["WeightAveraging"]


class WeightAveraging(Callback):
    """Let an averaged model take in the weights of the trained one; checkpoints hold it, too.

    Parameters
    ----------
    averaged : AveragedModel
        Made from the trained model.
    every : {"batch", "epoch"}
        After each update, as for exponential moving averages, or after each epoch, as for stochastic weight averaging.
    start_epoch : int
        The first epoch whose weights count.

    Examples
    --------
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.train import Trainer, WeightAveraging
    >>> x, y = make_blobs(60, centers=3)
    >>> model = nn.Linear(2, 3)
    >>> trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
    >>> averaged = nn.AveragedModel(model, avg_fn=nn.get_ema_avg_fn(0.9))
    >>> history = trainer.fit((x, y), epochs=3, callbacks=[WeightAveraging(averaged)], verbose=False)
    >>> averaged.n_averaged.item(), averaged.eval()(x[:5]).shape
    (6, (5, 3))
    """

    def __init__(self, averaged: AveragedModel, every: str = "batch", start_epoch: int = 1) -> None:
        if every not in ("batch", "epoch"):
            raise ValueError(f"WeightAveraging: every is {every!r}, wanted 'batch' or 'epoch'")
        self.averaged = averaged
        self.every = every
        self.start_epoch = start_epoch
        self._counts = False

    def on_epoch_start(self, trainer: Trainer, epoch: int) -> None:
        """Notice whether the epoch counts."""
        self._counts = epoch >= self.start_epoch

    def on_batch_end(self, trainer: Trainer, batch: int, loss: Tensor) -> None:
        """Take in the weights after an update."""
        if self._counts and self.every == "batch" and not trainer.pending:
            self.averaged.update_parameters(trainer.model)

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        """Take in the weights after an epoch."""
        if self._counts and self.every == "epoch":
            self.averaged.update_parameters(trainer.model)

    def state_dict(self) -> dict[str, Any]:
        """The averages."""
        return {"averaged": self.averaged.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over averages."""
        self.averaged.load_state_dict(state["averaged"])
