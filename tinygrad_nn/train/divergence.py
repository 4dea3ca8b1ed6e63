"""Noticing that a training has diverged: a loss or parameters that are no longer finite."""

from __future__ import annotations

import math

from .. import ops
from ..tensor import Tensor

__all__ = ["EpochLoss", "TrainingDiverged", "require_one_number"]


class TrainingDiverged(FloatingPointError):
    """The loss or the parameters are no longer finite.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.train import Trainer, TrainingDiverged
    >>> model = nn.Linear(1, 1)
    >>> trainer = Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1))
    >>> x = np.full((4, 1), np.nan, np.float32)
    >>> try:
    ...     trainer.fit((x, x), epochs=1, verbose=False)
    ... except TrainingDiverged as error:
    ...     print(str(error).split(";")[0])
    the loss is nan in epoch 1, batch 1
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; lower the learning rate, clip gradients (clip_norm=), or look for NaN in the data")


def require_one_number(loss: Tensor) -> None:
    """Raise where a loss has a shape."""
    if loss.shape != ():
        raise ValueError(f"loss= gave shape {loss.shape}; wanted is one number, the mean over the batch")


class EpochLoss:
    """The losses of an epoch, each checked to be finite.

    On the CPU each is read at once. A GPU would have to be waited for; there they are read many at a time.
    """

    def __init__(self, epoch: int, device: str) -> None:
        self._epoch = epoch
        self._window = 1 if device == "cpu" else 64
        self._unread: list[tuple[Tensor, int]] = []
        self._batches = 0
        self._total = 0.0
        self._count = 0

    def add(self, loss: Tensor, samples: int) -> None:
        """Take in the mean loss of a batch of so many samples."""
        require_one_number(loss)
        self._unread.append((loss.detach(), samples))
        if len(self._unread) >= self._window:
            self._read()

    def _read(self) -> None:
        values = ops.stack([loss for loss, _ in self._unread]).numpy() if len(self._unread) > 1 else None
        for i, (loss, samples) in enumerate(self._unread):
            value = loss.item() if values is None else float(values[i])
            self._batches += 1
            if not math.isfinite(value):
                raise TrainingDiverged(f"the loss is {value} in epoch {self._epoch}, batch {self._batches}")
            self._total += value * samples
            self._count += samples
        self._unread.clear()

    def mean(self) -> float:
        """The mean over all samples so far."""
        self._read()
        return self._total / self._count

    def status(self) -> str:
        """The mean so far in words, for a progress bar."""
        return f"loss {self._total / self._count:.4f}" if self._count else ""
