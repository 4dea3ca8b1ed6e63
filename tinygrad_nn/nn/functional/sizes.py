"""Sizes of layers, some of which are stated once or for each spatial axis; and the shapes they go with."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from ...backend.dtypes import is_differentiable, is_floating

__all__ = ["channel_axis", "check_floating", "check_sizes", "check_spatial", "output_sizes", "per_axis",
           "window_counts"]  # fmt: skip

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


def channel_axis(name: str, x: Any, shapes: tuple[str, ...]) -> int:
    """Where the channels of a tensor are, whose shape is one of several.

    Parameters
    ----------
    name : str
        What an error begins with.
    x : Tensor
        The tensor.
    shapes : tuple of str
        A letter for each axis; C stands for the channels: ``("NC", "NCL")``.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        It has another number of axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.functional.sizes import channel_axis
    >>> channel_axis("dropout1d", tg.zeros((8, 3, 28)), ("CL", "NCL"))
    1
    """
    letters = next((letters for letters in shapes if len(letters) == x.ndim), None)
    if letters is None:
        wanted = " or ".join(f"({', '.join(letters)})" for letters in shapes)
        raise ValueError(f"{name}: the input has shape {x.shape}, wanted {wanted}")
    return letters.index("C")


def check_sizes(layer: str, least: int = 0, **sizes: Any) -> None:
    """Raise where one of them is no integer, or less than `least`.

    Examples
    --------
    >>> from tinygrad_nn.nn.functional.sizes import check_sizes
    >>> check_sizes("Linear", in_features=3, out_features=-2)
    Traceback (most recent call last):
    ...
    ValueError: Linear: out_features is -2, wanted at least 0
    """
    for name, size in sizes.items():
        if not isinstance(size, Integral):
            raise TypeError(f"{layer}: {name} is {size!r}, wanted an integer")
        if int(size) < least:
            raise ValueError(f"{layer}: {name} is {size}, wanted at least {least}")


def check_floating(name: str, x: Any, kinds: str = "fc") -> None:
    """Raise where a tensor has no floating elements, to average or to weigh for example.

    Parameters
    ----------
    name : str
        What an error begins with.
    x : Tensor
        Any shape.
    kinds : str
        Of dtypes: "f" for real numbers, "fc" for complex ones, too.

    Raises
    ------
    TypeError
        Its dtype is another one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.functional.sizes import check_floating
    >>> check_floating("avg_pool1d", tg.zeros(3))
    """
    if not (is_floating if kinds == "f" else is_differentiable)(x.dtype):
        raise TypeError(f"{name}: x has dtype {x.dtype}, wanted a floating one; x.astype(tg.float32) converts it")


def window_counts(name: str, sizes: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...],
                  padding: tuple[int, ...], dilation: tuple[int, ...], ceil_mode: bool) -> tuple[int, ...]:  # fmt: skip
    """How many windows of a pooling there are along each axis.

    Parameters
    ----------
    name : str
        What an error begins with.
    sizes : tuple of int
        Of the spatial axes.
    kernel, stride, padding, dilation : tuple of int
        Of the windows, along each axis.
    ceil_mode : bool
        Whether a last window may reach beyond the padding; it begins before that, though.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        There is an axis without elements or without a window, or more padding than half a window.

    Examples
    --------
    >>> from tinygrad_nn.nn.functional.sizes import window_counts
    >>> window_counts("max_pool1d", (8,), (3,), (2,), (0,), (1,), ceil_mode=False)
    (3,)
    """
    counts = []
    for size, k, step, before, apart in zip(sizes, kernel, stride, padding, dilation):
        extent = apart * (k - 1) + 1
        if 2 * before > extent:
            raise ValueError(f"{name}: padding {before} is more than half of a window, which is {extent} wide")
        room = size + 2 * before - extent
        count = (room + (step - 1 if ceil_mode else 0)) // step + 1
        if ceil_mode and (count - 1) * step >= size + before:
            count -= 1
        if not size or count < 1:
            raise ValueError(
                f"{name}: windows of {extent} do not fit into {size} elements with {before} of padding on each side; "
                f"the spatial axes are {sizes}"
            )
        counts.append(count)
    return tuple(counts)


def output_sizes(name: str, output_size: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The spatial axes that an adaptive pooling is to give.

    Parameters
    ----------
    name : str
        What an error begins with.
    output_size : int, None, or sequence of them
        For all axes, or for each; None for as many as there are.
    sizes : tuple of int
        Of the spatial axes.

    Returns
    -------
    tuple of int

    Raises
    ------
    TypeError
        It is neither an integer nor None, nor a sequence of them.
    ValueError
        There are not as many as axes, one is negative, or an axis has no elements.

    Examples
    --------
    >>> from tinygrad_nn.nn.functional.sizes import output_sizes
    >>> output_sizes("adaptive_max_pool2d", (None, 3), (5, 7))
    (5, 3)
    """
    if 0 in sizes:
        raise ValueError(f"{name}: the spatial axes {sizes} must have elements")
    values = output_size if isinstance(output_size, (list, tuple)) else (output_size,) * len(sizes)
    filled = [size if value is None else value for value, size in zip(values, sizes)] + list(values[len(sizes) :])
    return per_axis(f"{name}: output_size", filled, len(sizes), 0)
