"""Activation functions. At kinks the subgradient is PyTorch's: the derivative from the left (0 for relu at 0)."""

from __future__ import annotations

import math
from typing import Any

from ..autograd.op import elementwise, op, vjp
from .reduce import floating

# fmt: off
__all__ = ["elu", "gelu", "gelu_tanh", "hardtanh", "leaky_relu", "log_sigmoid", "log_softmax", "mish", "prelu", "relu",
           "selu", "sigmoid", "silu", "softmax", "softplus", "softsign"]
# fmt: on

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017, equation 14
_SQRT_HALF, _INV_SQRT_2PI, _SQRT_2_OVER_PI = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi), math.sqrt(2 / math.pi)


@elementwise(vjp(lambda xp, g, y, x: g * (y > 0), reads="y"))
def relu(xp: Any, x: Any) -> Any:
    """Rectified linear unit of each element: ``max(x, 0)``; its gradient at 0 is 0 (Nair and Hinton 2010).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.relu(tg.asarray([-1.0, 0.0, 2.0]))
    Tensor([0., 0., 2.], dtype=float32)
    """
    return xp.maximum(x, 0)


@elementwise(vjp(lambda xp, g, y, x, slope: xp.where(x > 0, g, g * slope), reads="x"))
def leaky_relu(xp: Any, x: Any, *, slope: float) -> Any:
    """Leaky rectified linear unit of each element: `x` where positive, else ``slope * x`` (Maas et al. 2013).

    Parameters
    ----------
    x : Tensor, array or scalar
        Any shape.
    slope : float
        Of the line left of 0, and the gradient at 0.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.leaky_relu(tg.asarray([-2.0, 3.0]), slope=0.5)
    Tensor([-1.,  3.], dtype=float32)
    """
    return xp.where(x > 0, x, x * slope)


@elementwise(
    vjp(lambda xp, g, y, x, slope: xp.where(x > 0, g, g * slope), reads="x slope"),
    vjp(lambda xp, g, y, x, slope: g * xp.minimum(x, 0), reads="x"),
)
def prelu(xp: Any, x: Any, slope: Any) -> Any:
    """Leaky rectified linear unit whose slope is an array of its own: `x` where positive, else ``slope * x``.

    He et al. 2015, who learn the slope.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.prelu(tg.asarray([-2.0, -2.0, 3.0]), tg.asarray([0.5, 0.25, 0.25]))
    Tensor([-1. , -0.5,  3. ], dtype=float32)
    """
    return xp.where(x > 0, x, x * slope)


@elementwise(vjp(lambda xp, g, y, x, alpha: xp.where(x > 0, g, g * alpha * xp.exp(xp.minimum(x, 0))), reads="x"))
def elu(xp: Any, x: Any, *, alpha: float) -> Any:
    """Exponential linear unit of each element: `x` where positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2016).

    Parameters
    ----------
    x : Tensor, array or scalar
        Any shape.
    alpha : float
        How far below 0 it goes.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.elu(tg.asarray([-1.0, 0.0, 1.0], tg.float64), alpha=1.0)
    Tensor([-0.63212056,  0.        ,  1.        ], dtype=float64)
    """
    return xp.where(x > 0, x, alpha * xp.expm1(xp.minimum(x, 0)))


@elementwise(
    vjp(
        lambda xp, g, y, x: g * _SELU_SCALE * xp.where(x > 0, 1, _SELU_ALPHA * xp.exp(xp.minimum(x, 0))),
        reads="x",
    )
)
def selu(xp: Any, x: Any) -> Any:
    """Self-normalising exponential linear unit of each element (Klambauer et al. 2017).

    ``scale * x`` where positive, else ``scale * alpha * (exp(x) - 1)``, with the constants that carry mean 0 and
    variance 1 from layer to layer: ``scale = 1.0507...``, ``alpha = 1.6732...``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.selu(tg.asarray([-1.0, 0.0, 1.0], tg.float64))
    Tensor([-1.11133074,  0.        ,  1.05070099], dtype=float64)
    """
    return _SELU_SCALE * xp.where(x > 0, x, _SELU_ALPHA * xp.expm1(xp.minimum(x, 0)))


@elementwise(vjp(lambda xp, g, y, x: g * (y * (1 - y)), reads="y"))
def sigmoid(xp: Any, x: Any) -> Any:
    """Logistic function of each element: ``1 / (1 + exp(-x))``, without overflow.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.sigmoid(tg.asarray([-1000.0, 0.0, 1.0], tg.float64))
    Tensor([0.        , 0.5       , 0.73105858], dtype=float64)
    """
    return xp.sigmoid(x)


@elementwise(vjp(lambda xp, g, y, x: g * xp.sigmoid(-x), reads="x"))
def log_sigmoid(xp: Any, x: Any) -> Any:
    """Logarithm of the logistic function of each element, without overflow: ``-log(1 + exp(-x))``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.log_sigmoid(tg.asarray([-1000.0, 0.0], tg.float64))
    Tensor([-1.00000000e+03, -6.93147181e-01], dtype=float64)
    """
    x = floating(xp, x)
    return xp.minimum(x, 0) - xp.softplus(-xp.abs(x))


@elementwise(vjp(lambda xp, g, y, x, beta=1.0: g * xp.sigmoid(x * beta), reads="x"))
def softplus(xp: Any, x: Any, *, beta: float = 1.0) -> Any:
    """Smooth form of relu, of each element and without overflow: ``log(1 + exp(beta * x)) / beta`` (Dugas et al. 2001).

    Parameters
    ----------
    x : Tensor, array or scalar
        Any shape.
    beta : float
        Positive, 1 unless given; the larger, the closer to relu.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.softplus(tg.asarray([0.0, 1000.0], tg.float64), beta=1.0)
    Tensor([6.93147181e-01, 1.00000000e+03], dtype=float64)
    """
    x = floating(xp, x)
    return xp.softplus(x) if beta == 1 else xp.maximum(x, 0) + xp.softplus(-xp.abs(x * beta)) / beta


@elementwise(vjp(lambda xp, g, y, x: g / xp.square(1 + xp.abs(x)), reads="x"))
def softsign(xp: Any, x: Any) -> Any:
    """``x / (1 + abs(x))`` of each element (Turian et al. 2009).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.softsign(tg.asarray([-1.0, 0.0, 3.0]))
    Tensor([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    x = floating(xp, x)
    return x / (1 + xp.abs(x))


def _silu_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    s = xp.sigmoid(x)
    return g * (s * (1 + x * (1 - s)))


@elementwise(vjp(_silu_vjp, reads="x"))
def silu(xp: Any, x: Any) -> Any:
    """Sigmoid linear unit of each element, also called swish: ``x * sigmoid(x)``.

    Elfwing et al. 2018; Ramachandran et al. 2017.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.silu(tg.asarray([-1.0, 0.0, 1.0], tg.float64))
    Tensor([-0.26894142,  0.        ,  0.73105858], dtype=float64)
    """
    return x * xp.sigmoid(x)


def _mish_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    t = xp.tanh(xp.softplus(x))
    return g * (t + x * (1 - t * t) * xp.sigmoid(x))


@elementwise(vjp(_mish_vjp, reads="x"))
def mish(xp: Any, x: Any) -> Any:
    """``x * tanh(softplus(x))`` of each element (Misra 2019).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.mish(tg.asarray([-1.0, 0.0, 1.0], tg.float64))
    Tensor([-0.30340146,  0.        ,  0.86509839], dtype=float64)
    """
    x = floating(xp, x)
    return x * xp.tanh(xp.softplus(x))


def _in_one_pass(xp: Any, name: str, rule: Any, *arrays: Any) -> Any:
    """What a rule says, by a loop over the elements where the backend has one of that name."""
    faster = xp.kernels.get("in_one_pass")
    return faster(xp, name, rule, *arrays) if faster else rule(xp, *arrays)


def _gelu_slope(xp: Any, g: Any, x: Any) -> Any:
    density = xp.exp(x * x * -0.5) * _INV_SQRT_2PI
    return g * (0.5 * (1 + xp.erf(x * _SQRT_HALF)) + x * density)


def _gelu(xp: Any, x: Any) -> Any:
    return x * (0.5 * (1 + xp.erf(x * _SQRT_HALF)))


@elementwise(vjp(lambda xp, g, y, x: _in_one_pass(xp, "gelu_slope", _gelu_slope, g, x), reads="x"))
def gelu(xp: Any, x: Any) -> Any:
    """Gaussian error linear unit of each element: `x` times the standard normal distribution function of `x`.

    ``x * (1 + erf(x / sqrt(2))) / 2`` (Hendrycks and Gimpel 2016).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.gelu(tg.asarray([-1.0, 0.0, 1.0], tg.float64))
    Tensor([-0.15865525,  0.        ,  0.84134475], dtype=float64)
    """
    return _in_one_pass(xp, "gelu", _gelu, x)


def _gelu_argument(x: Any) -> Any:
    return x * (1 + x * x * 0.044715) * _SQRT_2_OVER_PI


def _gelu_tanh(xp: Any, x: Any) -> Any:
    return x * (0.5 * (1 + xp.tanh(_gelu_argument(x))))


def _gelu_tanh_slope(xp: Any, g: Any, x: Any) -> Any:
    t = xp.tanh(_gelu_argument(x))
    slope = (1 + x * x * (3 * 0.044715)) * _SQRT_2_OVER_PI
    return g * (0.5 * (1 + t + x * (1 - t * t) * slope))


@elementwise(vjp(lambda xp, g, y, x: _in_one_pass(xp, "gelu_tanh_slope", _gelu_tanh_slope, g, x), reads="x"))
def gelu_tanh(xp: Any, x: Any) -> Any:
    """Gaussian error linear unit of each element by its approximation with a tanh (Hendrycks and Gimpel 2016).

    ``x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3))) / 2``

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.gelu_tanh(tg.asarray([-1.0, 0.0, 1.0], tg.float64))
    Tensor([-0.15880801,  0.        ,  0.84119199], dtype=float64)
    """
    return _in_one_pass(xp, "gelu_tanh", _gelu_tanh, floating(xp, x))


@elementwise(vjp(lambda xp, g, y, x, low, high: g * xp.logical_and(x > low, x < high), reads="x"))
def hardtanh(xp: Any, x: Any, *, low: float, high: float) -> Any:
    """Each element limited to [low, high]; its gradient at the bounds is 0 (that of `clip` is 1).

    Parameters
    ----------
    x : Tensor, array or scalar
        Any shape.
    low, high : float
        The bounds.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.hardtanh(tg.asarray([-3.0, 0.5, 3.0]), low=-1.0, high=1.0)
    Tensor([-1. ,  0.5,  1. ], dtype=float32)
    """
    return xp.minimum(xp.maximum(x, low), high)


@op(vjp(lambda xp, g, y, x, axis: y * (g - xp.sum(g * y, axis=axis, keepdims=True)), reads="y"))
def softmax(xp: Any, x: Any, *, axis: int) -> Any:
    """Exponentials along an axis divided by their sum, without overflow: ``exp(x) / sum(exp(x))``.

    Parameters
    ----------
    x : Tensor
        Any shape with that axis.
    axis : int
        Where the probabilities add up to 1.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There is no element along it.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.softmax(tg.asarray([0.0, 0.0, 1000.0, 1000.0]), axis=0)
    Tensor([0. , 0. , 0.5, 0.5], dtype=float32)
    """
    x = floating(xp, x)
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


@op(vjp(lambda xp, g, y, x, axis: g - xp.exp(y) * xp.sum(g, axis=axis, keepdims=True), reads="y"))
def log_softmax(xp: Any, x: Any, *, axis: int) -> Any:
    """Logarithm of the softmax along an axis, without overflow: ``x - log(sum(exp(x)))``.

    Parameters
    ----------
    x : Tensor
        Any shape with that axis.
    axis : int
        Where the probabilities add up to 1.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There is no element along it.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.log_softmax(tg.asarray([0.0, 1000.0]), axis=0)
    Tensor([-1000.,     0.], dtype=float32)
    """
    x = floating(xp, x)
    x = x - xp.max(x, axis=axis, keepdims=True)
    return x - xp.log(xp.sum(xp.exp(x), axis=axis, keepdims=True))
