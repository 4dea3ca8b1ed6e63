"""Metrics: figures of merit, of whole arrays (functions) or gathered batch by batch (classes).

What is gathered stays on the device until `compute`, so that a metric does not make a GPU wait after each batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import ops
from ..autograd.modes import no_grad
from ..backend.dtypes import is_floating
from ..tensor import Tensor

__all__ = [
    "Accuracy", "ConfusionMatrix", "Metric", "R2Score", "TopKAccuracy", "accuracy", "confusion_matrix", "r2_score",
    "top_k_accuracy",
]  # fmt: skip


class Metric(ABC):
    """A figure of merit, gathered over batches: `reset`, then `update` with each, then `compute`.

    Attributes
    ----------
    name : str
        What the figure is called in a history.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import Metric
    >>> class LargestError(Metric):
    ...     name = "largest_error"
    ...     def reset(self):
    ...         self.value = 0.0
    ...     def update(self, predictions, targets):
    ...         self.value = max(self.value, (predictions - targets).abs().max().item())
    ...     def compute(self):
    ...         return self.value
    >>> metric = LargestError()
    >>> metric.reset()
    >>> metric.update(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0]))
    >>> metric.compute()
    2.0
    """

    name: str

    @abstractmethod
    def reset(self) -> None:
        """Forget what was gathered."""

    @abstractmethod
    def update(self, predictions: Tensor, targets: Tensor) -> None:
        """Take in a batch."""

    @abstractmethod
    def compute(self) -> Any:
        """Return the figure over all batches since `reset`."""


class _Share(Metric):
    """The share of samples that are right in some sense."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.reset()

    def reset(self) -> None:
        self._right: Tensor | None = None
        self._count = 0

    @no_grad()
    def update(self, predictions: Tensor, targets: Tensor) -> None:
        right = self._is_right(predictions, targets)
        number = ops.sum(right)
        self._right = number if self._right is None else self._right + number
        self._count += right.size

    @abstractmethod
    def _is_right(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Tell for each sample whether it is right."""

    def compute(self) -> float:
        """Return the share; NaN if there was no sample."""
        return float("nan") if self._right is None or not self._count else self._right.item() / self._count


class Accuracy(_Share):
    """The share of samples whose class is predicted right.

    Parameters
    ----------
    threshold : float, optional
        For yes-or-no predictions of the targets' shape: from where on they mean yes, 0 for logits, 0.5 for
        probabilities. Without it, predictions have an axis of classes, (N, C, ...), and the largest counts.
    name : str
        What it is called in a history.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import Accuracy
    >>> metric = Accuracy()
    >>> metric.update(tg.asarray([[0.1, 0.9], [0.8, 0.2]]), tg.asarray([1, 1]))
    >>> metric.update(tg.asarray([[0.3, 0.7], [0.6, 0.4]]), tg.asarray([1, 0]))
    >>> metric.compute()
    0.75
    """

    def __init__(self, *, threshold: float | None = None, name: str = "accuracy") -> None:
        super().__init__(name)
        self.threshold = threshold

    def _is_right(self, predictions: Tensor, targets: Tensor) -> Tensor:
        if self.threshold is None:
            return _classes(predictions) == _true_classes(predictions, targets)
        if predictions.shape != targets.shape:
            raise ValueError(
                f"Accuracy: predictions have shape {predictions.shape}, targets {targets.shape}; with a threshold, "
                "they must be the same"
            )
        return (predictions >= self.threshold) == (targets > 0.5 if is_floating(targets.dtype) else targets != 0)


class TopKAccuracy(_Share):
    """The share of samples whose class is among the `k` largest predictions.

    Parameters
    ----------
    k : int
        How many count.
    name : str, optional
        What it is called in a history; by default ``top_5_accuracy`` and so on.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import TopKAccuracy
    >>> metric = TopKAccuracy(2)
    >>> metric.update(tg.asarray([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]), tg.asarray([1, 2]))
    >>> metric.compute()
    0.5
    """

    def __init__(self, k: int, *, name: str | None = None) -> None:
        if k < 1:
            raise ValueError(f"TopKAccuracy: k is {k}, wanted at least 1")
        super().__init__(name or f"top_{k}_accuracy")
        self.k = k

    def _is_right(self, predictions: Tensor, targets: Tensor) -> Tensor:
        if predictions.ndim < 2 or predictions.shape[1] < self.k:
            raise ValueError(f"TopKAccuracy: predictions have shape {predictions.shape}; wanted (N, C), C >= {self.k}")
        best = ops.top_k(predictions, self.k, axis=1).indices
        hits = best == ops.expand_dims(_true_classes(predictions, targets), 1)
        right: Tensor = ops.any(hits, axis=1)
        return right


class ConfusionMatrix(Metric):
    """How often samples of one class (row) are taken for another (column).

    The classes are counted on the host, which a GPU has to wait for: meant for evaluation.

    Parameters
    ----------
    num_classes : int, optional
        The number of classes; by default that of the predictions' class axis.
    name : str
        What it is called.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import ConfusionMatrix
    >>> metric = ConfusionMatrix()
    >>> metric.update(tg.asarray([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), tg.asarray([1, 1, 0]))
    >>> metric.compute()
    array([[0, 1],
           [1, 1]])
    """

    def __init__(self, num_classes: int | None = None, *, name: str = "confusion_matrix") -> None:
        self.name = name
        self.num_classes = num_classes
        self.reset()

    def reset(self) -> None:
        self._counts: NDArray[np.int64] | None = None

    @no_grad()
    def update(self, predictions: Tensor, targets: Tensor) -> None:
        predicted, true = (
            classes.numpy().ravel() for classes in (_classes(predictions), _true_classes(predictions, targets))
        )
        size = self.num_classes or predictions.shape[1]
        for found, what in ((true, "targets"), (predicted, "predictions")):
            if found.size and not (found.min() >= 0 and found.max() < size):
                raise ValueError(
                    f"ConfusionMatrix: {what} run from {found.min()} to {found.max()}; wanted are 0 to {size - 1}"
                )
        counts = np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)
        self._counts = counts if self._counts is None else self._counts + counts

    def compute(self) -> NDArray[np.int64]:
        """Return the counts, shape (C, C)."""
        if self._counts is None:
            size = self.num_classes or 0
            return np.zeros((size, size), np.int64)
        return self._counts


class R2Score(Metric):
    """The coefficient of determination, ``1 - sum((y - p)**2) / sum((y - mean(y))**2)``, averaged over outputs.

    Gathered in float64 by Chan's rule for merging variances, which does not cancel. A target that is constant
    gives 1 where it is met exactly and 0 otherwise, as scikit-learn does.

    Parameters
    ----------
    name : str
        What it is called in a history.

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", 1979.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import R2Score
    >>> metric = R2Score()
    >>> metric.update(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 2.0]))
    >>> metric.update(tg.asarray([3.0, 3.0]), tg.asarray([3.0, 4.0]))
    >>> metric.compute()
    0.8
    """

    def __init__(self, *, name: str = "r2") -> None:
        self.name = name
        self.reset()

    def reset(self) -> None:
        self._count = 0
        self._mean: Any = 0.0  # of the targets, one an output
        self._spread: Any = 0.0  # sum of squared deviations from it
        self._residual: Any = 0.0  # sum of squared errors

    @no_grad()
    def update(self, predictions: Tensor, targets: Tensor) -> None:
        if predictions.shape != targets.shape or not targets.shape:
            raise ValueError(
                f"R2Score: predictions have shape {predictions.shape}, targets {targets.shape}; wanted is the same, "
                "(N,) or (N, outputs)"
            )
        count = targets.shape[0]
        if not count:
            return
        p, y = (x.astype(np.float64).reshape(count, -1) for x in (predictions, targets))
        mean = y.mean(axis=0)
        total = self._count + count
        shift = mean - self._mean
        self._spread = self._spread + ((y - mean) ** 2).sum(axis=0) + shift * shift * (self._count * count / total)
        self._mean = self._mean + shift * (count / total)
        self._residual = self._residual + ((y - p) ** 2).sum(axis=0)
        self._count = total

    def compute(self) -> float:
        """Return the score; NaN if there were fewer than two samples."""
        if self._count < 2:
            return float("nan")
        spread, residual = self._spread.numpy(), self._residual.numpy()
        varied = spread > 0
        scores = np.where(varied, 1 - residual / np.where(varied, spread, 1), np.where(residual > 0, 0.0, 1.0))
        return float(scores.mean())


def accuracy(predictions: Tensor, targets: Tensor, *, threshold: float | None = None) -> float:
    """Return the share of samples whose class is predicted right; see `Accuracy`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import accuracy
    >>> accuracy(tg.asarray([[0.1, 0.9], [0.8, 0.2]]), tg.asarray([1, 1]))
    0.5
    """
    return float(_of_all(Accuracy(threshold=threshold), predictions, targets))


def top_k_accuracy(predictions: Tensor, targets: Tensor, k: int) -> float:
    """Return the share of samples whose class is among the `k` largest predictions; see `TopKAccuracy`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import top_k_accuracy
    >>> top_k_accuracy(tg.asarray([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]]), tg.asarray([1, 2]), k=2)
    0.5
    """
    return float(_of_all(TopKAccuracy(k), predictions, targets))


def confusion_matrix(predictions: Tensor, targets: Tensor, num_classes: int | None = None) -> NDArray[np.int64]:
    """Count how often samples of one class (row) are taken for another (column); see `ConfusionMatrix`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import confusion_matrix
    >>> confusion_matrix(tg.asarray([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]), tg.asarray([1, 1, 0]))
    array([[0, 1],
           [1, 1]])
    """
    counts: NDArray[np.int64] = _of_all(ConfusionMatrix(num_classes), predictions, targets)
    return counts


def r2_score(predictions: Tensor, targets: Tensor) -> float:
    """Return the coefficient of determination; see `R2Score`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train import r2_score
    >>> r2_score(tg.asarray([1.0, 2.0, 3.0, 3.0]), tg.asarray([1.0, 2.0, 3.0, 4.0]))
    0.8
    """
    return float(_of_all(R2Score(), predictions, targets))


def _of_all(metric: Metric, predictions: Tensor, targets: Tensor) -> Any:
    metric.update(predictions, targets)
    return metric.compute()


def _classes(predictions: Tensor) -> Tensor:
    """The class of the largest prediction, (N, C, ...) -> (N, ...)."""
    if predictions.ndim < 2:
        raise ValueError(
            f"predictions have shape {predictions.shape}; wanted is an axis of classes, (N, C, ...), or threshold= "
            "for yes-or-no predictions"
        )
    return predictions.argmax(axis=1)


def _true_classes(predictions: Tensor, targets: Tensor) -> Tensor:
    """Targets as class indices (N, ...): as they are, or the largest of probabilities (N, C, ...)."""
    if targets.shape == predictions.shape:
        return targets.argmax(axis=1)
    if targets.shape != predictions.shape[:1] + predictions.shape[2:]:
        raise ValueError(
            f"predictions have shape {predictions.shape}, targets {targets.shape}; wanted are class indices of shape "
            f"{predictions.shape[:1] + predictions.shape[2:]}, or probabilities of the predictions' shape"
        )
    return targets
