"""The loss of a sequence of labels whose places in the input are not known."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...backend.dtypes import is_floating
from ...creation import arange, asarray
from ...ops.ctc import ctc_loss as loss_of_padded
from ...tensor import Tensor
from .reduction import check_reduction, check_tensors, check_within, reduced

__all__ = ["ctc_loss"]


def ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0,
             reduction: str = "mean", zero_infinity: bool = False) -> Tensor:  # fmt: skip
    """Connectionist temporal classification: how unlikely sequences of labels are, spoken in any of the frames.

    In each frame one class is said. Repetitions are one label, and blanks are left out: ``aa-ab-`` says ``aab``. The
    loss is the negative logarithm of the probability of all that says the labels (Graves et al. 2006). Its gradient is
    that of the logarithms as they are; PyTorch's adds their exponentials, which `log_softmax` takes away again.

    Parameters
    ----------
    log_probs : Tensor
        Logarithms of the probabilities of classes, as `log_softmax` gives them: frames, sequences and classes of shape
        (T, N, C), or (T, C) for one sequence.
    targets : Tensor of int
        Labels: of shape (N, S), padded with anything; or those of all sequences one after the other, of shape
        (sum(target_lengths),).
    input_lengths, target_lengths : Tensor of int, or tuple or list of int
        Frames and labels of each sequence: shape (N,), or () for one.
    blank : int
        The class that is no label.
    reduction : str
        ``"mean"`` of the losses divided by the numbers of labels (at least 1), ``"sum"``, or ``"none"``.
    zero_infinity : bool
        Take 0 for the infinite loss of labels that do not fit into the frames; its gradient is 0 in any case.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of shape (N,), () for one sequence.

    Raises
    ------
    IndexError
        A label or the blank is no class.
    ValueError
        The shapes do not fit, a length is out of range, or the reduction is unknown.
    TypeError
        Targets or lengths are not of integers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> log_probs = tg.log_softmax(tg.zeros((4, 1, 3)), axis=2)
    >>> round(F.ctc_loss(log_probs, tg.asarray([[1, 2]]), (4,), (2,), reduction="sum").item(), 4)
    1.6864
    """
    check_tensors("ctc_loss", log_probs, targets)
    check_reduction("ctc_loss", reduction)
    if log_probs.ndim == 2:
        lengths = (_lengths("input", input_lengths, 1, log_probs), _lengths("target", target_lengths, 1, log_probs))
        loss = ctc_loss(log_probs[:, None], targets.reshape((1, -1)), *lengths, blank, reduction, zero_infinity)
        return loss[0] if reduction == "none" else loss
    if log_probs.ndim != 3 or not log_probs.shape[0] or not is_floating(log_probs.dtype):
        raise ValueError(
            f"ctc_loss: log_probs is {log_probs.dtype} of shape {log_probs.shape}; wanted are floats, (T, N, C) or "
            "(T, C), with a frame at least"
        )
    frames, n, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise IndexError(f"ctc_loss: blank={blank} is not from 0 to {classes - 1}")
    if targets.dtype.kind not in "iu":
        raise TypeError(f"ctc_loss: the targets are {targets.dtype}; labels are integers: use targets.astype(tg.int64)")
    input_lengths = _lengths("input", input_lengths, n, log_probs)
    target_lengths = _lengths("target", target_lengths, n, log_probs)
    if targets.ndim == 1:
        targets = _padded(targets, target_lengths)
    if targets.ndim != 2 or targets.shape[0] != n:
        raise ValueError(f"ctc_loss: the targets have shape {targets.shape}; wanted are {n} rows, or all in one")
    size = targets.shape[1]
    _check_lengths("input", input_lengths, frames)
    _check_lengths("target", target_lengths, size)
    inside = arange(size, device=log_probs.device) < target_lengths[:, None]  # (N, S)
    labels = ops.where(inside, targets, blank)
    check_within(labels, 0, classes - 1, IndexError(f"ctc_loss: the targets are not all from 0 to {classes - 1}"))

    losses: Tensor = loss_of_padded(log_probs, labels, input_lengths, target_lengths, blank=blank)
    if zero_infinity:
        losses = ops.where(ops.isinf(losses), 0, losses)
    if reduction == "mean":
        losses = losses / ops.astype(ops.maximum(target_lengths, 1), losses.dtype)
    return reduced(losses, reduction)


def _lengths(kind: str, lengths: Any, n: int, log_probs: Any) -> Any:
    """The lengths of n sequences as a tensor of integers."""
    tensor = lengths if isinstance(lengths, Tensor) else asarray(lengths, device=log_probs.device)
    if tensor.size and tensor.dtype.kind not in "iu":
        raise TypeError(f"ctc_loss: the {kind}_lengths are {tensor.dtype}; wanted are integers")
    if tensor.size != n:
        raise ValueError(f"ctc_loss: the {kind}_lengths have shape {tensor.shape}; wanted is one for each of {n}")
    return ops.astype(tensor.reshape((n,)), "int64")


def _check_lengths(kind: str, lengths: Any, most: int) -> None:
    check_within(lengths, 0, most, ValueError(f"ctc_loss: the {kind}_lengths are not all from 0 to {most}"))


def _padded(targets: Any, lengths: Any) -> Any:
    """Labels one after the other as rows, which are as long as the longest: (N, S)."""
    sizes = lengths.tolist()
    if min(sizes, default=0) < 0 or sum(sizes) != targets.shape[0]:
        raise ValueError(
            f"ctc_loss: the targets have shape {targets.shape}; wanted are as many as the target_lengths, {sum(sizes)}"
        )
    begins = ops.cumulative_sum(lengths) - lengths
    places = begins[:, None] + arange(max(sizes, default=0), device=targets.device)
    return ops.take(targets, ops.clip(places, 0, max(targets.shape[0] - 1, 0)), axis=0)
