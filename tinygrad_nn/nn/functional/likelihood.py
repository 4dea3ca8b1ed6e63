"""Negative log-likelihoods of numbers: of counts, and of measurements whose variance is predicted too."""

from __future__ import annotations

from math import inf, log, pi
from typing import Any

from ... import ops
from ...tensor import Tensor
from .reduction import check_reduction, check_tensors, check_within, labels_like, reduced

__all__ = ["gaussian_nll_loss", "poisson_nll_loss"]


def poisson_nll_loss(input: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8,
                     reduction: str = "mean") -> Tensor:  # fmt: skip
    """Negative log-likelihood of counts with a Poisson distribution.

    ``exp(input) - target * input`` for logarithms of rates, else ``input - target * log(input + eps)``.

    Parameters
    ----------
    input : Tensor
        Logarithms of the expected counts, or these themselves.
    target : Tensor
        Counts, of the shape of `input`.
    log_input : bool
        Whether `input` has logarithms.
    full : bool
        Add Stirling's approximation of ``log(target!)``, for counts above 1: it depends on the target only.
    eps : float
        Keeps the logarithm finite where `input` is 0.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.poisson_nll_loss(tg.asarray([0.0, 2.0]), tg.asarray([3, 4]), reduction="none").numpy().round(4)
    array([ 1.    , -0.6109], dtype=float32)
    """
    check_reduction("poisson_nll_loss", reduction)
    target = labels_like("poisson_nll_loss", input, target)
    losses = ops.exp(input) - target * input if log_input else input - target * ops.log(input + eps)
    if full:
        several = ops.greater(target, 1)
        count = ops.where(several, target, 1)
        losses = losses + ops.where(several, count * ops.log(count) - count + 0.5 * ops.log(2 * pi * count), 0)
    return reduced(losses, reduction)


def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Tensor:  # fmt: skip
    """Negative log-likelihood of measurements with a normal distribution.

    ``(log(var) + (input - target) ** 2 / var) / 2`` with variances of at least `eps` (Nix and Weigend 1994). The
    gradient is as if there was no such bound, so a variance that is less is not stuck there.

    Parameters
    ----------
    input : Tensor
        Expected values.
    target : Tensor
        Measurements, which broadcast to the shape of `input`.
    var : Tensor or float
        Variances, which broadcast to the shape of `input`, or have no last axis.
    full : bool
        Add the constant ``log(2 * pi) / 2``.
    eps : float
        The least variance, positive.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes do not fit, a variance is negative, `eps` is not positive, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.gaussian_nll_loss(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0]), tg.asarray([1.0, 1.0])).item()
    1.0
    """
    name = "gaussian_nll_loss"
    check_reduction(name, reduction)
    check_tensors(name, input, target)
    if not isinstance(var, Tensor):
        var = ops.full_like(input, var)
    elif var.shape == input.shape[:-1] != input.shape:
        var = ops.expand_dims(var, -1)
    for other, array in (("target", target), ("var", var)):
        if array.ndim > input.ndim or any(n not in (1, m) for n, m in zip(array.shape[::-1], input.shape[::-1])):
            raise ValueError(
                f"{name}: the {other} has shape {array.shape}, which does not broadcast to the input's, {input.shape}"
            )
    if eps <= 0:
        raise ValueError(f"{name}: eps={eps} must be positive")
    check_within(var, 0, inf, ValueError(f"{name}: var has values that are negative (or NaN)"))
    var = var + ops.relu(eps - var.detach())
    error = input - (target if target.dtype is input.dtype else ops.astype(target, input.dtype))
    losses = 0.5 * (ops.log(var) + error * error / var)
    return reduced(losses + 0.5 * log(2 * pi) if full else losses, reduction)
