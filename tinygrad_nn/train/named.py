"""The losses, optimizers, activations and metrics that `Sequential.compile` knows by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .. import nn, ops, optim
from ..nn import functional as F
from ..tensor import Tensor
from .classifier import ACTIVATIONS as OF_CLASSIFIERS
from .metrics import Accuracy, Metric, R2Score

__all__ = [
    "ACTIVATIONS", "LOSSES", "METRICS", "OPTIMIZERS", "OutputAccuracy", "Rule", "categorical_cross_entropy",
    "sparse_binary_cross_entropy",
]  # fmt: skip

LEAST = 1e-30  # of a probability whose logarithm is taken: float32 can still divide by it


def categorical_cross_entropy(probabilities: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of categorical distributions given by probabilities, as a softmax layer gives them.

    ``-mean(sum(t * log(p), axis=1))``; probabilities that do not sum to 1 are divided by their sum.

    Parameters
    ----------
    probabilities : Tensor
        Shape (N, C).
    target : Tensor
        Class indices of shape (N,), or probabilities (one-hot vectors) of shape (N, C).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train.named import categorical_cross_entropy
    >>> p = tg.asarray([[0.5, 0.25, 0.25]])
    >>> round(categorical_cross_entropy(p, tg.asarray([0])).item(), 4)
    0.6931
    >>> round(categorical_cross_entropy(p, tg.asarray([[0.0, 0.0, 1.0]])).item(), 4)
    1.3863
    """
    return F.cross_entropy(ops.log(ops.maximum(probabilities, LEAST)), target)


def sparse_binary_cross_entropy(probabilities: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy of each output with whether it is that of the class.

    Parameters
    ----------
    probabilities : Tensor
        Shape (N, C), each from 0 to 1, as a sigmoid gives them; or (N, 1), that of class 1 rather than 0.
    target : Tensor of int
        Class indices, shape (N,).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train.named import sparse_binary_cross_entropy
    >>> round(sparse_binary_cross_entropy(tg.asarray([[0.5, 0.5]]), tg.asarray([1])).item(), 4)
    0.6931
    """
    if probabilities.ndim != 2 or target.shape != probabilities.shape[:1]:
        raise ValueError(
            f"sparse_binary_crossentropy: outputs have shape {probabilities.shape}, targets {target.shape}; wanted "
            "are (N, classes) and class indices (N,)"
        )
    hot = ops.expand_dims(target, 1) if probabilities.shape[1] == 1 else F.one_hot(target, probabilities.shape[1])
    return F.binary_cross_entropy(probabilities, hot.astype(probabilities.dtype))


class OutputAccuracy(Accuracy):
    """`Accuracy` of as many outputs as there are classes, or of a single one: class 1 from a half on.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.train.named import OutputAccuracy
    >>> metric = OutputAccuracy()
    >>> metric.update(tg.asarray([[0.9], [0.2], [0.3]]), tg.asarray([1, 0, 1]))
    >>> round(metric.compute(), 4)
    0.6667
    """

    def __init__(self) -> None:
        super().__init__()
        self._single = Accuracy(threshold=0.5)

    def _is_right(self, predictions: Tensor, targets: Tensor) -> Tensor:
        if predictions.ndim == 2 and predictions.shape[1] == 1:
            return self._single._is_right(predictions, targets.reshape(-1, 1))
        return super()._is_right(predictions, targets)


class Rule(NamedTuple):
    """An optimizer, and how many samples make a batch of it unless `fit` says so.

    Examples
    --------
    >>> from tinygrad_nn.train.named import OPTIMIZERS
    >>> OPTIMIZERS["gd"].make is OPTIMIZERS["sgd"].make, OPTIMIZERS["sgd"].batch_size
    (True, 1)
    """

    make: Callable[..., optim.Optimizer]
    batch_size: int | None
    """None for all samples together."""


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "binary_crossentropy": F.binary_cross_entropy,
    "categorical_crossentropy": categorical_cross_entropy,
    "mae": F.l1_loss,
    "mse": F.mse_loss,
    "rmse": F.rmse_loss,
    "sparse_binary_crossentropy": sparse_binary_cross_entropy,
    "sparse_categorical_crossentropy": categorical_cross_entropy,
    "sparse_categorical_crossentropy_softmax": F.cross_entropy,  # of scores: it applies the softmax itself
}

# Gradient descent by all samples, by one after the other, and by mini-batches; Adam.
OPTIMIZERS = {"gd": Rule(optim.SGD, None), "sgd": Rule(optim.SGD, 1), "mgd": Rule(optim.SGD, 32),
              "adam": Rule(optim.Adam, 32)}  # fmt: skip

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    **OF_CLASSIFIERS, "identity": nn.Identity, "softmax": partial(nn.Softmax, axis=-1)
}  # fmt: skip

METRICS: dict[str, Callable[[], Metric]] = {"accuracy": OutputAccuracy, "r2": R2Score}


def named(what: str, name: str, table: dict[str, Any]) -> Any:
    """What has a name in one of these tables."""
    if name not in table:
        raise ValueError(f"Sequential: {what} is {name!r}, wanted one of {', '.join(sorted(table))}")
    return table[name]
