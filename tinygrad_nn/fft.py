"""Fourier transforms, under the names of the Array API's extension.

A transform of `n` values takes the first `n` along an axis, or as many zeros after those there are. The factor that
makes a transform and its inverse undo each other is where `norm` says: ``"backward"`` puts ``1 / n`` on the inverse,
``"forward"`` on the transform, ``"ortho"`` its root on both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import ops
from .backend.dtypes import default_float
from .creation import arange
from .ops.axes import axis_tuple, one_axis
from .ops.fourier import OTHER_WAY
from .ops.operands import as_tensor

__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip


def _along(name: str, x: Any, n: int | None, axis: int, norm: str) -> tuple[Any, int, int]:
    """The tensor, how many of its values to transform, and the axis, counted from the end."""
    x = as_tensor(name, x)
    axis = one_axis(axis, x.ndim) - x.ndim
    n = x.shape[axis] if n is None else n.__index__()
    if n < 1:
        raise ValueError(f"{name}: there must be at least one value to transform, not {n} (the shape is {x.shape})")
    if norm not in OTHER_WAY:
        raise ValueError(f"{name}: norm must be 'backward', 'ortho' or 'forward', not {norm!r}")
    return x, n, axis


def _real(name: str, x: Any) -> Any:
    x = as_tensor(name, x)
    if x.dtype.kind == "c":
        raise TypeError(f"{name}: wanted is a real tensor, not one of {x.dtype}; use {name.replace('r', '', 1)}")
    return x


def _axes(name: str, x: Any, s: Sequence[int] | None, axes: Sequence[int] | None) -> tuple[Any, list[Any]]:
    """The tensor, and pairs of an axis and how many of its values to transform (None: all)."""
    x = as_tensor(name, x)
    if axes is None:
        axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    chosen = axis_tuple(tuple(axes), x.ndim)
    if s is not None and len(s) != len(chosen):
        raise ValueError(f"{name}: s has {len(s)} sizes for the {len(chosen)} axes {tuple(axes)}")
    sizes: Sequence[Any] = (None,) * len(chosen) if s is None else s
    return x, list(zip(chosen, sizes))


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
    x, n, axis = _along("fft", x, n, axis, norm)
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
    x, n, axis = _along("ifft", x, n, axis, norm)
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
    x, sizes = _axes("fftn", x, s, axes)
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
    x, sizes = _axes("ifftn", x, s, axes)
    for axis, n in sizes:
        x = ifft(x, n=n, axis=axis, norm=norm)
    return x


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
    x, n, axis = _along("rfft", _real("rfft", x), n, axis, norm)
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
    x, n, axis = _along("irfft", x, _twice(x, axis) if n is None else n, axis, norm)
    return ops.irfft(x, n=n, axis=axis, norm=norm)


def _twice(x: Any, axis: int) -> int:
    """How many real values have half a spectrum of this size, if they are an even number."""
    size: int = x.shape[one_axis(axis, x.ndim)]
    return 2 * (size - 1)


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
    ValueError
        An axis is named twice, a size is not positive, there are not as many sizes as axes, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.fft.rfftn(tg.ones((2, 2)))
    Tensor([[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    x, sizes = _axes("rfftn", x, s, axes)
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
    x, sizes = _axes("irfftn", x, s, axes)
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
    x, n, axis = _along("hfft", x, _twice(x, axis) if n is None else n, axis, norm)
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
    x, n, axis = _along("ihfft", _real("ihfft", x), n, axis, norm)
    return ops.rfft(x, n=n, axis=axis, norm=OTHER_WAY[norm]).conj()


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


def _numbers(count: int, dtype: Any, device: str | None) -> Any:
    return arange(count, dtype=default_float if dtype is None else dtype, device=device)


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
    chosen = axis_tuple(axes, x.ndim)
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
    chosen = axis_tuple(axes, x.ndim)
    return ops.roll(x, tuple(-(x.shape[a] // 2) for a in chosen), chosen)
