"""Weighted sums over windows, along one axis after the other: what averaging and interpolation share."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...backend import as_array
from ...backend.windows import transposed

__all__ = ["Table", "on_device", "summed"]

Table = tuple[Any, ...]  # what `ops.window_sum` takes beside the array


def on_device(windows: Any, weights: Any, size: int, device: str, dtype: Any) -> Table:
    """The table of windows into an axis of `size` elements, seen from both sides.

    Parameters
    ----------
    windows, weights : NumPy array
        Shape (elements, windows): the places of the elements of each window, and their weights.
    size : int
        How many elements the axis has.
    device : str
        Where the sums are computed.
    dtype : dtype
        Of the weights there.

    Returns
    -------
    tuple of array

    Examples
    --------
    >>> import numpy as np
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.functional.window_sums import on_device, summed
    >>> table = on_device(np.array([[0, 1], [1, 2]]), np.array([[0.5, 0.5], [0.5, 0.5]]), 3, "cpu", tg.float32)
    >>> summed(tg.asarray([1.0, 2.0, 4.0]), [table])
    Tensor([1.5, 3. ], dtype=float32)
    """
    sides = (windows, weights), transposed(windows, weights, size)
    return tuple(as_array(array, kind, device) for side in sides for array, kind in zip(side, (None, dtype)))


def summed(x: Any, tables: list[Table | None]) -> Any:
    """The last axes of a tensor with windows in the place of elements.

    Parameters
    ----------
    x : Tensor
        Shape (..., *sizes).
    tables : list of Table or None
        For each of these axes; None leaves it as it is.

    Returns
    -------
    Tensor
        Shape (..., *windows).

    Examples
    --------
    See `on_device`.
    """
    for axis, table in enumerate(tables, -len(tables)):
        if table is not None:
            x = ops.window_sum(x, *table, axis=axis)
    return x
