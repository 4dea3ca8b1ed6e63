"""Padding: elements put around a tensor, along its last axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import ops
from ...ops.operands import as_tensor
from ...tensor import Tensor

__all__ = ["pad"]


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Put elements before and after, along the last axes.

    Parameters
    ----------
    x : Tensor
        Any shape.
    pad : sequence of int
        ``(before, after)`` for the last axis, then for the one before it, and so on. A negative amount takes elements
        away.
    mode : str
        What to put there: ``"constant"``, `value`; ``"reflect"``, the elements mirrored at the first and the last,
        which are not repeated; ``"replicate"``, the first and the last; ``"circular"``, those from the other end.
    value : float or None
        The constant; None for 0.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        `pad` does not fit the shape, the axis has too few elements to take some from, or there is no such mode.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x = tg.asarray([1.0, 2.0, 3.0])
    >>> F.pad(x, (1, -1), value=9.0).tolist()
    [9.0, 1.0, 2.0]
    >>> F.pad(x, (2, 1), mode="reflect").tolist()
    [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]
    """
    x = as_tensor("pad", x)
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(f"pad: pad={tuple(pad)} must be pairs of integers, at most one for each axis of {x.shape}")
    if mode != "constant" and mode not in _SIDES:
        raise ValueError(f"pad: mode={mode!r}; wanted is one of constant, {', '.join(_SIDES)}")
    if mode != "constant" and value:
        raise ValueError(f"pad: value={value} goes with mode='constant', not {mode!r}")
    pairs = [(0, 0)] * (x.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2]))[::-1]  # in the order of the axes
    for axis, (size, amounts) in enumerate(zip(x.shape, pairs)):
        if size + sum(amounts) < 0:
            raise ValueError(f"pad: {amounts} takes away more than the {size} elements along axis {axis} of {x.shape}")

    wider = [(max(before, 0), max(after, 0)) for before, after in pairs]
    y = x
    if mode == "constant":
        if any(map(any, wider)):
            y = ops.pad(x, wider, 0 if value is None else value)
    else:
        if mode == "circular":  # goes round what is left, where the others see what is taken away
            y, pairs = _narrowed(y, pairs), wider
        for axis, amounts in enumerate(wider):
            if any(amounts):
                y = ops.concat(_SIDES[mode](y, axis, *amounts), axis=axis)
    return _narrowed(y, pairs)


def _narrowed(x: Any, pairs: list[tuple[int, int]]) -> Any:
    """Without as many elements before and after as the negative ones among the pairs say."""
    if min(map(min, pairs), default=0) >= 0:
        return x
    return x[tuple(slice(max(-before, 0), size + min(after, 0)) for (before, after), size in zip(pairs, x.shape))]


def _part(x: Any, axis: int, start: int, stop: int) -> Any:
    return x[(slice(None),) * axis + (slice(start, stop),)]


def _check(x: Any, axis: int, amounts: tuple[int, int], available: int, mode: str) -> None:
    if max(amounts) > available:
        raise ValueError(
            f"pad: mode={mode!r} can put at most {available} elements on a side of axis {axis} of {x.shape}, "
            f"not {amounts}"
        )


def _reflected(x: Any, axis: int, before: int, after: int) -> list[Any]:
    size = x.shape[axis]
    _check(x, axis, (before, after), max(size - 1, 0), "reflect")
    left, right = _part(x, axis, 1, 1 + before), _part(x, axis, size - 1 - after, size - 1)
    return [ops.flip(left, axis), x, ops.flip(right, axis)]


def _replicated(x: Any, axis: int, before: int, after: int) -> list[Any]:
    size = x.shape[axis]
    if not size:
        raise ValueError(f"pad: mode='replicate' finds no element along axis {axis} of {x.shape}")
    left, right = _part(x, axis, 0, 1), _part(x, axis, size - 1, size)
    wide = [(*x.shape[:axis], amount, *x.shape[axis + 1 :]) for amount in (before, after)]
    return [ops.broadcast_to(left, wide[0]), x, ops.broadcast_to(right, wide[1])]


def _wrapped(x: Any, axis: int, before: int, after: int) -> list[Any]:
    size = x.shape[axis]
    _check(x, axis, (before, after), size, "circular")
    return [_part(x, axis, size - before, size), x, _part(x, axis, 0, after)]


# What stands along an axis in the end: what comes before, the elements themselves, and what comes after.
_SIDES: dict[str, Callable[[Any, int, int, int], list[Any]]] = {
    "reflect": _reflected, "replicate": _replicated, "circular": _wrapped,
}  # fmt: skip
