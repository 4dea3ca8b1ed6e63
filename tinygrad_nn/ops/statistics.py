"""Means, and what is computed from them. Where a standard deviation is 0, its gradient is 0, as in PyTorch."""

from __future__ import annotations

from math import inf, nan
from typing import Any

from ..autograd.op import vjp
from ..backend.dtypes import float16
from .axes import kept_shape, reduction
from .reduce import count, floating, keep_axes, spread, widened

__all__ = ["logsumexp", "mean", "std", "var"]


def _as(xp: Any, y: Any, x: Any) -> Any:
    """The result with the dtype of `x`, where that was widened."""
    return xp.astype(y, x.dtype) if x.dtype == float16 else y


def _mean_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return spread(xp, widened(xp, g) / count(x.shape, axis), x.shape, axis)


@reduction(vjp(_mean_vjp), linear="jointly")
def mean(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Mean of the elements along `axis`; of none it is NaN.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Without the reduced axes, unless they are kept.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.mean(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([2., 3.], dtype=float32)
    """
    return _as(xp, xp.sum(widened(xp, x), axis=axis, keepdims=keepdims) / (count(x.shape, axis) or nan), x)


def _centred(xp: Any, x: Any, axis: Any) -> Any:
    x = widened(xp, x)
    return x - xp.sum(x, axis=axis, keepdims=True) / (count(x.shape, axis) or nan)


def _conjugate(xp: Any, x: Any) -> Any:
    """What carries the gradient of a square of the absolute value: nothing is done to real values."""
    return xp.conj(x) if x.dtype.kind == "c" else x


def _freedom(x: Any, axis: Any, correction: float) -> float:
    return ((left := count(x.shape, axis) - correction) > 0 and left) or nan


def _variance(xp: Any, x: Any, axis: Any, correction: float, keepdims: bool) -> Any:
    c = _centred(xp, x, axis)
    squares = xp.square(xp.real(c)) + xp.square(xp.imag(c)) if c.dtype.kind == "c" else xp.square(c)
    return xp.sum(squares, axis=axis, keepdims=keepdims) / _freedom(x, axis, correction)


def _var_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any = None, correction: float = 0, keepdims: bool = False) -> Any:
    g = widened(xp, xp.reshape(g, kept_shape(x.shape, axis)))
    return g * (2 / _freedom(x, axis, correction)) * _conjugate(xp, _centred(xp, x, axis))


@reduction(vjp(_var_vjp, reads="x"))
def var(xp: Any, x: Any, *, axis: Any = None, correction: float = 0, keepdims: bool = False) -> Any:
    """Variance of the elements along `axis`: squared deviations from the mean, over ``count - correction``.

    Of complex elements it is real: their deviations are squared as absolute values.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    correction : float
        Taken from the count of elements; 1 for the unbiased estimate from a sample.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Real, without the reduced axes, unless they are kept; NaN where ``count - correction`` is not positive.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([1.0, 3.0])
    >>> tg.var(x).item(), tg.var(x, correction=1).item()
    (1.0, 2.0)
    """
    return _as(xp, _variance(xp, x, axis, correction, keepdims), x)


def _std_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any = None, correction: float = 0, keepdims: bool = False) -> Any:
    y = keep_axes(xp, y, x, axis)
    flat = xp.equal(y, 0)
    slope = widened(xp, xp.where(flat, 0, xp.reshape(g, y.shape) / xp.where(flat, 1, y)))
    return slope * (1 / _freedom(x, axis, correction)) * _conjugate(xp, _centred(xp, x, axis))


def _std_jvp(xp: Any, tangents: Any, y: Any, x: Any, axis: Any = None, correction: float = 0,
             keepdims: bool = False) -> Any:  # fmt: skip
    towards = widened(xp, tangents[0]) * _conjugate(xp, _centred(xp, x, axis))
    if towards.dtype.kind == "c":
        towards = xp.real(towards)
    slope = xp.sum(towards, axis=axis, keepdims=keepdims)
    flat = xp.equal(y, 0)
    return xp.where(flat, 0, slope / (xp.where(flat, 1, y) * _freedom(x, axis, correction)))


@reduction(vjp(_std_vjp, reads="x y"), jvp=_std_jvp)
def std(xp: Any, x: Any, *, axis: Any = None, correction: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation of the elements along `axis`: the root of the variance; its gradient at 0 is 0.

    Of complex elements it is real, as their variance is.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    correction : float
        Taken from the count of elements; 1 for the unbiased estimate from a sample.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Real, without the reduced axes, unless they are kept; NaN where ``count - correction`` is not positive.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.std(tg.asarray([1.0, 3.0, 1.0, 3.0])).item()
    1.0
    """
    return _as(xp, xp.sqrt(_variance(xp, x, axis, correction, keepdims)), x)


def _logsumexp_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    y = keep_axes(xp, y, x, axis)
    y = xp.where(xp.equal(y, -inf), 0, y)  # the logarithm of no probability at all has gradient zero
    return xp.reshape(g, kept_shape(x.shape, axis)) * xp.exp(x - y)


def _logsumexp_jvp(xp: Any, tangents: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    y = keep_axes(xp, y, x, axis)
    weights = xp.exp(x - xp.where(xp.equal(y, -inf), 0, y))
    return xp.sum(tangents[0] * weights, axis=axis, keepdims=keepdims)


@reduction(vjp(_logsumexp_vjp, reads="x y"), jvp=_logsumexp_jvp)
def logsumexp(xp: Any, x: Any, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Logarithm of the sum of exponentials along `axis`, without overflow; of none it is -inf.

    ``log(sum(exp(x)))``, whose gradient is the softmax.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        What to reduce: these axes, or all for None.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Without the reduced axes, unless they are kept.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.logsumexp(tg.asarray([1000.0, 1000.0, -1000.0], tg.float64))
    Tensor(1000.69314718, dtype=float64)
    """
    if not count(x.shape, axis):
        return xp.full_like(xp.sum(x, axis=axis, keepdims=keepdims), -inf)
    x = floating(xp, x)
    top = xp.max(x, axis=axis, keepdims=True)
    top = xp.where(xp.isinf(top), 0, top)  # so that subtracting it gives no NaN
    y = xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else xp.squeeze(y, axis=tuple(range(x.ndim)) if axis is None else axis)
