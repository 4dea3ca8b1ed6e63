"""Normalisation: the one operation behind the layers that bring activations to mean 0 and variance 1."""

from __future__ import annotations

from math import nan
from typing import Any

from ..autograd.apply import apply
from ..autograd.op import op, vjp
from ..backend.dtypes import float16
from .reduce import count, floating, widened

__all__ = ["standardize"]


def _mean(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    return xp.sum(x, axis=axes, keepdims=True) / (count(x.shape, axes) or nan)


def _standardized(xp: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...], eps: float,
                  centred: bool = True) -> Any:  # fmt: skip
    wide = c = widened(xp, floating(xp, x))
    if centred:
        mean = _mean(xp, wide, axes)
        c = wide - mean
    variance = _mean(xp, c * c, axes)
    y = c * (1 / xp.sqrt(variance + eps))
    if weight is not None:
        y = y * weight
    if bias is not None:
        y = y + bias
    return xp.astype(y, x.dtype) if x.dtype == float16 else y, mean if centred else xp.zeros_like(variance), variance


def _slopes(xp: Any, gs: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...],
            eps: float, centred: bool = True) -> Any:  # fmt: skip
    """The gradients of `x`, `weight` and `bias`, the last two before their sums over what they were repeated along."""
    g, g_mean, g_variance = gs
    _, mean, variance = ys
    c = widened(xp, x) - mean if centred else widened(xp, x)
    of_x = of_weight = of_bias = None
    if g is not None:
        of_bias = widened(xp, g)
        rate = 1 / xp.sqrt(variance + eps)
        normal = c * rate
        of_weight = of_bias * normal
        along, through = (of_bias, of_weight) if weight is None else (of_bias * weight, of_weight * weight)
        of_x = along - normal * _mean(xp, through, axes)
        if centred:
            of_x = of_x - _mean(xp, along, axes)
        of_x = of_x * rate
    size = count(x.shape, axes) or nan
    if g_mean is not None and centred:
        spread = xp.broadcast_to(g_mean / size, x.shape)
        of_x = spread if of_x is None else of_x + spread
    if g_variance is not None:
        spread = g_variance * (2 / size) * c
        of_x = spread if of_x is None else of_x + spread
    return of_x, of_weight, of_bias


def _outer_vjp(xp: Any, gs: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, **attributes: Any) -> Any:
    faster = xp.kernels.get("standardized_slopes")
    found = faster(xp, _slopes, gs, ys, x, weight, bias, **attributes) if faster else None
    return found or _slopes(xp, gs, ys, x, weight, bias, **attributes)


def _part(place: int) -> Any:
    """The rule of one input: its part of what all of them need together."""

    def rule(xp: Any, found: Any, ys: Any, *inputs: Any, **attributes: Any) -> Any:
        return xp.zeros_like(inputs[0]) if found[place] is None else found[place]

    return vjp(rule)


@op(*map(_part, range(3)), outer=vjp(_outer_vjp, reads="x weight y.1 y.2"), broadcasts=True, name="standardize")
def _standardize(xp: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...], eps: float,
                 centred: bool = True) -> Any:  # fmt: skip
    """Elements along axes at mean 0 and variance 1, scaled and shifted; their mean and variance."""
    faster = xp.kernels.get("standardized")
    found = faster(xp, x, weight, bias, axes=axes, eps=eps, centred=centred) if faster else None
    return found or _standardized(xp, x, weight, bias, axes=axes, eps=eps, centred=centred)


def standardize(x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...], eps: float,
                centred: bool = True) -> tuple[Any, Any, Any]:  # fmt: skip
    """Bring the elements along axes to mean 0 and variance 1, then scale and shift them.

    ``(x - mean) / sqrt(variance + eps) * weight + bias``, with the variance as the mean of squared deviations, in two
    passes. The statistics are outputs too: they save the backward their computation, and layers keep track of them.

    Parameters
    ----------
    x : Tensor
        Any shape.
    weight, bias : Tensor or None
        Broadcast against `x`; None scales by 1 and shifts by 0.
    axes : tuple of int
        Negative, counted from behind: where the elements lie that share their statistics.
    eps : float
        Added to the variance.
    centred : bool
        Whether the mean is taken off; else it counts as 0, and the variance is the mean square.

    Returns
    -------
    tuple of Tensor
        The result, of the shape of `x`; the mean and the variance, with size one along `axes`.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.normalization import standardize
    >>> y, mean, variance = standardize(tg.asarray([[1.0, 3.0], [4.0, 8.0]]), axes=(-1,), eps=0.0)
    >>> y
    Tensor([[-1.,  1.],
            [-1.,  1.]], dtype=float32)
    >>> mean.tolist(), variance.tolist()
    ([[2.0], [6.0]], [[1.0], [4.0]])
    """
    operands = [x]
    if weight is not None or bias is not None:
        operands.append(1 if weight is None else weight)
    if bias is not None:
        operands.append(bias)
    found: tuple[Any, Any, Any] = apply(_standardize, tuple(operands), {"axes": axes, "eps": eps, "centred": centred})
    return found
