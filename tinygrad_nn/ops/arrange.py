"""Moving elements to other places, repeating them, and putting others around them; all of it is linear."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NoReturn

from ..autograd.op import op, vjp
from .axes import behind, one_axis
from .batching import along_axis, on_stacks, padded
from .operands import as_tensor
from .shape import reshape

__all__ = ["flip", "pad", "repeat", "roll", "tile", "tril", "triu"]


@op(vjp(lambda xp, g, y, x, axis: xp.flip(g, axis=axis)), view=True, linear="jointly", name="flip",
    batch=along_axis("flip"))  # fmt: skip
def _flip(xp: Any, x: Any, *, axis: Any) -> Any:
    """The elements in reverse order along `axis`."""
    return xp.flip(x, axis=axis)


def flip(x: Any, axis: int | Sequence[int] | None = None, **unknown: NoReturn) -> Any:
    """Reverse the order of the elements along `axis` (all axes for None).

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        Where; None for all axes.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.flip(tg.asarray([1, 2, 3]))
    Tensor([3, 2, 1], dtype=int64)
    """
    return _flip(x, axis=axis if axis is None or isinstance(axis, int) else tuple(axis), **unknown)


def _back(shift: Any) -> Any:
    return -shift if isinstance(shift, int) else tuple(-s for s in shift)


def _roll_batch(xp: Any, batched: Any, x: Any, shift: Any, axis: Any) -> Any:
    if axis is not None:
        return xp.roll(x, shift, axis=behind(axis, x.ndim - 1))
    return xp.reshape(xp.roll(xp.reshape(x, (x.shape[0], prod(x.shape[1:]))), shift, axis=1), x.shape)


@op(vjp(lambda xp, g, y, x, shift, axis: xp.roll(g, _back(shift), axis=axis)), linear="jointly", name="roll",
    batch=_roll_batch)  # fmt: skip
def _roll(xp: Any, x: Any, *, shift: Any, axis: Any) -> Any:
    """The elements moved along `axis`; what leaves at the end comes in at the front."""
    return xp.roll(x, shift, axis=axis)


def roll(x: Any, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Any:
    """Move the elements along `axis`; what leaves at the end comes in at the front.

    Parameters
    ----------
    x : Tensor
        Any shape.
    shift : int or sequence of int
        By how many places, for each axis.
    axis : int, sequence of int or None
        Where; None for the flattened tensor, which then gets its shape back.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.roll(tg.asarray([1, 2, 3]), 1)
    Tensor([3, 1, 2], dtype=int64)
    """
    return _roll(
        x,
        shift=shift if isinstance(shift, int) else tuple(shift),
        axis=axis if axis is None or isinstance(axis, int) else tuple(axis),
    )


def _inside(pad_width: Any, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(before, before + size) for (before, _), size in zip(pad_width, shape))


@op(
    vjp(lambda xp, g, y, x, pad_width, value: g[_inside(pad_width, x.shape)]),
    name="pad",
    jvp=lambda xp, tangents, y, x, pad_width, value: xp.pad(tangents[0], pad_width),
    batch=lambda xp, batched, x, pad_width, value: xp.pad(x, ((0, 0), *pad_width), value),
)
def _pad(xp: Any, x: Any, *, pad_width: tuple[tuple[int, int], ...], value: float) -> Any:
    """With `value` before and after along each axis."""
    return xp.pad(x, pad_width, constant_values=value)


def pad(x: Any, pad_width: Any, value: float = 0) -> Any:
    """Put constant values before and after, along each axis.

    Parameters
    ----------
    x : Tensor
        Any shape.
    pad_width : int, (int, int) or sequence of (int, int)
        How many before and after: on all axes, or for each.
    value : scalar
        What to put there.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        There are not two counts for each axis, or one is negative.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.pad(tg.asarray([1, 2]), (1, 2))
    Tensor([0, 1, 2, 0, 0], dtype=int64)
    """
    x = as_tensor("pad", x)
    if isinstance(pad_width, int):
        pad_width = (pad_width, pad_width)
    if len(pad_width) == 2 and isinstance(pad_width[0], int):
        pad_width = (tuple(pad_width),) * x.ndim
    widths = tuple(tuple(w) for w in pad_width)
    if len(widths) != x.ndim or any(len(w) != 2 or min(w) < 0 for w in widths):
        raise ValueError(f"pad: pad_width must be a pair of counts for each of the {x.ndim} axes, not {pad_width}")
    return _pad(x, pad_width=widths, value=value)


def _tile_vjp(xp: Any, g: Any, y: Any, x: Any, repetitions: tuple[int, ...]) -> Any:
    shape = (1,) * (len(repetitions) - len(x.shape)) + x.shape
    pairs = [size for pair in zip(repetitions, shape) for size in pair]  # (copies, size, copies, size, ...)
    return xp.reshape(xp.sum(xp.reshape(g, tuple(pairs)), axis=tuple(range(0, len(pairs), 2))), x.shape)


@op(vjp(_tile_vjp), linear="jointly", name="tile",
    batch=lambda xp, batched, x, repetitions: xp.tile(padded(x, len(repetitions)), (1, *repetitions)))  # fmt: skip
def _tile(xp: Any, x: Any, *, repetitions: tuple[int, ...]) -> Any:
    """The whole array repeated along each axis."""
    return xp.tile(x, repetitions)


def tile(x: Any, repetitions: int | Sequence[int]) -> Any:
    """Repeat the whole array along each axis.

    Parameters
    ----------
    x : Tensor
        Any shape.
    repetitions : int or sequence of int
        How often along each axis, counted from the last one; more than there are make new leading axes.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.tile(tg.asarray([1, 2]), 2)
    Tensor([1, 2, 1, 2], dtype=int64)
    """
    x = as_tensor("tile", x)
    counts = (repetitions,) if isinstance(repetitions, int) else tuple(repetitions)
    return _tile(x, repetitions=(1,) * (x.ndim - len(counts)) + counts)


def _repeat_vjp(xp: Any, g: Any, y: Any, x: Any, repeats: int, axis: int) -> Any:
    axis = one_axis(axis, len(x.shape))
    copies = (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :])
    return xp.sum(xp.reshape(g, copies), axis=axis + 1)


@op(vjp(_repeat_vjp), linear="jointly", name="repeat",
    batch=lambda xp, batched, x, repeats, axis: xp.repeat(x, repeats, axis=behind(axis, x.ndim - 1)))  # fmt: skip
def _repeat(xp: Any, x: Any, *, repeats: int, axis: int) -> Any:
    """Each slice along an axis `repeats` times in a row."""
    return xp.repeat(x, repeats, axis=axis)


def repeat(x: Any, repeats: int | Sequence[int], axis: int | None = None) -> Any:
    """Repeat each slice along an axis.

    Parameters
    ----------
    x : Tensor
        Any shape.
    repeats : int or sequence of int
        How often, for all slices (one number) or for each.
    axis : int or None
        Where; None flattens first.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        There are not as many repeats as slices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.repeat(tg.asarray([1, 2]), 2)
    Tensor([1, 1, 2, 2], dtype=int64)
    >>> tg.repeat(tg.asarray([1, 2]), [0, 3])
    Tensor([2, 2, 2], dtype=int64)
    """
    x = as_tensor("repeat", x)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    if isinstance(repeats, int):
        return _repeat(x, repeats=repeats, axis=axis)
    counts = [int(n) for n in repeats]
    axis = one_axis(axis, x.ndim)
    if len(counts) == 1:
        return _repeat(x, repeats=counts[0], axis=axis)
    if len(counts) != x.shape[axis]:
        raise ValueError(f"repeat: {len(counts)} repeats for an axis of size {x.shape[axis]}")
    places = [i for i, n in enumerate(counts) for _ in range(n)]
    return x[(slice(None),) * axis + (places,)]


@op(vjp(lambda xp, g, y, x, k=0: xp.tril(g, k=k)), linear="jointly", batch=on_stacks("tril"))
def tril(xp: Any, x: Any, *, k: int = 0) -> Any:
    """The lower triangle of each matrix up to diagonal `k`, zero above.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    k : int
        Which diagonal: 0 the main one, 1 the one above it, -1 the one below.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.tril(tg.ones((3, 3)))
    Tensor([[1., 0., 0.],
            [1., 1., 0.],
            [1., 1., 1.]], dtype=float32)
    """
    if x.ndim < 2:
        raise ValueError("at least two axes are needed")
    return xp.tril(x, k=k)


@op(vjp(lambda xp, g, y, x, k=0: xp.triu(g, k=k)), linear="jointly", batch=on_stacks("triu"))
def triu(xp: Any, x: Any, *, k: int = 0) -> Any:
    """The upper triangle of each matrix from diagonal `k`, zero below.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    k : int
        Which diagonal: 0 the main one, 1 the one above it, -1 the one below.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.triu(tg.ones((3, 3)), k=1)
    Tensor([[0., 1., 1.],
            [0., 0., 1.],
            [0., 0., 0.]], dtype=float32)
    """
    if x.ndim < 2:
        raise ValueError("at least two axes are needed")
    return xp.triu(x, k=k)
