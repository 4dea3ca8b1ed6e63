"""What the estimators train by: a loss of weighted samples, and a penalty on the weights of the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ... import nn, ops
from ...nn import functional as F
from ...tensor import Tensor

__all__ = ["PENALTIES", "Objective", "cross_entropy", "squared_error"]

PENALTIES = {"l1": nn.l1_penalty, "l2": nn.l2_penalty}


def cross_entropy(output: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of logits (B, C), in the mean over the samples.

    `target` holds the places of the classes, (B,), or, for samples that have weights, (B, C): the weight of a sample in
    the place of its class, zeros elsewhere. Cross-entropy is linear in its target, so this weighs the samples.
    """
    return F.cross_entropy(output, target)


def squared_error(output: Tensor, target: Tensor) -> Tensor:
    """Squared error of outputs (B, K), in the mean over samples and outputs.

    `target` is (B, K), or, for samples that have weights, (B, K + 1) with these in the last column.
    """
    if target.shape == output.shape:
        return F.mse_loss(output, target)
    values, weights = target[:, :-1], target[:, -1:]
    error: Tensor = ops.mean(weights * ops.square(output - values))
    return error


class Objective:
    """A loss and, as another term of it, ``alpha`` times a penalty on some weights: the sum of their squares, or sizes.

    Parameters
    ----------
    loss : callable
        ``loss(output, target)`` gives one number.
    weights : sequence of Tensor
        What is penalised.
    penalty : {"l1", "l2"}
        The sum of absolute values, or of squares.
    alpha : float
        The factor; 0 for no penalty.
    """

    def __init__(self, loss: Callable[[Tensor, Tensor], Tensor], weights: Sequence[Tensor], penalty: str,
                 alpha: float) -> None:  # fmt: skip
        self.loss = loss
        self.weights = tuple(weights)
        self.penalty = PENALTIES[penalty]
        self.alpha = alpha

    def __call__(self, output: Tensor, target: Tensor) -> Tensor:
        loss = self.loss(output, target)
        return loss + self.alpha * self.penalty(self.weights) if self.alpha else loss
