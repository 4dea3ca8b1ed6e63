"""Losses of classes: cross-entropy and negative log-likelihood."""

from __future__ import annotations

from math import nan
from typing import Any

from ... import backend, ops
from ...autograd.modes import current_mode
from ...backend.dtypes import is_floating
from ...tensor import Tensor
from .reduction import check_reduction, check_tensors, reduced

__all__ = ["cross_entropy", "nll_loss"]


def cross_entropy(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Tensor:  # fmt: skip
    """Cross-entropy of categorical distributions given by logits.

    ``-sum(p * log_softmax(input))`` over the classes, where `p` are the target probabilities: 1 for the target class.

    Parameters
    ----------
    input : Tensor
        Logits, of shape (N, C), (C,) or (N, C, d1, ...).
    target : Tensor
        Class indices (integers) of shape (N,), () or (N, d1, ...), or class probabilities (floats) of the shape of
        `input`.
    weight : Tensor or None
        Of each class: shape (C,).
    ignore_index : int
        Target indices that do not count: their loss is 0 and they are left out of the mean.
    reduction : str
        ``"mean"`` (for class indices weighted by the weights of their classes), ``"sum"``, or ``"none"``.
    label_smoothing : float
        From 0 to 1: how much of the target probability is spread evenly over all classes (Szegedy et al. 2016).

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of shape (N,), () or (N, d1, ...).

    Raises
    ------
    IndexError
        A class index is neither from 0 to C - 1 nor `ignore_index`.
    ValueError
        The shapes do not fit, or an argument is none of its values.
    TypeError
        The dtype and the shape of the target contradict each other.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> logits = tg.zeros((3, 4))
    >>> F.cross_entropy(logits, tg.asarray([0, 3, 1])).item()
    1.3862943649291992
    """
    check_tensors("cross_entropy", input, target)
    check_reduction("cross_entropy", reduction)
    shape = input.shape
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing={label_smoothing} must be from 0 to 1")
    if is_floating(target.dtype) and target.shape == shape and shape:
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    all_count = _check_classes("cross_entropy", input, target, weight, ignore_index)
    if weight is None and not label_smoothing and len(shape) == 2:
        if all_count:
            loss: Tensor = ops.softmax_cross_entropy(input, target, reduction=reduction)[0]
            return loss
        counts = ops.not_equal(target, ignore_index)
        losses = ops.softmax_cross_entropy(input, ops.where(counts, target, 0))[0]
        return _over_counted(losses, counts, ops.astype(counts, input.dtype), reduction)
    log_probs = ops.log_softmax(input, axis=_class_axis(input))
    return _of_indices(log_probs, target, weight, ignore_index, reduction, label_smoothing)


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100,
             reduction: str = "mean") -> Tensor:  # fmt: skip
    """Negative log-likelihood: the logarithms of the probabilities of the target classes, negated.

    Parameters
    ----------
    input : Tensor
        Logarithms of probabilities, as `log_softmax` gives them: shape (N, C), (C,) or (N, C, d1, ...).
    target : Tensor
        Class indices of shape (N,), () or (N, d1, ...).
    weight : Tensor or None
        Of each class: shape (C,).
    ignore_index : int
        Target indices that do not count: their loss is 0 and they are left out of the mean.
    reduction : str
        ``"mean"`` weighted by the weights of the target classes, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `target`.

    Raises
    ------
    IndexError
        A class index is neither from 0 to C - 1 nor `ignore_index`.
    ValueError
        The shapes do not fit, or the reduction is unknown.
    TypeError
        The target is not of integers.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.nll_loss(tg.asarray([[-1.0, -2.0], [-3.0, -4.0]]), tg.asarray([1, 0])).item()
    2.5
    """
    check_tensors("nll_loss", input, target)
    check_reduction("nll_loss", reduction)
    _check_classes("nll_loss", input, target, weight, ignore_index)
    return _of_indices(input, target, weight, ignore_index, reduction, 0.0)


def _class_axis(input: Any) -> int:
    return 1 if input.ndim > 1 else 0


def _check_classes(name: str, input: Any, target: Any, weight: Any, ignore_index: int) -> bool:
    """Check the target indices; whether all of them are known to count."""
    shape = input.shape
    axis = 1 if len(shape) > 1 else 0
    if not shape or target.dtype.kind not in "iu" or target.shape != shape[:axis] + shape[axis + 1 :]:
        _raise_misfit(name, input, target)
    classes = shape[axis]
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"{name}: weight has shape {weight.shape}, wanted is one for each class: ({classes},)")
    recorder = current_mode().recorder
    if recorder is not None:  # a program asks for values when it is run
        recorder.check(target, 0, classes - 1, ignore_index, _no_class(name, shape, classes, ignore_index))
        return False
    array = target.array
    if backend.all_within(array, 0, classes - 1):
        return not 0 <= ignore_index < classes
    if not backend.all_within(array, 0, classes - 1, but=ignore_index):
        raise _no_class(name, shape, classes, ignore_index)
    return False


def _no_class(name: str, shape: Any, classes: int, ignore_index: int) -> IndexError:
    return IndexError(
        f"{name}: the target has class indices that are not from 0 to {classes - 1} (nor ignore_index="
        f"{ignore_index}), for input of shape {shape}"
    )


def _raise_misfit(name: str, input: Any, target: Any) -> None:
    shape, axis = input.shape, _class_axis(input)
    wanted = shape[:axis] + shape[axis + 1 :]
    found = f"{name}: the input has shape {shape}, the target is {target.dtype} of shape {target.shape}"
    if not shape:
        raise ValueError(f"{found}; the input needs an axis of classes")
    if target.dtype.kind not in "iu" and target.shape == wanted:
        raise TypeError(f"{found}; class indices are integers: use target.astype(tg.int64)")
    if not is_floating(target.dtype) and target.shape == shape and name == "cross_entropy":
        raise TypeError(f"{found}; class probabilities are floating: use target.astype(tg.{input.dtype})")
    probabilities = f", or class probabilities of shape {shape}" if name == "cross_entropy" else ""
    raise ValueError(f"{found}; wanted are class indices of shape {wanted}{probabilities}")


def _along(weight: Any, axis: int, ndim: int) -> Any:
    """The weights of the classes, to broadcast along their axis."""
    return ops.reshape(weight, (-1,) + (1,) * (ndim - 1 - axis))


def _of_probabilities(input: Any, target: Any, weight: Any, reduction: str,
                      label_smoothing: float) -> Tensor:  # fmt: skip
    axis = _class_axis(input)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    parts = target * ops.log_softmax(input, axis=axis)
    if weight is not None:
        if weight.shape != (input.shape[axis],):
            raise ValueError(
                f"cross_entropy: weight has shape {weight.shape}, wanted is one for each class: ({input.shape[axis]},)"
            )
        parts = parts * _along(weight, axis, input.ndim)
    return reduced(-ops.sum(parts, axis=axis), reduction)


def _of_indices(log_probs: Any, target: Any, weight: Any, ignore_index: int, reduction: str,
                label_smoothing: float) -> Tensor:  # fmt: skip
    axis = _class_axis(log_probs)
    counts = ops.not_equal(target, ignore_index)
    index = ops.where(counts, target, 0)
    losses = -ops.squeeze(ops.take_along_axis(log_probs, ops.expand_dims(index, axis), axis), axis)
    if weight is None:
        weights = ops.astype(counts, log_probs.dtype)
    else:
        weights = ops.where(counts, ops.getitem(weight, index), 0)
        losses = losses * weights
    if label_smoothing:
        every = log_probs if weight is None else log_probs * _along(weight, axis, log_probs.ndim)
        spread = -ops.sum(every, axis=axis) / log_probs.shape[axis]
        losses = losses * (1 - label_smoothing) + spread * label_smoothing
    return _over_counted(losses, counts, weights, reduction)


def _over_counted(losses: Any, counts: Any, weights: Any, reduction: str) -> Tensor:
    """The reduction over those that count; the mean is over their weights, and NaN where there are none."""
    losses = ops.where(counts, losses, 0)
    if reduction != "mean":
        return reduced(losses, reduction)
    total = ops.sum(weights)
    mean: Tensor = ops.sum(losses) / ops.where(ops.not_equal(total, 0), total, nan)
    return mean
