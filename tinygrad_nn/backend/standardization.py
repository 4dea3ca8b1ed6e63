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

# What elements share their statistics with: all of their row, and weights go along it; all of their column, of which
# each has a weight; all of a group of rows, of which each has a weight.
ROWS, COLUMNS, GROUPS = "rows", "columns", "groups"


class _Layout(NamedTuple):
    """An array as a matrix.

    Attributes
    ----------
    kind : str
        One of the three above.
    matrix : (int, int)
        Rows and columns.
    weights : tuple of int
        The shape of the gradients of weights and biases; for groups, one for each row.
    statistics : tuple of int
        The shape of means and variances.
    order : array or None
        Which rows make up each group: ``(groups, rows of each)``.
    """

    kind: str
    matrix: tuple[int, int]
    weights: tuple[int, ...]
    statistics: tuple[int, ...]
    order: Any = None


def standardized(x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...], eps: float,
                 centred: bool = True) -> Any:  # fmt: skip
    """Result, mean and variance as those of the plain operation, but for rounding; None where no loop is for them."""
    layout = _layout_of(x, weight, bias, axes, centred)
    if layout is None:
        return None
    from . import standardization_loops as loops  # numba takes a while to load

    y = np.empty_like(x)
    mean, variance = np.empty((2, *layout.statistics), np.float32)
    given = x.reshape(layout.matrix), _in_line(weight, 1, layout), _in_line(bias, 0, layout), np.float32(eps)
    results = y.reshape(layout.matrix), mean.reshape(-1), variance.reshape(-1)
    if layout.kind == ROWS:
        loops.rows(*given, centred, *results)
    elif layout.kind == COLUMNS:
        loops.columns(*given, *results)
    else:
        loops.groups(layout.order, *given, *results)
    return y, mean, variance


def standardized_slopes(gs: Any, ys: Any, x: Any, weight: Any = None, bias: Any = None, *, axes: tuple[int, ...],
                        eps: float, centred: bool = True) -> Any:  # fmt: skip
    """The gradients of all three inputs, from that of the result only; None where no loop is for them."""
    g, of_mean, of_variance = gs
    if g is None or g.dtype != np.float32 or of_mean is not None or of_variance is not None:
        return None
    layout = _layout_of(x, weight, bias, axes, centred)
    if layout is None:
        return None
    from . import standardization_loops as loops

    _, mean, variance = ys
    of_x = np.empty_like(x)
    of_weight, of_bias = np.zeros((2, *layout.weights), np.float32)
    g = g.reshape(layout.matrix) if g.flags.c_contiguous else np.ascontiguousarray(g).reshape(layout.matrix)
    given = g, x.reshape(layout.matrix), _in_line(weight, 1, layout), np.float32(eps)
    results = of_x.reshape(layout.matrix), of_weight.reshape(-1), of_bias.reshape(-1)
    if layout.kind == ROWS:
        loops.rows_slopes(*given, centred, mean.reshape(-1), variance.reshape(-1), *results)
    elif layout.kind == COLUMNS:
        loops.columns_slopes(*given, mean.reshape(-1), variance.reshape(-1), *results)
    else:
        loops.groups_slopes(layout.order, *given, mean.reshape(-1), variance.reshape(-1), *results)
    return of_x, of_weight, of_bias


def _layout_of(x: Any, weight: Any, bias: Any, axes: tuple[int, ...], centred: bool) -> _Layout | None:
    """How a loop would go over `x`; None where none is for such arrays."""
    if x.nbytes < LOOPED or x.dtype != np.float32 or not x.flags.c_contiguous or installed() is None:
        return None
    if weight is None:
        return None if bias is not None else _layout(x.shape, None, axes, centred)
    if type(weight) is not np.ndarray or weight.dtype != np.float32:
        return None
    if bias is not None and (bias.shape != weight.shape or bias.dtype != np.float32):
        return None
    return _layout(x.shape, weight.shape, axes, centred)


@lru_cache(maxsize=256)
def _layout(shape: tuple[int, ...], weights: tuple[int, ...] | None, axes: tuple[int, ...],
            centred: bool) -> _Layout | None:  # fmt: skip
    ndim = len(shape)
    statistics = tuple([1 if i - ndim in axes else size for i, size in enumerate(shape)])
    if weights and weights == shape[-len(weights) :] and axes == tuple(range(-len(weights), 0)):
        return _Layout(ROWS, (prod(shape[: -len(weights)]), prod(weights)), weights, statistics)
    if not centred:
        return None
    kept = shape[len(axes) :]
    if axes == tuple(range(-ndim, -len(kept))) and weights in (None, kept):
        return _Layout(COLUMNS, (prod(shape[: len(axes)]), prod(kept)), kept, statistics)
    places = 0  # last axes whose elements share their statistics, weight and bias
    while -places - 1 in axes and (weights is None or len(weights) <= places or weights[-places - 1] == 1):
        places += 1
    rows, columns = shape[: ndim - places], prod(shape[ndim - places :])
    if columns < SHORTEST:
        return None
    shared = [i for i in range(len(rows)) if i - ndim in axes]
    others = [i for i in range(len(rows)) if i not in shared]
    numbers = np.arange(prod(rows)).reshape(rows).transpose(others + shared)
    order = np.ascontiguousarray(numbers.reshape(prod(rows[i] for i in others), -1))
    return _Layout(GROUPS, (prod(rows), columns), rows + (1,) * places, statistics, order)


def _in_line(parameter: Any, default: float, layout: _Layout) -> Any:
    """Weights or biases in the order in which a loop meets them."""
    if parameter is None:
        return np.full(prod(layout.weights), default, np.float32)
    if layout.kind == GROUPS:
        return np.broadcast_to(parameter, layout.weights).reshape(-1)
    return parameter.reshape(-1)
