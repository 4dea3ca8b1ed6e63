"""Activation functions with their settings; those without any are the operations themselves."""

from __future__ import annotations

from typing import Any, NoReturn

from ... import ops
from ...autograd.words import refuse_arguments
from ...ops import log_sigmoid as logsigmoid
from ...ops import mish, relu, selu, sigmoid, silu, softsign, tanh
from ...tensor import Tensor

__all__ = [
    "celu", "elu", "gelu", "glu", "hardtanh", "leaky_relu", "log_softmax", "logsigmoid", "mish", "prelu", "relu",
    "selu", "sigmoid", "silu", "softmax", "softmin", "softplus", "softsign", "tanh", "tanhshrink",
]  # fmt: skip


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Tensor:
    """Leaky rectified linear unit: `x` where positive, else ``negative_slope * x`` (Maas et al. 2013).

    Parameters
    ----------
    x : Tensor
        Any shape.
    negative_slope : float

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.leaky_relu(tg.asarray([-2.0, 3.0]), 0.5)
    Tensor([-1.,  3.], dtype=float32)
    """
    y: Tensor = ops.leaky_relu(x, slope=negative_slope)
    return y


def prelu(x: Any, weight: Any) -> Tensor:
    """Leaky rectified linear unit whose slope is learned (He et al. 2015).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...), or any where there is one slope.
    weight : Tensor
        Slopes: one, or one for each channel: (1,) or (C,).

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        There are neither one nor C slopes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.prelu(tg.asarray([[-2.0, -2.0]]), tg.asarray([0.5, 0.25]))
    Tensor([[-1. , -0.5]], dtype=float32)
    """
    if weight.ndim > 1 or (weight.size != 1 and (x.ndim < 2 or weight.size != x.shape[1])):
        raise ValueError(f"prelu: weight has shape {weight.shape}, x {x.shape}; wanted (1,), or (C,) for x (N, C, ...)")
    if weight.size != 1 and x.ndim > 2:
        weight = ops.reshape(weight, (weight.size,) + (1,) * (x.ndim - 2))
    elif x.ndim == 0:
        weight = ops.reshape(weight, ())
    y: Tensor = ops.prelu(x, weight)
    return y


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Exponential linear unit: `x` where positive, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2016).

    Parameters
    ----------
    x : Tensor
        Any shape.
    alpha : float

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.elu(tg.asarray([0.0, 3.0]))
    Tensor([0., 3.], dtype=float32)
    """
    y: Tensor = ops.elu(x, alpha=alpha)
    return y


def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """Continuously differentiable exponential linear unit: `x` where positive, else ``alpha * (exp(x / alpha) - 1)``.

    Barron 2017.

    Parameters
    ----------
    x : Tensor
        Any shape.
    alpha : float
        Not 0.

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.celu(tg.asarray([-1e4, 3.0]), 2.0)
    Tensor([-2.,  3.], dtype=float32)
    """
    y: Tensor = ops.where(ops.greater(x, 0), x, ops.elu(x / alpha, alpha=alpha))
    return y


def gelu(x: Any, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit: `x` times the standard normal distribution function of `x`.

    Hendrycks and Gimpel 2016.

    Parameters
    ----------
    x : Tensor
        Any shape.
    approximate : str
        ``"none"``, or ``"tanh"`` for ``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x ** 3)))``.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `approximate` is neither.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.gelu(tg.asarray([0.0, 100.0]))
    Tensor([  0., 100.], dtype=float32)
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate={approximate!r}; wanted is 'none' or 'tanh'")
    y: Tensor = ops.gelu(x) if approximate == "none" else ops.gelu_tanh(x)
    return y


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Smooth form of relu: ``log(1 + exp(beta * x)) / beta``, without overflow.

    Parameters
    ----------
    x : Tensor
        Any shape.
    beta : float
        The larger, the closer to relu.
    threshold : float
        Where ``beta * x`` is larger, the result is `x`.

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.softplus(tg.asarray([-1e4, 1e4]))
    Tensor([    0., 10000.], dtype=float32)
    """
    y: Tensor = ops.where(ops.greater(x, threshold / beta), x, ops.softplus(x, beta=beta))
    return y


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Each element limited to [min_val, max_val]; the gradient at the bounds is 0.

    Parameters
    ----------
    x : Tensor
        Any shape.
    min_val, max_val : float

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        The bounds are not in order.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.hardtanh(tg.asarray([-3.0, 0.5, 3.0]))
    Tensor([-1. ,  0.5,  1. ], dtype=float32)
    """
    if min_val >= max_val:
        raise ValueError(f"hardtanh: min_val={min_val} must be less than max_val={max_val}")
    y: Tensor = ops.hardtanh(x, low=min_val, high=max_val)
    return y


def softmax(x: Any, axis: int | None = None, **unknown: NoReturn) -> Tensor:
    """Exponentials along an axis divided by their sum: positive numbers that add up to 1.

    Parameters
    ----------
    x : Tensor
        Any shape with that axis.
    axis : int

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.softmax(tg.zeros((1, 4)), axis=1)
    Tensor([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
    if axis is None or unknown:
        refuse_arguments("softmax", unknown, missing="axis")
    y: Tensor = ops.softmax(x, axis=axis)
    return y


def log_softmax(x: Any, axis: int | None = None, **unknown: NoReturn) -> Tensor:
    """Logarithm of the softmax along an axis, exact where that is close to 0.

    Parameters
    ----------
    x : Tensor
        Any shape with that axis.
    axis : int

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.log_softmax(tg.asarray([[0.0, 1e4]]), axis=1)
    Tensor([[-10000.,      0.]], dtype=float32)
    """
    if axis is None or unknown:
        refuse_arguments("log_softmax", unknown, missing="axis")
    y: Tensor = ops.log_softmax(x, axis=axis)
    return y


def softmin(x: Any, axis: int | None = None, **unknown: NoReturn) -> Tensor:
    """The softmax of the negative: most to the smallest.

    Parameters
    ----------
    x : Tensor
        Any shape with that axis.
    axis : int

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.softmin(tg.asarray([0.0, 1e4]), axis=0)
    Tensor([1., 0.], dtype=float32)
    """
    if axis is None or unknown:
        refuse_arguments("softmin", unknown, missing="axis")
    return softmax(-x, axis)


def tanhshrink(x: Any) -> Tensor:
    """What tanh takes away: ``x - tanh(x)``.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.tanhshrink(tg.asarray([0.0, 100.0]))
    Tensor([ 0., 99.], dtype=float32)
    """
    y: Tensor = x - tanh(x)
    return y


def glu(x: Any, axis: int = -1, **unknown: NoReturn) -> Tensor:
    """Gated linear unit: the first half along an axis times the sigmoid of the second (Dauphin et al. 2017).

    Parameters
    ----------
    x : Tensor
        Any shape with that axis, of an even size.
    axis : int

    Returns
    -------
    Tensor
        Half as long along `axis`.

    Raises
    ------
    ValueError
        The size is odd.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.glu(tg.asarray([3.0, 5.0, 0.0, 100.0]))
    Tensor([1.5, 5. ], dtype=float32)
    """
    if unknown:
        refuse_arguments("glu", unknown)
    a, b = ops.split(x, 2, axis=axis)
    y: Tensor = a * sigmoid(b)
    return y
