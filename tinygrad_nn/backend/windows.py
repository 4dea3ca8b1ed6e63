"""Windows of an array as tables of places: which elements each of them has.

A table has the shape (elements, windows): its columns are the places of the elements of one window, along one axis, or
in spatial axes that have been joined into one. So there is one rule for windows of any number of axes, strides and
dilations, for those that padding cuts short, and for those that differ in size.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

__all__ = ["OUTSIDE", "places", "regular", "transposed", "uneven", "with_weights"]

OUTSIDE = -1


def regular(size: int, kernel: int, stride: int, padding: int, dilation: int, windows: int) -> Any:
    """The elements of windows along one axis, (windows, kernel): `dilation` apart, the first `padding` before it."""
    found = np.arange(windows)[:, None] * stride + np.arange(kernel) * dilation - padding
    return np.where((found >= 0) & (found < size), found, OUTSIDE)


def uneven(size: int, windows: int) -> Any:
    """The elements of windows along one axis that cover it as evenly as can be, (windows, longest)."""
    count = np.arange(windows)
    first, end = count * size // windows, -(-(count + 1) * size // windows)
    found = first[:, None] + np.arange(max(end - first, default=1))
    return np.where(found < end[:, None], found, OUTSIDE)


def places(along: Sequence[Any], sizes: tuple[int, ...]) -> Any:
    """The table of windows of several axes, from the elements along each; a place outside is the one before it again.

    Parameters
    ----------
    along : sequence of array
        For each axis, of shape (windows, elements); OUTSIDE where there is no element.
    sizes : tuple of int
        Of the axes.

    Returns
    -------
    array of int
        Shape (elements, windows), both of all axes together.

    Raises
    ------
    ValueError
        A window has no element.
    """
    axes = len(sizes)
    inside: Any = True
    table: Any = 0
    for axis, found in enumerate(along):  # each with its windows along one axis, and its elements along another
        shape = [1] * (2 * axes)
        shape[axes + axis], shape[axis] = found.shape
        found = found.T.reshape(shape)
        inside = inside & (found != OUTSIDE)
        table = table + found * prod(sizes[axis + 1 :])
    elements, windows = prod(table.shape[:axes]), prod(table.shape[axes:])
    inside, table = inside.reshape(elements, windows), table.reshape(elements, windows)
    if not inside.any(0).all():
        raise ValueError("a window has no element of the array, only padding")
    element = np.where(inside, np.arange(elements)[:, None], inside.argmax(0))
    return np.take_along_axis(table, np.maximum.accumulate(element, 0), 0)


def with_weights(found: Any, size: int) -> tuple[Any, Any]:
    """The table of windows along one axis, (elements, windows), and the weight of each element: 1, and 0 outside."""
    return places([found], (size,)), (found.T != OUTSIDE).astype(np.float64)


def transposed(windows: Any, weights: Any, size: int) -> tuple[Any, Any]:
    """The same table seen from the elements: for each of `size` of them, the windows that have it, and the weights.

    Where weighted sums over windows give y of x, sums with this table give the gradient of x from that of y.
    """
    _, window = np.nonzero(weights)
    element, weight = windows[weights != 0], weights[weights != 0]
    order = np.argsort(element, kind="stable")
    element, window, weight = element[order], window[order], weight[order]
    count = np.bincount(element, minlength=size)
    rank = np.arange(element.size) - np.repeat(np.cumsum(count) - count, count)  # within those of the same element
    shape = (count.max(initial=1), size)
    back, back_weights = np.zeros(shape, np.int64), np.zeros(shape)
    back[rank, element], back_weights[rank, element] = window, weight
    return back, back_weights
