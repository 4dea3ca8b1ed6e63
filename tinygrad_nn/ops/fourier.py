"""Fourier transforms along one axis; `tinygrad_nn.fft` has all the functions that are made of them.

They are linear, so each is its own JVP, and its VJP is a transform again: the matrix of `fft` is symmetric. Axes are
counted from the end, so axes in front change nothing.
"""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp

__all__ = ["fft", "ifft", "irfft", "rfft"]

# The factor of a transform in one direction is that of the other direction under this norm.
OTHER_WAY = {"backward": "forward", "ortho": "ortho", "forward": "backward"}


def _part(axis: int, start: int | None, stop: int | None) -> tuple[Any, ...]:
    """The index of a part of an axis that is counted from the end."""
    return (..., slice(start, stop), *(slice(None),) * (-axis - 1))


def _fitted(xp: Any, x: Any, size: int, axis: int) -> Any:
    """The first `size` elements along an axis, with zeros after them where there are fewer."""
    missing = size - x.shape[axis]
    if missing > 0:
        place = x.ndim + axis
        return xp.pad(x, tuple((0, missing if i == place else 0) for i in range(x.ndim)))
    return x[_part(axis, 0, size)] if missing else x


def _inside_scaled(xp: Any, x: Any, n: int, axis: int, factor: float) -> Any:
    """Half a spectrum of `n` values with a factor on the ones that stand for two; those without a partner stay."""
    last = (n + 1) // 2  # where the one at half the sampling rate is, for an even n
    parts = (x[_part(axis, 0, 1)], x[_part(axis, 1, last)] * factor, x[_part(axis, last, None)])
    return xp.concat(parts, axis=axis)


def _fft_vjp(xp: Any, g: Any, y: Any, x: Any, n: int, axis: int, norm: str) -> Any:
    return _fitted(xp, xp.fft(g, n=n, axis=axis, norm=norm), x.shape[axis], axis)


@op(
    vjp(_fft_vjp),
    linear="jointly",
    batch=lambda xp, batched, x, n, axis, norm: xp.fft(x, n=n, axis=axis, norm=norm),
)
def fft(xp: Any, x: Any, *, n: int, axis: int, norm: str) -> Any:
    """The transform to frequencies along a negative axis, of the first `n` values or as many zeros after them.

    Parameters
    ----------
    x : Tensor
        At least one axis; real or complex.
    n : int
        How many values to transform.
    axis : int
        Where, counted from the end.
    norm : str
        ``"backward"``, ``"ortho"`` or ``"forward"``: no factor, ``1 / sqrt(n)`` or ``1 / n``.

    Returns
    -------
    Tensor
        Complex.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.fft(tg.asarray([1.0, 1.0]), n=2, axis=-1, norm="backward")
    Tensor([2.+0.j, 0.+0.j], dtype=complex64)
    """
    return xp.fft(x, n=n, axis=axis, norm=norm)


def _ifft_vjp(xp: Any, g: Any, y: Any, x: Any, n: int, axis: int, norm: str) -> Any:
    return _fitted(xp, xp.ifft(g, n=n, axis=axis, norm=norm), x.shape[axis], axis)


@op(
    vjp(_ifft_vjp),
    linear="jointly",
    batch=lambda xp, batched, x, n, axis, norm: xp.ifft(x, n=n, axis=axis, norm=norm),
)
def ifft(xp: Any, x: Any, *, n: int, axis: int, norm: str) -> Any:
    """The transform back from frequencies along a negative axis, the inverse of `fft`.

    Parameters
    ----------
    x : Tensor
        At least one axis; real or complex.
    n : int
        How many values to transform.
    axis : int
        Where, counted from the end.
    norm : str
        ``"backward"``, ``"ortho"`` or ``"forward"``: ``1 / n``, ``1 / sqrt(n)`` or no factor.

    Returns
    -------
    Tensor
        Complex.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.ifft(tg.asarray([2.0, 0.0]), n=2, axis=-1, norm="backward")
    Tensor([1.+0.j, 1.+0.j], dtype=complex64)
    """
    return xp.ifft(x, n=n, axis=axis, norm=norm)


def _rfft_vjp(xp: Any, g: Any, y: Any, x: Any, n: int, axis: int, norm: str) -> Any:
    spectrum = _inside_scaled(xp, xp.conj(g), n, axis, 0.5)
    return _fitted(xp, xp.irfft(spectrum, n=n, axis=axis, norm=OTHER_WAY[norm]), x.shape[axis], axis)


@op(
    vjp(_rfft_vjp),
    linear="jointly",
    batch=lambda xp, batched, x, n, axis, norm: xp.rfft(x, n=n, axis=axis, norm=norm),
)
def rfft(xp: Any, x: Any, *, n: int, axis: int, norm: str) -> Any:
    """The transform of real values along a negative axis; the half of it that the other half follows from.

    Parameters
    ----------
    x : Tensor
        At least one axis; real.
    n : int
        How many values to transform.
    axis : int
        Where, counted from the end.
    norm : str
        As for `fft`.

    Returns
    -------
    Tensor
        Complex, with ``n // 2 + 1`` values along the axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.rfft(tg.asarray([1.0, 1.0, 1.0]), n=3, axis=-1, norm="backward")
    Tensor([3.+0.j, 0.+0.j], dtype=complex64)
    """
    return xp.rfft(x, n=n, axis=axis, norm=norm)


def _irfft_vjp(xp: Any, g: Any, y: Any, x: Any, n: int, axis: int, norm: str) -> Any:
    spectrum = xp.conj(xp.rfft(g, n=n, axis=axis, norm=OTHER_WAY[norm]))
    return _fitted(xp, _inside_scaled(xp, spectrum, n, axis, 2), x.shape[axis], axis)


@op(
    vjp(_irfft_vjp),
    linear="jointly",
    batch=lambda xp, batched, x, n, axis, norm: xp.irfft(x, n=n, axis=axis, norm=norm),
)
def irfft(xp: Any, x: Any, *, n: int, axis: int, norm: str) -> Any:
    """The transform of half a spectrum along a negative axis to real values, the inverse of `rfft`.

    Parameters
    ----------
    x : Tensor
        At least one axis; of the first ``n // 2 + 1`` values.
    n : int
        How many values to give.
    axis : int
        Where, counted from the end.
    norm : str
        As for `ifft`.

    Returns
    -------
    Tensor
        Real, with `n` values along the axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.irfft(tg.asarray([3.0, 0.0]), n=3, axis=-1, norm="backward")
    Tensor([1., 1., 1.], dtype=float32)
    """
    return xp.irfft(x, n=n, axis=axis, norm=norm)
