"""Transforms of complex values, or of real ones to complex values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from .arguments import along, axes_and_sizes

__all__ = ["fft", "fftn", "ifft", "ifftn"]


def fft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The discrete Fourier transform: ``y[k] = sum(x[j] * exp(-2 pi i j k / n))``.

    Parameters
    ----------
    x : Tensor
        At least one axis. Real or complex.
    n : int or None
        How many values to transform; None means all.
    axis : int
        Where the values lie.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Complex, with `n` values along the axis.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        `n` is not positive, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.fft(tg.asarray([1.0, 2.0, 1.0, 2.0]))
    Tensor([ 6.+0.j,  0.+0.j, -2.+0.j,  0.+0.j], dtype=complex64)
    """
    x, n, axis = along("fft", x, n, axis, norm)
    return ops.fft(x, n=n, axis=axis, norm=norm)


def ifft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `fft`: ``y[j] = sum(x[k] * exp(2 pi i j k / n)) / n``.

    Parameters
    ----------
    x : Tensor
        At least one axis. Real or complex.
    n : int or None
        How many values to transform; None means all.
    axis : int
        Where the values lie.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Complex, with `n` values along the axis.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        `n` is not positive, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.ifft(tg.asarray([6.0, 0.0, -2.0, 0.0]))
    Tensor([1.+0.j, 2.+0.j, 1.+0.j, 2.+0.j], dtype=complex64)
    """
    x, n, axis = along("ifft", x, n, axis, norm)
    return ops.ifft(x, n=n, axis=axis, norm=norm)


def fftn(x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None,
         norm: str = "backward") -> Any:  # fmt: skip
    """The discrete Fourier transform over several axes.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    s : sequence of int or None
        How many values to transform on each axis; None means all.
    axes : sequence of int or None
        Where; None means all, or as many of the last as `s` has sizes.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Complex.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice, a size is not positive, there are not as many sizes as axes, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.fftn(tg.ones((2, 2)))
    Tensor([[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    x, sizes = axes_and_sizes("fftn", x, s, axes)
    for axis, n in sizes:
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def ifftn(x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None,
          norm: str = "backward") -> Any:  # fmt: skip
    """The inverse of `fftn`.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    s : sequence of int or None
        How many values to transform on each axis; None means all.
    axes : sequence of int or None
        Where; None means all, or as many of the last as `s` has sizes.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Complex.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice, a size is not positive, there are not as many sizes as axes, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.ifftn(tg.ones((2, 2)))
    Tensor([[1.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    x, sizes = axes_and_sizes("ifftn", x, s, axes)
    for axis, n in sizes:
        x = ifft(x, n=n, axis=axis, norm=norm)
    return x
