"""Penalties on the size of parameters, to add to a loss."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import ops
from ..tensor import Tensor

__all__ = ["l1_penalty", "l2_penalty"]


def l1_penalty(parameters: Tensor | Iterable[Tensor]) -> Tensor:
    """Sum of the absolute values of all elements: it drives small ones to zero.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Of any shapes, on one device.

    Returns
    -------
    Tensor
        Without axes.

    Raises
    ------
    ValueError
        There are no parameters.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.l1_penalty([tg.asarray([1.0, -2.0]), tg.asarray(3.0)]).item()
    6.0
    """
    return _total([ops.sum(ops.abs(p)) for p in _listed("l1_penalty", parameters)])


def l2_penalty(parameters: Tensor | Iterable[Tensor]) -> Tensor:
    """Sum of the squares of all elements.

    Parameters
    ----------
    parameters : Tensor or iterable of Tensor
        Of any shapes, on one device.

    Returns
    -------
    Tensor
        Without axes.

    Raises
    ------
    ValueError
        There are no parameters.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.l2_penalty([tg.asarray([1.0, -2.0]), tg.asarray(3.0)]).item()
    14.0
    """
    return _total([ops.sum(ops.square(p)) for p in _listed("l2_penalty", parameters)])


def _listed(name: str, parameters: Any) -> list[Tensor]:
    listed = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    if not listed:
        raise ValueError(f"{name}: there are no parameters (an iterator gives them once: call model.parameters() anew)")
    return listed


def _total(parts: list[Any]) -> Tensor:
    total: Tensor = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
