"""Transforms of real values, of which half says all, and back; and the same with the two sides exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..ops.fourier import OTHER_WAY
from ..ops.operands import as_tensor
from .arguments import along, axes_and_sizes, real_only, twice
from .transforms import fft, ifft

__all__ = ["hfft", "ihfft", "irfft", "irfftn", "rfft", "rfftn"]


def rfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The half of the transform of real values that the other half, its conjugate, follows from.

    Parameters
    ----------
    x : Tensor
        At least one axis. Real.
    n : int or None
        How many values to transform; None means all.
    axis : int
        Where the values lie.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Complex, with ``n // 2 + 1`` values along the axis.

    Raises
    ------
    IndexError
        There is no such axis.
    TypeError
        `x` is complex.
    ValueError
        `n` is not positive, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.rfft(tg.asarray([1.0, 2.0, 1.0, 2.0]))
    Tensor([ 6.+0.j,  0.+0.j, -2.+0.j], dtype=complex64)
    """
    x, n, axis = along("rfft", real_only("rfft", x, "fft"), n, axis, norm)
    return ops.rfft(x, n=n, axis=axis, norm=norm)


def irfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `rfft`: real values from half of their transform.

    Parameters
    ----------
    x : Tensor
        At least one axis. Real or complex.
    n : int or None
        How many values to give, from the first ``n // 2 + 1``; None means ``2 * (size - 1)``.
    axis : int
        Where the values lie.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Real, with `n` values along the axis.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        `n` is not positive, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.irfft(tg.asarray([6.0, 0.0, -2.0]))
    Tensor([1., 2., 1., 2.], dtype=float32)
    """
    x = as_tensor("irfft", x)
    x, n, axis = along("irfft", x, twice("irfft", x, axis) if n is None else n, axis, norm)
    return ops.irfft(x, n=n, axis=axis, norm=norm)


def rfftn(x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None,
          norm: str = "backward") -> Any:  # fmt: skip
    """The transform of real values over several axes: `rfft` over the last of them, `fft` over the others.

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
        Complex, with ``n // 2 + 1`` values along the last of the axes.

    Raises
    ------
    IndexError
        There is no such axis.
    TypeError
        `x` is complex.
    ValueError
        An axis is named twice, a size is not positive, there are not as many sizes as axes, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.rfftn(tg.ones((2, 2)))
    Tensor([[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    x, sizes = axes_and_sizes("rfftn", real_only("rfftn", x, "fftn"), s, axes)
    if not sizes:
        raise ValueError("rfftn: there must be at least one axis to transform")
    *others, (axis, n) = sizes
    x = rfft(x, n=n, axis=axis, norm=norm)
    for axis, n in others:
        x = fft(x, n=n, axis=axis, norm=norm)
    return x


def irfftn(x: Any, /, *, s: Sequence[int] | None = None, axes: Sequence[int] | None = None,
           norm: str = "backward") -> Any:  # fmt: skip
    """The inverse of `rfftn`.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    s : sequence of int or None
        How many values to give on each axis; None means all, and ``2 * (size - 1)`` on the last of the axes.
    axes : sequence of int or None
        Where; None means all, or as many of the last as `s` has sizes.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Real.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice, a size is not positive, there are not as many sizes as axes, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.irfftn(tg.ones((2, 2)))
    Tensor([[1., 0.],
            [0., 0.]], dtype=float32)
    """
    x, sizes = axes_and_sizes("irfftn", x, s, axes)
    if not sizes:
        raise ValueError("irfftn: there must be at least one axis to transform")
    *others, (axis, n) = sizes
    for other, m in others:
        x = ifft(x, n=m, axis=other, norm=norm)
    return irfft(x, n=n, axis=axis, norm=norm)


def hfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The real transform of values whose other half is their conjugate, mirrored.

    Parameters
    ----------
    x : Tensor
        At least one axis. Real or complex.
    n : int or None
        How many values to give, from the first ``n // 2 + 1``; None means ``2 * (size - 1)``.
    axis : int
        Where the values lie.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Real, with `n` values along the axis.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        `n` is not positive, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.hfft(tg.asarray([1.0, 2.0, 1.0]))
    Tensor([ 6.,  0., -2.,  0.], dtype=float32)
    """
    x = as_tensor("hfft", x)
    x, n, axis = along("hfft", x, twice("hfft", x, axis) if n is None else n, axis, norm)
    return ops.irfft(x.conj(), n=n, axis=axis, norm=OTHER_WAY[norm])


def ihfft(x: Any, /, *, n: int | None = None, axis: int = -1, norm: str = "backward") -> Any:
    """The inverse of `hfft`: half of the values, whose other half is their conjugate, mirrored.

    Parameters
    ----------
    x : Tensor
        At least one axis. Real.
    n : int or None
        How many values to transform; None means all.
    axis : int
        Where the values lie.
    norm : {"backward", "ortho", "forward"}
        Where the factor is.

    Returns
    -------
    Tensor
        Complex, with ``n // 2 + 1`` values along the axis.

    Raises
    ------
    IndexError
        There is no such axis.
    TypeError
        `x` is complex.
    ValueError
        `n` is not positive, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.abs(tg.fft.ihfft(tg.asarray([6.0, 0.0, -2.0, 0.0])))
    Tensor([1., 2., 1.], dtype=float32)
    """
    x, n, axis = along("ihfft", real_only("ihfft", x, "ifft"), n, axis, norm)
    return ops.rfft(x, n=n, axis=axis, norm=OTHER_WAY[norm]).conj()
