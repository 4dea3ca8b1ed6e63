"""The frequencies that belong to the values of a transform, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..backend.dtypes import default_float
from ..creation import arange
from ..ops.operands import as_tensor
from .arguments import axes_of

__all__ = ["fftfreq", "fftshift", "ifftshift", "rfftfreq"]


def _numbers(count: int, dtype: Any, device: str | None) -> Any:
    return arange(count, dtype=default_float if dtype is None else dtype, device=device)


def fftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: str | None = None) -> Any:
    """The frequencies of the values of `fft`, those of negative sign in the second half.

    Parameters
    ----------
    n : int
        How many values are transformed.
    d : float
        How far apart they are.
    dtype : dtype or None
        A real floating one; None means float32.
    device : str or None
        Where to make it; None means on the CPU.

    Returns
    -------
    Tensor
        Shape (n,), in cycles for each unit of `d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.fftfreq(4, d=0.5)
    Tensor([ 0. ,  0.5, -1. , -0.5], dtype=float32)
    """
    places = _numbers(n, dtype, device)
    return ops.where(places < (n + 1) // 2, places, places - n) / (n * d)


def rfftfreq(n: int, /, *, d: float = 1.0, dtype: Any = None, device: str | None = None) -> Any:
    """The frequencies of the values of `rfft`.

    Parameters
    ----------
    n : int
        How many values are transformed.
    d : float
        How far apart they are.
    dtype : dtype or None
        A real floating one; None means float32.
    device : str or None
        Where to make it; None means on the CPU.

    Returns
    -------
    Tensor
        Shape (n // 2 + 1,), in cycles for each unit of `d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.rfftfreq(4, d=0.5)
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    return _numbers(n // 2 + 1, dtype, device) / (n * d)


def fftshift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
    """Put the frequency zero into the middle of each axis: the two halves change places.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axes : int, sequence of int or None
        Where; None means all.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.fftshift(tg.asarray([0, 1, -2, -1]))
    Tensor([-2, -1,  0,  1], dtype=int64)
    """
    x = as_tensor("fftshift", x)
    chosen = axes_of("fftshift", axes, x)
    return ops.roll(x, tuple(x.shape[a] // 2 for a in chosen), chosen)


def ifftshift(x: Any, /, *, axes: int | Sequence[int] | None = None) -> Any:
    """Undo `fftshift`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axes : int, sequence of int or None
        Where; None means all.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.ifftshift(tg.asarray([-2, -1, 0, 1]))
    Tensor([ 0,  1, -2, -1], dtype=int64)
    """
    x = as_tensor("ifftshift", x)
    chosen = axes_of("ifftshift", axes, x)
    return ops.roll(x, tuple(-(x.shape[a] // 2) for a in chosen), chosen)
