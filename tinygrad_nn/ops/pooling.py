"""What pooling is made of: the greatest element of each window, and sums over windows."""

from __future__ import annotations

from typing import Any

from ..autograd.op import op

__all__ = ["window_argmax"]


def _window_argmax_batch(xp: Any, batched: Any, x: Any, windows: Any) -> Any:
    return NotImplemented if batched[1] else xp.window_argmax(x, windows)


@op(batch=_window_argmax_batch)
def window_argmax(xp: Any, x: Any, windows: Any) -> Any:
    """The place of the greatest element of each window: of equal ones the first, and of NaN the last.

    Parameters
    ----------
    x : Tensor
        Shape (..., size).
    windows : Tensor of int
        Shape (elements, windows): the places of the elements of each window, along the last axis of `x`.

    Returns
    -------
    Tensor of int64
        Shape (..., windows); without a gradient. `take_along_axis` gives the elements, and their gradient.

    Raises
    ------
    IndexError
        There is no such place.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([3.0, 1.0, 4.0, 1.0])
    >>> tg.ops.window_argmax(x, tg.asarray([[0, 1, 2], [1, 2, 3]]))
    Tensor([0, 2, 2], dtype=int64)
    """
    if windows.ndim != 2 or not windows.shape[0]:
        raise ValueError("windows must have the shape (elements, windows), with at least one element")
    return xp.window_argmax(x, windows)
