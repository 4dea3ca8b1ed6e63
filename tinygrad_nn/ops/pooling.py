"""What pooling and interpolation are made of: the greatest element of each window, and weighted sums over windows."""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp

__all__ = ["window_argmax", "window_sum"]


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


def _window_sum_vjp(xp: Any, g: Any, y: Any, x: Any, windows: Any, weights: Any, back: Any, back_weights: Any, *,
                    axis: int) -> Any:  # fmt: skip
    return xp.window_sum(g, back, back_weights, windows, weights, axis=axis)


def _window_sum_batch(xp: Any, batched: Any, x: Any, *tables: Any, axis: int) -> Any:
    return NotImplemented if any(batched[1:]) else xp.window_sum(x, *tables, axis=axis)


@op(
    vjp(_window_sum_vjp, reads="windows weights back back_weights"),
    linear="jointly",
    batch=_window_sum_batch,
)
def window_sum(xp: Any, x: Any, windows: Any, weights: Any, back: Any, back_weights: Any, *, axis: int) -> Any:
    """Weighted sums over windows along an axis: ``y[w] = sum(weights[:, w] * x[windows[:, w]])``.

    It takes the same table from the other side as well, with the windows that have each element: its gradient is the
    same operation with the two exchanged, so nothing is ever scattered.

    Parameters
    ----------
    x : Tensor
        Shape (..., size, ...).
    windows : Tensor of int
        Shape (elements, windows): the places of the elements of each window.
    weights : Tensor
        The same shape.
    back, back_weights : Tensor
        Shape (most, size): for each element the windows that have it, and its weight in them; 0 where there are fewer.
    axis : int
        Counted from the end: -1 is the last one.

    Returns
    -------
    Tensor
        Shape (..., windows, ...).

    Raises
    ------
    IndexError
        There is no such place.
    ValueError
        The tables do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> windows, weights = tg.asarray([[0, 1], [1, 2]]), tg.asarray([[1.0, 0.5], [1.0, 0.5]])
    >>> back, back_weights = tg.asarray([[0, 0, 1], [0, 1, 0]]), tg.asarray([[1.0, 1.0, 0.5], [0.0, 0.5, 0.0]])
    >>> tg.ops.window_sum(tg.asarray([1.0, 2.0, 4.0]), windows, weights, back, back_weights, axis=-1)
    Tensor([3., 3.], dtype=float32)
    """
    if windows.shape != weights.shape or back.shape != back_weights.shape or windows.ndim != 2:
        raise ValueError("windows and their weights must have the same shape (elements, windows)")
    if x.shape[axis] != back.shape[1]:
        raise ValueError(f"there are windows of {back.shape[1]} elements, and {x.shape[axis]} elements")
    return xp.window_sum(x, windows, weights, back, back_weights, axis=axis)
