"""A loss with the linear layer before it."""

from __future__ import annotations

from math import prod
from typing import Any

from ... import backend
from ...tensor import Tensor
from .. import functional as F
from ..linear import Linear
from .loss import Loss

__all__ = ["LinearCrossEntropyLoss"]


class LinearCrossEntropyLoss(Loss):
    """Cross-entropy of what a linear layer of its own makes of the input: see `functional.linear_cross_entropy`.

    Parameters
    ----------
    in_features, num_classes : int
        Sizes of the inputs and of the logits.
    out_features : tuple of int
        The axes (d1, ...) of several predictions from each input.
    bias : bool
        Whether the linear layer has one.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    weight : Tensor or None
        Of each class: shape (C,); a buffer.
    ignore_index : int or None
        Target indices that do not count; None is -100.
    label_smoothing : float
        From 0 to 1: how much of the target probability is spread evenly over all classes.
    batch_chunk_size : int or None
        How many inputs are taken at a time, so that the logits of the others take no memory; None for all.
    generator : Generator or None
        Where the parameters are drawn; None is the default one of the device.
    device : str or None
        Where they are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    linear : Linear
        From `in_features` to ``num_classes * prod(out_features)``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> loss = nn.LinearCrossEntropyLoss(16, 1000, batch_chunk_size=8)
    >>> loss(tg.ones((32, 16)), tg.zeros(32, dtype=tg.int64)).backward()
    >>> loss.linear.weight.grad.shape
    (1000, 16)
    """

    weight: Tensor | None

    def __init__(self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False,
                 reduction: str = "mean", weight: Tensor | None = None, ignore_index: int | None = None,
                 label_smoothing: float = 0.0, batch_chunk_size: int | None = None,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.batch_chunk_size = batch_chunk_size
        outputs = prod(self.out_features, start=num_classes)
        self.linear = Linear(in_features, outputs, bias, generator=generator, device=device, dtype=dtype)

    def forward(self, input: Any, target: Any) -> Tensor:
        """Inputs of shape (N, in_features) or (in_features,), with what `functional.linear_cross_entropy` takes."""
        shape, bias = (self.num_classes, *self.out_features), self.linear.bias
        return F.linear_cross_entropy(
            input, self.linear.weight.reshape((*shape, self.linear.in_features)), target,
            linear_bias=None if bias is None else bias.reshape(shape), weight=self.weight, reduction=self.reduction,
            ignore_index=self.ignore_index, label_smoothing=self.label_smoothing,
            batch_chunk_size=self.batch_chunk_size,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"num_classes={self.num_classes}, out_features={self.out_features}, {super().extra_repr()}, "
            f"ignore_index={self.ignore_index}, label_smoothing={self.label_smoothing}, "
            f"batch_chunk_size={self.batch_chunk_size}"
        )
