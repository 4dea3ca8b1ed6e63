"""Joining tensors and taking them apart along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from ..autograd.op import each, op
from .axes import behind, one_axis
from .batching import everywhere
from .operands import as_tensor
from .shape import reshape

__all__ = ["concat", "split", "stack", "unstack"]


def _part(axis: int, sizes: tuple[int, ...], index: int, ndim: int) -> tuple[slice, ...]:
    """The slice of a concatenation that came from array `index`."""
    start = sum(sizes[:index])
    return (slice(None),) * one_axis(axis, ndim) + (slice(start, start + sizes[index]),)


def _concat_batch(xp: Any, batched: Any, *arrays: Any, axis: int, sizes: tuple[int, ...]) -> Any:
    arrays = tuple(everywhere(xp, batched, arrays))
    return xp.concat(arrays, axis=behind(axis, arrays[0].ndim - 1))


def _stack_batch(xp: Any, batched: Any, *arrays: Any, axis: int) -> Any:
    arrays = tuple(everywhere(xp, batched, arrays))
    return xp.stack(arrays, axis=behind(axis, arrays[0].ndim))


@op(each(lambda xp, g, y, *arrays, axis, sizes, index: g[_part(axis, sizes, index, g.ndim)]),
    linear="jointly", name="concat", batch=_concat_batch)  # fmt: skip
def _concat(xp: Any, *arrays: Any, axis: int, sizes: tuple[int, ...]) -> Any:
    """Joined along an axis; `sizes` are theirs along it."""
    return xp.concat(arrays, axis=axis)


def concat(arrays: Sequence[Any], axis: int | None = 0, **unknown: NoReturn) -> Any:
    """Join tensors along an axis that they have.

    Parameters
    ----------
    arrays : sequence of Tensor
        At least one; the same shape but along `axis`.
    axis : int or None
        Where to join; None flattens them first.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        There are no tensors, or their other axes differ.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.concat([tg.asarray([1, 2]), tg.asarray([3])])
    Tensor([1, 2, 3], dtype=int64)
    """
    arrays = tuple(as_tensor("concat", x) for x in arrays)
    if not arrays:
        raise ValueError("concat: there are no arrays to join")
    if axis is None:
        arrays, axis = tuple(reshape(x, (-1,)) for x in arrays), 0
    ndim = arrays[0].ndim
    sizes = tuple(x.shape[one_axis(axis, ndim)] if x.ndim == ndim else 0 for x in arrays)
    return _concat(*arrays, axis=axis, sizes=sizes, **unknown)


@op(each(lambda xp, g, y, *arrays, axis, index: g[(slice(None),) * one_axis(axis, g.ndim) + (index,)]),
    linear="jointly", name="stack", batch=_stack_batch)  # fmt: skip
def _stack(xp: Any, *arrays: Any, axis: int) -> Any:
    """Joined along a new axis."""
    return xp.stack(arrays, axis=axis)


def stack(arrays: Sequence[Any], axis: int = 0, **unknown: NoReturn) -> Any:
    """Join tensors of one shape along a new axis.

    Parameters
    ----------
    arrays : sequence of Tensor
        At least one.
    axis : int
        Where the new axis is in the result.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        The shapes differ.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.stack([tg.zeros((3,)), tg.ones((3,))], axis=1).shape
    (3, 2)
    """
    return _stack(*arrays, axis=axis, **unknown)


def unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, without it.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int
        Where to take it apart.

    Returns
    -------
    tuple of Tensor
        Views.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> [row.shape for row in tg.unstack(tg.zeros((2, 3)))]
    [(3,), (3,)]
    """
    x = as_tensor("unstack", x)
    axis = one_axis(axis, x.ndim)
    return tuple(x[(slice(None),) * axis + (i,)] for i in range(x.shape[axis]))


def split(x: Any, sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Cut into parts along an axis.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    sections : int or sequence of int
        How many equal parts, or the places to cut at.
    axis : int
        Where to cut.

    Returns
    -------
    list of Tensor

    Raises
    ------
    ValueError
        The axis does not divide into that many equal parts.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> [part.shape for part in tg.split(tg.zeros((6, 2)), [1, 4])]
    [(1, 2), (3, 2), (2, 2)]
    """
    x = as_tensor("split", x)
    axis = one_axis(axis, x.ndim)
    size = x.shape[axis]
    if isinstance(sections, int):
        if sections <= 0 or size % sections:
            raise ValueError(f"split: an axis of size {size} does not divide into {sections} equal parts")
        step = size // sections
        sections = [step * i for i in range(1, sections)]
    cuts = [0, *(cut + size if cut < 0 else min(cut, size) for cut in sections), size]
    return [x[(slice(None),) * axis + (slice(a, b),)] for a, b in zip(cuts, cuts[1:])]
