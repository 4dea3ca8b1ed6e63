"""Activation functions made of straight pieces (and hardswish, of a parabola between two)."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...backend import Generator
from ...creation import draw
from ...tensor import Tensor

__all__ = ["hardshrink", "hardsigmoid", "hardswish", "relu6", "rrelu", "softshrink", "threshold"]


def relu6(x: Any) -> Tensor:
    """Each element limited to [0, 6]; the gradient at the bounds is 0 (Krizhevsky 2010).

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
    >>> F.relu6(tg.asarray([-1.0, 3.0, 8.0]))
    Tensor([0., 3., 6.], dtype=float32)
    """
    y: Tensor = ops.hardtanh(x, low=0.0, high=6.0)
    return y


def hardsigmoid(x: Any) -> Tensor:
    """The sigmoid in three straight pieces: ``(x + 3) / 6``, limited to [0, 1].

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
    >>> F.hardsigmoid(tg.asarray([-4.0, 0.0, 4.0]))
    Tensor([0. , 0.5, 1. ], dtype=float32)
    """
    y: Tensor = ops.hardtanh(x, low=-3.0, high=3.0) / 6 + 0.5
    return y


def hardswish(x: Any) -> Tensor:
    """`x` times its `hardsigmoid` (Howard et al. 2019).

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
    >>> F.hardswish(tg.asarray([-4.0, 3.0, 4.0]))
    Tensor([0., 3., 4.], dtype=float32)
    """
    outside = ops.greater_equal(ops.abs(x), 3)
    inner = ops.where(outside, 0, x)  # so that no infinite element meets a slope of 0
    y: Tensor = ops.where(outside, ops.relu(x), inner * (inner / 6 + 0.5))
    return y


def softshrink(x: Any, lambd: float = 0.5) -> Tensor:
    """Each element moved by `lambd` towards 0, and 0 where it is not that far away.

    Parameters
    ----------
    x : Tensor
        Any shape.
    lambd : float
        At least 0.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `lambd` is negative.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.softshrink(tg.asarray([-2.0, 0.25, 2.0]))
    Tensor([-1.5,  0. ,  1.5], dtype=float32)
    """
    if lambd < 0:
        raise ValueError(f"softshrink: lambd={lambd} must be at least 0")
    y: Tensor = x - ops.clip(x, -lambd, lambd)
    return y


def hardshrink(x: Any, lambd: float = 0.5) -> Tensor:
    """Each element, or 0 where it is no further away than `lambd`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    lambd : float

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.hardshrink(tg.asarray([-2.0, 0.25, 2.0]))
    Tensor([-2.,  0.,  2.], dtype=float32)
    """
    y: Tensor = ops.where(ops.less_equal(ops.abs(x), lambd), 0, x)
    return y


def threshold(x: Any, threshold: float, value: float) -> Tensor:
    """Each element where it is above the threshold, else `value`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    threshold : float
        Elements at it are replaced too.
    value : float
        What they are replaced with.

    Returns
    -------
    Tensor
        Shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.threshold(tg.asarray([0.5, 1.0, 2.0]), 1.0, -1.0)
    Tensor([-1., -1.,  2.], dtype=float32)
    """
    y: Tensor = ops.where(ops.less_equal(x, threshold), value, x)
    return y


def rrelu(x: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, *,
          generator: Generator | None = None) -> Tensor:  # fmt: skip
    """Leaky rectified linear unit with random slopes: `x` where positive, else `x` times one drawn for that element.

    Xu et al. 2015.

    Parameters
    ----------
    x : Tensor
        Any shape.
    lower, upper : float
        Between which slopes are drawn, all equally likely.
    training : bool
        Otherwise the slope is the mean of the two.
    generator : Generator or None
        What draws; None is the default one of the device.

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
    >>> F.rrelu(tg.asarray([-2.0, 3.0]), 0.25, 0.75)
    Tensor([-1.,  3.], dtype=float32)
    """
    if lower > upper:
        raise ValueError(f"rrelu: lower={lower} must be no more than upper={upper}")
    if training:
        y: Tensor = ops.prelu(x, draw(generator, x.device, "uniform", x.shape, lower, upper, x.dtype))
    else:
        y = ops.leaky_relu(x, slope=(lower + upper) / 2)
    return y
