"""Losses with their reduction, each as one operation; `tinygrad_nn.nn.functional` checks and names them."""

from __future__ import annotations

from math import nan
from typing import Any

from ..autograd.op import op, vjp
from ..backend.dtypes import float16
from .axes import broadcast_shape
from .kernel import by_kernel
from .reduce import floating, widened

# fmt: off
__all__ = ["absolute_error", "binary_cross_entropy", "binary_cross_entropy_with_logits", "huber_error",
           "softmax_cross_entropy", "squared_error"]
# fmt: on


def _reduced(xp: Any, losses: Any, reduction: str) -> Any:
    """The losses, their sum or their mean (of none it is NaN)."""
    if reduction == "none":
        return losses
    total = xp.sum(widened(xp, losses))
    if reduction == "mean":
        total = total / (losses.size or nan)
    elif reduction != "sum":
        raise ValueError("reduction must be 'mean', 'sum' or 'none'")
    return xp.astype(total, losses.dtype) if losses.dtype == float16 else total


def _share(xp: Any, g: Any, size: int, reduction: str) -> Any:
    """The gradient of each loss: it broadcasts where they were reduced."""
    return widened(xp, g) / (size or nan) if reduction == "mean" else g


def _target_share(xp: Any, g: Any, slope: Any, target: Any, reduction: str) -> Any:
    """The gradient of a target in which the losses are linear; `slope` has the shape of the other input."""
    if reduction != "none" and slope.shape != target.shape:
        slope = xp.broadcast_to(slope, broadcast_shape(slope.shape, target.shape))
    return slope * _share(xp, g, slope.size, reduction)


def _squared_vjp(xp: Any, g: Any, x: Any, target: Any, reduction: str) -> Any:
    error = x - target
    return error * (2 * _share(xp, g, error.size, reduction))


@op(
    vjp(lambda xp, g, y, x, target, reduction="none": _squared_vjp(xp, g, x, target, reduction), reads="x target"),
    vjp(lambda xp, g, y, x, target, reduction="none": _squared_vjp(xp, g, target, x, reduction), reads="x target"),
    broadcasts=True,
)
def squared_error(xp: Any, x: Any, target: Any, *, reduction: str = "none") -> Any:
    """``(x - target) ** 2``, elementwise, then reduced.

    Parameters
    ----------
    x, target : Tensor
        Broadcast against each other.
    reduction : str
        ``"none"``, ``"mean"`` or ``"sum"``.

    Returns
    -------
    Tensor
        Of the broadcast shape, or without axes where reduced.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.squared_error(tg.asarray([1.0, 4.0]), tg.asarray([1.0, 1.0]))
    Tensor([0., 9.], dtype=float32)
    """
    error = floating(xp, x) - target
    return _reduced(xp, error * error, reduction)


def _absolute_vjp(xp: Any, g: Any, x: Any, target: Any, reduction: str) -> Any:
    error = x - target
    return xp.sign(error) * _share(xp, g, error.size, reduction)


@op(
    vjp(lambda xp, g, y, x, target, reduction="none": _absolute_vjp(xp, g, x, target, reduction), reads="x target"),
    vjp(lambda xp, g, y, x, target, reduction="none": _absolute_vjp(xp, g, target, x, reduction), reads="x target"),
    broadcasts=True,
)
def absolute_error(xp: Any, x: Any, target: Any, *, reduction: str = "none") -> Any:
    """``abs(x - target)``, elementwise, then reduced; its gradient at 0 is 0.

    Parameters
    ----------
    x, target : Tensor
        Broadcast against each other.
    reduction : str
        ``"none"``, ``"mean"`` or ``"sum"``.

    Returns
    -------
    Tensor
        Of the broadcast shape, or without axes where reduced.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.absolute_error(tg.asarray([1.0, 4.0]), tg.asarray([1.0, 1.0]), reduction="mean").item()
    1.5
    """
    return _reduced(xp, xp.abs(floating(xp, x) - target), reduction)


def _huber_vjp(xp: Any, g: Any, x: Any, target: Any, delta: float, reduction: str) -> Any:
    error = x - target
    return xp.minimum(xp.maximum(error, -delta), delta) * _share(xp, g, error.size, reduction)


@op(
    vjp(
        lambda xp, g, y, x, target, delta, reduction="none": _huber_vjp(xp, g, x, target, delta, reduction),
        reads="x target",
    ),
    vjp(
        lambda xp, g, y, x, target, delta, reduction="none": _huber_vjp(xp, g, target, x, delta, reduction),
        reads="x target",
    ),
    broadcasts=True,
)
def huber_error(xp: Any, x: Any, target: Any, *, delta: float, reduction: str = "none") -> Any:
    """Half the squared error up to `delta`, then a line, reduced (Huber 1964).

    ``delta * (abs(x - target) - delta / 2)`` is the line.

    Parameters
    ----------
    x, target : Tensor
        Broadcast against each other.
    delta : float
        Positive: from where on it is a line.
    reduction : str
        ``"none"``, ``"mean"`` or ``"sum"``.

    Returns
    -------
    Tensor
        Of the broadcast shape, or without axes where reduced.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.huber_error(tg.asarray([1.0, 4.0]), tg.asarray([0.0, 0.0]), delta=2.0)
    Tensor([0.5, 6. ], dtype=float32)
    """
    error = xp.abs(floating(xp, x) - target)
    near = xp.minimum(error, delta)
    return _reduced(xp, near * (error - 0.5 * near), reduction)


def _bounded_log(xp: Any, p: Any) -> Any:
    """Logarithm, not below -100."""
    positive = p > 0
    return xp.where(positive, xp.maximum(xp.log(xp.where(positive, p, 1)), -100), -100)


def _probability_vjp(xp: Any, g: Any, p: Any, target: Any, reduction: str) -> Any:
    least = 1e-12 if p.dtype.itemsize > 2 else 1e-7  # float16 has no smaller
    slope = (p - target) / xp.maximum(p * (1 - p), least)
    return slope * _share(xp, g, slope.size, reduction)


def _probability_target_vjp(xp: Any, g: Any, p: Any, target: Any, reduction: str) -> Any:
    return _target_share(xp, g, _bounded_log(xp, 1 - p) - _bounded_log(xp, p), target, reduction)


@op(
    vjp(lambda xp, g, y, p, target, reduction="none": _probability_vjp(xp, g, p, target, reduction), reads="p target"),
    vjp(lambda xp, g, y, p, target, reduction="none": _probability_target_vjp(xp, g, p, target, reduction), reads="p"),
    broadcasts=True,
)
def binary_cross_entropy(xp: Any, p: Any, target: Any, *, reduction: str = "none") -> Any:
    """Cross-entropy of Bernoulli distributions given by probabilities, elementwise, then reduced.

    ``-target * log(p) - (1 - target) * log(1 - p)``, with logarithms that stop at -100, so it is finite.

    Parameters
    ----------
    p : Tensor
        Probabilities, from 0 to 1.
    target : Tensor
        Probabilities; broadcast against `p`.
    reduction : str
        ``"none"``, ``"mean"`` or ``"sum"``.

    Returns
    -------
    Tensor
        Of the broadcast shape, or without axes where reduced.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.binary_cross_entropy(tg.asarray([0.5, 0.0], tg.float64), tg.asarray([1.0, 1.0], tg.float64))
    Tensor([  0.69314718, 100.        ], dtype=float64)
    """
    losses = target * _bounded_log(xp, p) + (1 - target) * _bounded_log(xp, 1 - p)
    return _reduced(xp, 0 - losses, reduction)  # a certain truth costs 0, not -0


def _logits_vjp(xp: Any, g: Any, logits: Any, target: Any, reduction: str) -> Any:
    slope = xp.sigmoid(logits) - target
    return slope * _share(xp, g, slope.size, reduction)


@op(
    vjp(
        lambda xp, g, y, logits, target, reduction="none": _logits_vjp(xp, g, logits, target, reduction),
        reads="logits target",
    ),
    vjp(
        lambda xp, g, y, logits, target, reduction="none": _target_share(xp, g, -logits, target, reduction),
        reads="logits",
    ),
    broadcasts=True,
)
def binary_cross_entropy_with_logits(xp: Any, logits: Any, target: Any, *, reduction: str = "none") -> Any:
    """Cross-entropy of Bernoulli distributions given by logits, elementwise and finite for all of them, then reduced.

    ``max(z, 0) - z * t + softplus(-abs(z))``, where the first two are ``abs(z) / 2 + z * (1/2 - t)``: faster, and
    as exact, for both terms are halves of `z` where `t` is 0 or 1.

    Parameters
    ----------
    logits : Tensor
        Any real numbers: `z`.
    target : Tensor
        Probabilities, `t`; broadcast against `logits`.
    reduction : str
        ``"none"``, ``"mean"`` or ``"sum"``.

    Returns
    -------
    Tensor
        Of the broadcast shape, or without axes where reduced.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> logits, target = tg.asarray([0.0, -1000.0], tg.float64), tg.asarray([1.0, 1.0], tg.float64)
    >>> tg.binary_cross_entropy_with_logits(logits, target)
    Tensor([6.93147181e-01, 1.00000000e+03], dtype=float64)
    """
    logits = floating(xp, logits)
    size = xp.abs(logits)
    losses = logits * (0.5 - target)
    losses += 0.5 * size
    losses += xp.softplus(-size)
    return _reduced(xp, losses, reduction)


def _cross_entropy(xp: Any, logits: Any, target: Any) -> Any:
    """The losses (N,), and the probabilities (N, C)."""
    shifted = logits - xp.max(logits, axis=1, keepdims=True)
    e = xp.exp(shifted)
    total = xp.sum(e, axis=1, keepdims=True)
    losses = xp.log(total) - xp.take_along_axis(shifted, target[:, None], axis=1)
    return losses[:, 0], e / total


def _cross_entropy_slope(xp: Any, g: Any, probs: Any, target: Any) -> Any:
    """The gradient of the logits (N, C), from that of each loss (N,) or of all."""
    if g.ndim:
        g = g[:, None]  # (N, 1)
    return probs * g - xp.put_along_axis(g, target[:, None], axis=1, size=probs.shape[1])


def _softmax_cross_entropy_vjp(xp: Any, gs: Any, ys: Any, logits: Any, target: Any, reduction: str = "none") -> Any:
    g, g_probs = gs
    probs = ys[1]  # (N, C)
    d = None
    if g is not None:
        g = _share(xp, g, probs.shape[0], reduction)
        d = by_kernel(xp, "cross_entropy_slope", _cross_entropy_slope, g, probs, target)
    if g_probs is not None:
        through = probs * (g_probs - xp.sum(g_probs * probs, axis=1, keepdims=True))
        d = through if d is None else d + through
    return d


@op(vjp(_softmax_cross_entropy_vjp, reads="y target"))
def softmax_cross_entropy(xp: Any, logits: Any, target: Any, *, reduction: str = "none") -> Any:
    """Cross-entropy of categorical distributions given by logits, then reduced.

    ``-log_softmax(logits)[i, target[i]]``. A second output, the probabilities, saves the backward their computation.

    Parameters
    ----------
    logits : Tensor
        Shape (N, C).
    target : Tensor of int
        Class indices, from 0 to C - 1, of shape (N,).
    reduction : str
        ``"none"``, ``"mean"`` or ``"sum"``.

    Returns
    -------
    tuple of Tensor
        The losses, of shape (N,) or without axes where reduced; the probabilities, of shape (N, C).

    Raises
    ------
    IndexError
        A class index is out of bounds.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> losses, probs = tg.softmax_cross_entropy(tg.zeros((2, 4)), tg.asarray([0, 3]))
    >>> probs
    Tensor([[0.25, 0.25, 0.25, 0.25],
            [0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
    logits = floating(xp, logits)
    losses, probs = by_kernel(xp, "cross_entropy", _cross_entropy, logits, target)
    return _reduced(xp, losses, reduction), probs
