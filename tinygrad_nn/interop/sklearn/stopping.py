"""Stopping by a score on samples that were held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...train import EarlyStopping, Trainer

__all__ = ["ScoreStopping"]


class ScoreStopping(EarlyStopping):
    """Stop when a score no longer rises, and go back to the weights with the best one.

    Parameters
    ----------
    score : callable
        Measures it, after each epoch.
    patience : int, optional
        How many epochs without a better score to wait; None waits for ever.
    tol : float
        How much better counts as better.

    Attributes
    ----------
    scores : list of float
        One for each epoch.
    """

    def __init__(self, score: Callable[[], float], patience: int | None, tol: float) -> None:
        super().__init__("validation_score", patience, tol)
        self.score = score
        self.scores: list[float] = []

    def on_epoch_end(self, trainer: Trainer, epoch: int, logs: Mapping[str, float]) -> None:
        self.scores.append(self.score())
        super().on_epoch_end(trainer, epoch, {**logs, self.monitor: self.scores[-1]})
