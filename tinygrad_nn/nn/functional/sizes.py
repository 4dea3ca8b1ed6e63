"""Arguments that are stated once or for each spatial axis, such as kernel sizes; and the shapes they go with."""

from __future__ import annotations

from numbers import Integral
from typing import Any

__all__ = ["check_spatial", "per_axis"]

SHAPES = {1: "L", 2: "H, W", 3: "D, H, W"}


def per_axis(name: str, value: Any, axes: int, least: int | None = None) -> tuple[int, ...]:
    """One integer for each axis.

    Parameters
    ----------
    name : str
        Of the argument, and whose it is: what an error begins with.
    value : int, tuple or list of int
        For all axes, or for each.
    axes : int
        How many there are.
    least : int or None
        What each must be at least; None for any.

    Returns
    -------
    tuple of int

    Raises
    ------
    TypeError
        It is not an integer, nor a sequence of them.
    ValueError
        There are not as many as axes, or one is less than `least`.

    Examples
    --------
    >>> from tinygrad_nn.nn.functional.sizes import per_axis
    >>> per_axis("max_pool2d: kernel_size", 3, 2)
    (3, 3)
    """
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if not all(isinstance(v, Integral) for v in values):
        raise TypeError(f"{name} is {value!r}, wanted an integer or {axes} of them")
    if len(values) == 1:
        values *= axes
    if len(values) != axes:
        raise ValueError(f"{name} is {value!r}, wanted an integer or {axes} of them")
    if least is not None and min(values) < least:
        raise ValueError(f"{name} is {value!r}, wanted at least {least}")
    return tuple(map(int, values))


def check_spatial(name: str, x: Any, axes: int) -> None:
    """Raise where a tensor does not consist of channels with that many axes in space, in a batch or without one.

    Parameters
    ----------
    name : str
        What an error begins with.
    x : Tensor
        Wanted is the shape (C, ...) or (N, C, ...), with `axes` after the channels.
    axes : int
        1, 2 or 3.

    Raises
    ------
    ValueError
        It has another number of axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.functional.sizes import check_spatial
    >>> check_spatial("max_pool2d", tg.zeros((8, 3, 28, 28)), 2)
    """
    if x.ndim not in (axes + 1, axes + 2):
        wanted = SHAPES[axes]
        raise ValueError(f"{name}: x has shape {x.shape}, wanted (C, {wanted}) or (N, C, {wanted})")
