"""Normalisation: the one operation behind the layers that bring activations to mean 0 and variance 1."""

from __future__ import annotations

from math import nan
from typing import Any

from ..autograd.apply import SCALARS, apply
from ..autograd.op import op, vjp
from ..backend.dtypes import float16
from .reduce import count, floating, widened

__all__ = ["standardize"]


def _rows(xp: Any, x: Any, weight: Any, bias: Any, axes: tuple[int, ...]) -> Any:
    """The axes to sum along first, those that are left, and how one number for each row is made of what was found.

    A row is the elements along the last axes that share their statistics, weight and bias. With one number for each
    of them, elements are gone over row by row, also where those that share their statistics lie apart.
    """
    parameters = [p for p in (weight, bias) if p is not None and type(p) not in SCALARS]
    places = 0
    while -places - 1 in axes and all(len(p.shape) <= places or p.shape[-places - 1] == 1 for p in parameters):
        places += 1
    if not places:
        return (), axes, lambda found: found
    shape = x.shape[:-places] + (1,) * places
    across = tuple(i for i in axes if i < -places)
    return tuple(range(-places, 0)), across, lambda found: xp.broadcast_to(found, shape)


def _total(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    return xp.sum(x, axis=axes, keepdims=True) if axes else x


def _times(x: Any, weight: Any) -> Any:
    return x if weight is None else x * weight


def _standardized(xp: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...], eps: float,
                  centred: bool = True) -> Any:  # fmt: skip
    size = count(x.shape, axes) or nan
    along, across, of_rows = _rows(xp, x, weight, bias, axes)
    c = wide = widened(xp, floating(xp, x))
    if centred:
        mean = _total(xp, _total(xp, wide, along), across) / size
        c = wide - of_rows(mean)
    variance = _total(xp, _total(xp, c * c, along), across) / size
    y = c * of_rows(_times(1 / xp.sqrt(variance + eps), weight))
    if bias is not None:
        y = y + of_rows(bias)
    return xp.astype(y, x.dtype) if x.dtype == float16 else y, mean if centred else xp.zeros_like(variance), variance


def _slopes(xp: Any, gs: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...],
            eps: float, centred: bool = True) -> Any:  # fmt: skip
    """The gradients of `x`, `weight` and `bias`, the last two before sums over what they were repeated along."""
    g, g_mean, g_variance = gs
    _, mean, variance = ys
    size = count(x.shape, axes) or nan
    along, across, of_rows = _rows(xp, x, weight, bias, axes)
    c = widened(xp, x) - of_rows(mean) if centred else widened(xp, x)
    of_x = of_weight = of_bias = None
    if g is not None:
        g, rate = widened(xp, g), 1 / xp.sqrt(variance + eps)
        of_bias, of_weight = _total(xp, g, along), _total(xp, g * c, along) * rate
        # of x: rate * (weight * g - mean(weight * g) - normal * mean(weight * g * normal)), where normal is c * rate
        slope = _total(xp, _times(of_weight, weight), across) / size * rate * rate
        offset = _total(xp, _times(of_bias, weight), across) / size * rate if centred else None
        of_x = g * of_rows(_times(rate, weight)) - c * of_rows(slope)
        if offset is not None:
            of_x = of_x - of_rows(offset)
    if g_mean is not None and centred:
        spread = xp.broadcast_to(g_mean / size, x.shape)
        of_x = spread if of_x is None else of_x + spread
    if g_variance is not None:
        spread = c * of_rows(g_variance * (2 / size))
        of_x = spread if of_x is None else of_x + spread
    return of_x, of_weight, of_bias


def _outer_vjp(xp: Any, gs: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, **attributes: Any) -> Any:
    faster = xp.kernels.get("standardized_slopes")
    found = faster(gs, ys, x, weight, bias, **attributes) if faster else None
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
    found = faster(x, weight, bias, axes=axes, eps=eps, centred=centred) if faster else None
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
