"""Losses of numbers against numbers."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...tensor import Tensor
from .reduction import check_pair

__all__ = ["huber_loss", "l1_loss", "mse_loss", "rmse_loss", "smooth_l1_loss"]


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Squared error: ``(input - target) ** 2``.

    Parameters
    ----------
    input, target : Tensor
        Of one shape, floating.
    reduction : str
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``.

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
    >>> F.mse_loss(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0])).item()
    2.0
    """
    check_pair("mse_loss", input, target, reduction)
    loss: Tensor = ops.squared_error(input, target, reduction=reduction)
    return loss


def rmse_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Root of the (mean, summed or single) squared error; its gradient at 0 is 0.

    Parameters
    ----------
    input, target : Tensor
        Of one shape, floating.
    reduction : str
        Of the squared errors under the root: ``"mean"``, ``"sum"`` or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError, TypeError
        As `mse_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.rmse_loss(tg.asarray([1.0, 2.0]), tg.asarray([4.0, 5.0])).item()
    3.0
    """
    check_pair("rmse_loss", input, target, reduction)
    squared = ops.squared_error(input, target, reduction=reduction)
    exact = squared == 0
    loss: Tensor = ops.where(exact, 0.0, ops.sqrt(ops.where(exact, 1.0, squared)))  # sqrt has no slope at 0
    return loss


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """Absolute error: ``abs(input - target)``; its gradient at 0 is 0.

    Parameters
    ----------
    input, target : Tensor
        Of one shape, floating.
    reduction : str
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError, TypeError
        As `mse_loss`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.l1_loss(tg.asarray([1.0, 2.0]), tg.asarray([1.0, 4.0])).item()
    1.0
    """
    check_pair("l1_loss", input, target, reduction)
    loss: Tensor = ops.absolute_error(input, target, reduction=reduction)
    return loss


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Half the squared error up to `delta`, from there on a line: outliers pull less (Huber 1964).

    ``e * e / 2`` where ``e = abs(input - target) <= delta``, else ``delta * (e - delta / 2)``.

    Parameters
    ----------
    input, target : Tensor
        Of one shape, floating.
    reduction : str
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``.
    delta : float
        Positive.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError, TypeError
        As `mse_loss`, or `delta` is not positive.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.huber_loss(tg.asarray([1.0, 9.0]), tg.asarray([0.0, 0.0]), reduction="none")
    Tensor([0.5, 8.5], dtype=float32)
    """
    check_pair("huber_loss", input, target, reduction)
    if delta <= 0:
        raise ValueError(f"huber_loss: delta={delta} must be positive")
    loss: Tensor = ops.huber_error(input, target, delta=delta, reduction=reduction)
    return loss


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Absolute error, rounded off where it is less than `beta`: the Huber loss divided by `beta` (Girshick 2015).

    ``e * e / (2 * beta)`` where ``e = abs(input - target) < beta``, else ``e - beta / 2``.

    Parameters
    ----------
    input, target : Tensor
        Of one shape, floating.
    reduction : str
        ``"mean"`` over all elements, ``"sum"``, or ``"none"``.
    beta : float
        Not negative; with 0 it is `l1_loss`.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError, TypeError
        As `mse_loss`, or `beta` is negative.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.smooth_l1_loss(tg.asarray([1.0, 9.0]), tg.asarray([0.0, 0.0]), reduction="none", beta=2.0)
    Tensor([0.25, 8.  ], dtype=float32)
    """
    if beta == 0:
        return l1_loss(input, target, reduction)
    check_pair("smooth_l1_loss", input, target, reduction)
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta={beta} must not be negative")
    loss: Tensor = ops.huber_error(input, target, delta=beta, reduction=reduction) / beta
    return loss
