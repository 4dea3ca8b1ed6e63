"""Shapes that meet: broadcasting several tensors against each other, and grids of coordinates."""

from __future__ import annotations

from typing import Any

from .axes import broadcast_shape
from .operands import as_tensor
from .shape import broadcast_to, reshape

__all__ = ["broadcast_arrays", "broadcast_shapes", "meshgrid"]


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that tensors of these shapes broadcast to.

    Parameters
    ----------
    *shapes : tuple of int
        Counted from the last axis, sizes must be equal, or one of them 1.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.broadcast_shapes((3, 1), (2,))
    (3, 2)
    """
    found = broadcast_shape(*shapes)
    for shape in shapes:
        if any(size not in (1, wanted) for size, wanted in zip(reversed(shape), reversed(found))):
            raise ValueError(f"broadcast_shapes: the shapes {', '.join(map(str, shapes))} do not fit")
    return found


def broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    """Broadcast tensors against each other.

    Parameters
    ----------
    *arrays : Tensor
        Of shapes that fit.

    Returns
    -------
    tuple of Tensor
        Views of one shape.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> a, b = tg.broadcast_arrays(tg.zeros((3, 1)), tg.zeros((2,)))
    >>> a.shape, b.shape
    ((3, 2), (3, 2))
    """
    tensors = [as_tensor("broadcast_arrays", x) for x in arrays]
    shape = broadcast_shape(*(x.shape for x in tensors))
    return tuple(broadcast_to(x, shape) for x in tensors)


def meshgrid(*arrays: Any, indexing: str = "xy") -> tuple[Any, ...]:
    """The coordinates of all points of a grid, from the coordinates along its axes.

    Parameters
    ----------
    *arrays : Tensor
        The coordinates along each axis: vectors, or single numbers.
    indexing : str
        ``"ij"``: axis `i` of the grid is that of the i-th tensor. ``"xy"``: the first two are exchanged, so that the
        first coordinate runs along the rows of a picture.

    Returns
    -------
    tuple of Tensor
        For each of them the coordinate of every point: views, all of one shape.

    Raises
    ------
    ValueError
        There is no such `indexing`, or one of the tensors has more than one axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x, y = tg.meshgrid(tg.asarray([1, 2, 3]), tg.asarray([10, 20]))
    >>> x.shape, x[0], y[:, 0]
    ((2, 3), Tensor([1, 2, 3], dtype=int64), Tensor([10, 20], dtype=int64))
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f'meshgrid: indexing is {indexing!r}, wanted is "xy" or "ij"')
    tensors = [as_tensor("meshgrid", x) for x in arrays]
    if any(x.ndim > 1 for x in tensors):
        raise ValueError(f"meshgrid: the tensors have shapes {[x.shape for x in tensors]}, wanted are vectors")
    places = list(range(len(tensors)))
    if indexing == "xy":
        places[:2] = reversed(places[:2])  # (of one tensor, the only one)
    along = [tuple(-1 if i == place else 1 for i in range(len(tensors))) for place in places]
    return broadcast_arrays(*(reshape(x, shape) for x, shape in zip(tensors, along)))
