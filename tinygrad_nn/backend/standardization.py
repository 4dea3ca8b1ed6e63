"""Normalisation on the CPU: of large arrays a loop over the elements that share their mean and variance."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .jit import installed

__all__ = ["standardized", "standardized_slopes"]

LOOPED = 16 * 1024  # bytes from which a loop of machine code is faster, and numba worth loading
SHORTEST = 8  # elements in a row that such loops pay for


class _Layout(NamedTuple):
    """An array as rows of the elements along its last axes.

    Attributes
    ----------
    rows : tuple of int
        The axes before.
    statistics : tuple of int
        The shape of means and variances.
    order : array or None
        Which rows make up each group, ``(groups, rows of each)``; None where each row is by itself, and weights and
        biases go along it. Else there is one of these for each row.
    """

    rows: tuple[int, ...]
    statistics: tuple[int, ...]
    order: Any


def standardized(x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...], eps: float,
                 centred: bool = True) -> Any:  # fmt: skip
    """Result, mean and variance as those of the plain operation, but for rounding; None where no loop is for them."""
    layout = _layout(x, weight, bias, axes, centred)
    if layout is None:
        return None
    from . import standardization_loops as loops  # numba takes a while to load

    y = np.empty_like(x)
    mean, variance = np.empty((2, *layout.statistics), np.float32)
    arrays = _in_rows(x, layout), *_weights(x, weight, bias, layout)
    results = _in_rows(y, layout), mean.reshape(-1), variance.reshape(-1)
    if layout.order is None:
        loops.rows(*arrays, np.float32(eps), centred, *results)
    else:
        loops.groups(layout.order, *arrays, np.float32(eps), *results)
    return y, mean, variance


def standardized_slopes(gs: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...],
                        eps: float, centred: bool = True) -> Any:  # fmt: skip
    """The gradients of all three inputs, from that of the result only; None where no loop is for them."""
    g, *of_statistics = gs
    _, mean, variance = ys
    if g is None or g.dtype != np.float32 or any(part is not None for part in of_statistics):
        return None
    layout = _layout(x, weight, bias, axes, centred)
    if layout is None:
        return None
    from . import standardization_loops as loops

    of_x = np.empty_like(x)
    scale, _ = _weights(x, weight, None, layout)
    of_weight, of_bias = np.zeros((2, scale.size), np.float32)
    arrays = _in_rows(np.ascontiguousarray(g), layout), _in_rows(x, layout), scale
    statistics = mean.reshape(-1), variance.reshape(-1)
    results = _in_rows(of_x, layout), of_weight, of_bias
    if layout.order is None:
        loops.rows_slopes(*arrays, np.float32(eps), centred, *statistics, *results)
        shape = weight.shape
    else:
        loops.groups_slopes(layout.order, *arrays, np.float32(eps), *statistics, *results)
        shape = layout.rows + (1,) * (x.ndim - len(layout.rows))
    return of_x, of_weight.reshape(shape), of_bias.reshape(shape)


def _layout(x: Any, weight: Any, bias: Any, axes: tuple[int, ...], centred: bool) -> _Layout | None:
    """How a loop would go over `x`; None where none is for such arrays."""
    if x.nbytes < LOOPED or x.dtype != np.float32 or not x.flags.c_contiguous or installed() is None:
        return None
    if weight is not None and (type(weight) is not np.ndarray or weight.dtype != np.float32):
        return None
    if bias is not None and (weight is None or bias.shape != weight.shape or bias.dtype != np.float32):
        return None
    statistics = tuple([1 if i in axes else size for i, size in enumerate(x.shape, -x.ndim)])
    if weight is not None and axes == tuple(range(-weight.ndim, 0)) and weight.shape == x.shape[-weight.ndim :]:
        return _Layout(x.shape[: -weight.ndim], statistics, None)
    places = 0  # last axes whose elements share their statistics, weight and bias
    while -places - 1 in axes and (weight is None or weight.ndim <= places or weight.shape[-places - 1] == 1):
        places += 1
    split = x.ndim - places
    if not centred or prod(x.shape[split:]) < SHORTEST:
        return None
    return _Layout(x.shape[:split], statistics, _order(x.shape[:split], tuple(i for i in axes if i < -places), places))


@lru_cache(maxsize=64)
def _order(rows: tuple[int, ...], reduced: tuple[int, ...], places: int) -> Any:
    """The numbers of the rows in each group: those along the axes that are `reduced`."""
    along = [i + len(rows) + places for i in reduced]
    kept = [i for i in range(len(rows)) if i not in along]
    numbers = np.arange(prod(rows)).reshape(rows).transpose(kept + along)
    return np.ascontiguousarray(numbers.reshape(prod(rows[i] for i in kept), -1))


def _in_rows(x: Any, layout: _Layout) -> Any:
    return x.reshape(prod(layout.rows), -1)


def _weights(x: Any, weight: Any, bias: Any, layout: _Layout) -> tuple[Any, Any]:
    """Weights and biases along a row, or of each row."""
    if layout.order is None:
        return weight.reshape(-1), np.zeros(weight.size, np.float32) if bias is None else bias.reshape(-1)
    places, count = x.ndim - len(layout.rows), prod(layout.rows)

    def of_each_row(parameter: Any, default: float) -> Any:
        if parameter is None:
            return np.full(count, default, np.float32)
        return np.broadcast_to(parameter.reshape(parameter.shape[:-places]), layout.rows).reshape(-1)

    return of_each_row(weight, 1), of_each_row(bias, 0)
