"""Losses of probabilities against probabilities: binary cross-entropy and Kullback-Leibler divergence."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...tensor import Tensor
from .reduction import REDUCTIONS, check_pair, check_within, reduced

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div"]


_NO_PROBABILITIES = (
    "binary_cross_entropy: the input has values that are not from 0 to 1 (or NaN); it takes probabilities, "
    "binary_cross_entropy_with_logits takes any numbers"
)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Tensor:
    """Cross-entropy of Bernoulli distributions given by probabilities.

    ``-target * log(input) - (1 - target) * log(1 - input)``, with logarithms that stop at -100, so it is finite.
    Prefer `binary_cross_entropy_with_logits`, which is exact for all logits.

    Parameters
    ----------
    input : Tensor
        Probabilities, from 0 to 1.
    target : Tensor
        Probabilities of the shape of `input`.
    weight : Tensor or None
        Of each loss, broadcast against `input`.
    reduction : str
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes differ, the reduction is unknown, or the input is not from 0 to 1.
    TypeError
        The target is not floating.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.binary_cross_entropy(tg.asarray([0.5, 1.0]), tg.asarray([0.0, 1.0]), reduction="none")
    Tensor([0.6931472, 0.       ], dtype=float32)
    """
    check_pair("binary_cross_entropy", input, target, reduction)
    check_within(input, 0, 1, ValueError(_NO_PROBABILITIES))
    if weight is None:
        loss: Tensor = ops.binary_cross_entropy(input, target, reduction=reduction)
        return loss
    return reduced(ops.binary_cross_entropy(input, target) * weight, reduction)


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, reduction: str = "mean",
                                     pos_weight: Any = None) -> Tensor:  # fmt: skip
    """Cross-entropy of Bernoulli distributions given by logits: `binary_cross_entropy` of their sigmoid.

    ``max(z, 0) - z * t + log(1 + exp(-abs(z)))``, finite and exact for all logits.

    Parameters
    ----------
    input : Tensor
        Logits.
    target : Tensor
        Probabilities of the shape of `input`.
    weight : Tensor or None
        Of each loss, broadcast against `input`.
    reduction : str
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``.
    pos_weight : Tensor or None
        Of the part of the loss with target 1, broadcast against `input`: more than 1 raises the recall.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes differ, or the reduction is unknown.
    TypeError
        The target is not floating.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.binary_cross_entropy_with_logits(tg.asarray([0.0, -1e4]), tg.asarray([1.0, 1.0]), reduction="none")
    Tensor([6.931472e-01, 1.000000e+04], dtype=float32)
    """
    check_pair("binary_cross_entropy_with_logits", input, target, reduction)
    if weight is None and pos_weight is None:
        loss: Tensor = ops.binary_cross_entropy_with_logits(input, target, reduction=reduction)
        return loss
    if pos_weight is None:
        losses = ops.binary_cross_entropy_with_logits(input, target)
    else:
        losses = (1 - target) * input + (1 + (pos_weight - 1) * target) * ops.softplus(-input, beta=1.0)
    if weight is not None:
        losses = losses * weight
    return reduced(losses, reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """Kullback-Leibler divergence of `target` from `input`: ``target * (log(target) - input)``.

    Parameters
    ----------
    input : Tensor
        Logarithms of probabilities.
    target : Tensor
        Probabilities of the shape of `input` (0 gives 0), or their logarithms.
    reduction : str
        ``"mean"`` over all elements, ``"batchmean"`` (the sum divided by the size of the first axis, if there is one:
        the divergence itself), ``"sum"``, or ``"none"``.
    log_target : bool
        Whether `target` has logarithms.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes differ, or the reduction is unknown.
    TypeError
        The target is not floating.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x = tg.log_softmax(tg.zeros((1, 2)), axis=1)
    >>> F.kl_div(x, tg.asarray([[0.0, 1.0]]), reduction="batchmean").item()
    0.6931471824645996
    """
    batchmean = reduction == "batchmean"
    if not batchmean and reduction not in REDUCTIONS:
        raise ValueError(f"kl_div: reduction={reduction!r}; wanted is 'mean', 'batchmean', 'sum' or 'none'")
    check_pair("kl_div", input, target, "sum" if batchmean else reduction)
    if log_target:
        losses = ops.exp(target) * (target - input)
    else:
        losses = target * (ops.log(ops.where(ops.equal(target, 0), 1.0, target)) - input)
    loss = reduced(losses, "sum" if batchmean else reduction)
    return loss / input.shape[0] if batchmean and input.ndim else loss
