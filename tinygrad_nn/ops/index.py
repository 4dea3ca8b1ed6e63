"""Indexing: choosing elements and writing them.

An index is taken apart into a `template`, in which ARRAY stands for each integer or boolean array, and those arrays:
they are inputs like others, so a write to one after the forward is noticed.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

from ..autograd.op import op, vjp
from ..backend import as_array
from ..backend.dtypes import int64
from . import index_batch
from .axes import one_axis
from .index_batch import ARRAY, put_together
from .operands import as_tensor

__all__ = ["assign_at", "getitem", "put_along_axis", "scatter_add", "take", "take_along_axis"]


def take_index_apart(x: Any, index: Any) -> tuple[Any, tuple[Any, ...]]:
    """An index of `x` as a template, in which something stands for each array, and those arrays.

    Parameters
    ----------
    x : Tensor
        Any shape; lists in the index become arrays on its device.
    index : int, slice, None, Ellipsis, array of int or bool, list, or a tuple of them
        As NumPy takes them.

    Returns
    -------
    tuple of (template, arrays)
        What `getitem` and `write_in_place` are told.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.index import take_index_apart
    >>> template, arrays = take_index_apart(tg.zeros((2, 3)), (0, [1, 2]))
    >>> template, len(arrays)
    ((0, array), 1)
    """
    if type(index) is slice:
        return index, ()
    parts = index if type(index) is tuple else (index,)
    template: list[Any] = []
    arrays = []
    single = False  # whether an integer takes an axis away
    for part in parts:
        if isinstance(part, bool):
            template.append(ARRAY)
            arrays.append(part)
        elif isinstance(part, Integral):
            template.append(int(part))
            single = True
        elif part is None or part is Ellipsis or type(part) is slice:
            template.append(part)
        else:
            template.append(ARRAY)
            arrays.append(_index_array(x, part) if isinstance(part, list) else part)
    if single and not arrays and Ellipsis not in template:
        template.append(Ellipsis)  # with it, a single element is a view without axes; NumPy alone gives a copy of it
    return tuple(template), tuple(arrays)


def _index_array(x: Any, places: list[Any]) -> Any:
    """A list in an index as an array on the device of `x`."""
    device = as_tensor("getitem", x).device
    array = as_array(places, None, device)
    return array if array.size else as_array(places, int64, device)


# Reading and its adjoint


def _getitem_vjp(xp: Any, g: Any, y: Any, x: Any, *arrays: Any, template: Any) -> Any:
    return xp.scatter_add(g, put_together(template, arrays), x.shape)


@op(vjp(_getitem_vjp), view=True, name="getitem", linear="jointly", batch=index_batch.getitem)
def _getitem(xp: Any, x: Any, *, template: Any) -> Any:
    """The elements at an index without arrays."""
    return x[template]


@op(vjp(_getitem_vjp, reads="arrays"), name="getitem_at_arrays", linear="jointly", batch=index_batch.getitem_at_arrays)
def _getitem_at_arrays(xp: Any, x: Any, *arrays: Any, template: Any) -> Any:
    """A copy of the elements at an index with arrays."""
    return xp.getitem(x, put_together(template, arrays))


def getitem(x: Any, index: Any) -> Any:
    """The elements at an index: ``x[index]``; the gradients of an element that is chosen repeatedly add up.

    Parameters
    ----------
    x : Tensor
        Any shape.
    index : int, slice, None, Ellipsis, array of int or bool, list, or a tuple of them
        As NumPy takes them.

    Returns
    -------
    Tensor
        A view of `x` for an index without arrays, else a copy.

    Raises
    ------
    IndexError
        The index is out of bounds, or has more parts than there are axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.getitem(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), (slice(None), 1))
    Tensor([2., 4.], dtype=float32)
    """
    template, arrays = take_index_apart(x, index)
    try:
        if arrays:
            return _getitem_at_arrays(x, *arrays, template=template)
        return _getitem(x, template=template)
    except IndexError as error:  # told by the index as it was written, not as it was taken apart
        raise IndexError(f"getitem: {error.__cause__ or error}; the index is {index!r}, the shape {x.shape}") from error


@op(
    vjp(lambda xp, g, y, x, *arrays, template, shape: xp.getitem(g, put_together(template, arrays)), reads="arrays"),
    name="scatter_add",
    linear="jointly",
    batch=index_batch.scatter_add,
)
def _scatter_add(xp: Any, x: Any, *arrays: Any, template: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `x` added at an index."""
    return xp.scatter_add(x, put_together(template, arrays), shape)


def scatter_add(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `x` added at an index, repeated places adding up: the adjoint of ``[index]``.

    Parameters
    ----------
    x : Tensor
        Of the shape that ``[index]`` of an array of `shape` has.
    index : int, slice, None, Ellipsis, array of int or bool, list, or a tuple of them
        As NumPy takes them.
    shape : tuple of int
        Of the result.

    Returns
    -------
    Tensor
        Shape `shape`.

    Raises
    ------
    IndexError
        The index is out of bounds, or has more parts than there are axes.
    ValueError
        `x` does not fit the place.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.scatter_add(tg.asarray([1.0, 2.0, 4.0]), tg.asarray([0, 2, 2]), (3,))
    Tensor([1., 0., 6.], dtype=float32)
    """
    template, arrays = take_index_apart(x, index)
    return _scatter_add(x, *arrays, template=template, shape=tuple(shape))


# Writing


def kept_vjp(xp: Any, g: Any, y: Any, x: Any, value: Any, *arrays: Any, template: Any) -> Any:
    """The gradient of an array that something was written to: that of the result, but zero at the place."""
    return xp.assign_at(g, put_together(template, arrays), 0)


def written_vjp(xp: Any, g: Any, y: Any, x: Any, value: Any, *arrays: Any, template: Any) -> Any:
    """The gradient of the value that was written: that of the result at the place."""
    d = g[put_together(template, arrays)]
    more = len(value.shape) - d.ndim  # leading axes of size one that the place does not have
    return xp.reshape(d, (1,) * more + d.shape) if more > 0 else d


@op(
    vjp(kept_vjp, reads="arrays"),
    vjp(written_vjp, reads="arrays"),
    broadcasts=True,
    name="assign_at",
    linear="jointly",
    batch=index_batch.assign_at,
)
def _assign_at(xp: Any, x: Any, value: Any, *arrays: Any, template: Any) -> Any:
    """A copy of `x` with ``x[index] = value``."""
    return xp.assign_at(x, put_together(template, arrays), value)


def assign_at(x: Any, index: Any, value: Any) -> Any:
    """A copy of `x` with ``x[index] = value``; gradients flow to both. No place may be written twice.

    Parameters
    ----------
    x : Tensor
        Any shape.
    index : int, slice, None, Ellipsis, array of int or bool, list, or a tuple of them
        As NumPy takes them.
    value : Tensor or scalar
        Broadcasts to the shape of ``x[index]``.

    Returns
    -------
    Tensor
        Of the shape and dtype of `x`.

    Raises
    ------
    IndexError
        The index is out of bounds, or has more parts than there are axes.
    ValueError
        The value does not broadcast to the place.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.assign_at(tg.asarray([1.0, 2.0, 3.0]), 1, 9.0)
    Tensor([1., 9., 3.], dtype=float32)
    """
    template, arrays = take_index_apart(x, index)
    return _assign_at(x, value, *arrays, template=template)


# Along an axis


@op(
    vjp(
        lambda xp, g, y, x, indices, axis: xp.put_along_axis(g, indices, axis=axis, size=x.shape[axis]),
        reads="indices",
    ),
    name="take_along_axis",
    linear="jointly",
    batch=index_batch.take_along_axis,
)
def _take_along_axis(xp: Any, x: Any, indices: Any, *, axis: int) -> Any:
    """The elements at `indices` along an axis."""
    return xp.take_along_axis(x, indices, axis=axis)


@op(
    vjp(lambda xp, g, y, x, indices, axis, size: xp.take_along_axis(g, indices, axis=axis), reads="indices"),
    broadcasts=True,
    name="put_along_axis",
    linear="jointly",
    batch=index_batch.put_along_axis,
)
def _put_along_axis(xp: Any, x: Any, indices: Any, *, axis: int, size: int) -> Any:
    """Zeros with `x` added at `indices` along an axis."""
    return xp.put_along_axis(x, indices, axis=axis, size=size)


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    """The elements at `indices` along an axis, for each place along the others.

    Parameters
    ----------
    x : Tensor
        Any shape with at least one axis.
    indices : Tensor of int
        As many axes as `x`; along the others it broadcasts against `x`.
    axis : int
        Where to choose.

    Returns
    -------
    Tensor
        Of the shape of `indices`, broadcast.

    Raises
    ------
    IndexError
        An index is out of bounds.
    ValueError
        `indices` has not as many axes as `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([[1.0, 2.0], [3.0, 4.0]])
    >>> tg.take_along_axis(x, tg.asarray([[1], [0]]), axis=1)
    Tensor([[2.],
            [3.]], dtype=float32)
    """
    x, indices = as_tensor("take_along_axis", x), as_tensor("take_along_axis", indices)
    axis = one_axis(axis, x.ndim)
    if indices.ndim != x.ndim:
        raise ValueError(f"take_along_axis: indices have {indices.ndim} axes, x {x.ndim}; they must have as many")
    wanted = [max(a, b) if a and b else 0 for a, b in zip(x.shape, indices.shape)]
    x_shape, index_shape = tuple(wanted), tuple(wanted)
    x_shape = (*x_shape[:axis], x.shape[axis], *x_shape[axis + 1 :])
    index_shape = (*index_shape[:axis], indices.shape[axis], *index_shape[axis + 1 :])
    if x.shape != x_shape:
        x = x.broadcast_to(x_shape)
    if indices.shape != index_shape:
        indices = indices.broadcast_to(index_shape)
    return _take_along_axis(x, indices, axis=axis)


def put_along_axis(x: Any, indices: Any, axis: int, size: int) -> Any:
    """Zeros with `size` elements along an axis, and `x` added at `indices` along it.

    The adjoint of `take_along_axis`: repeated places add up.

    Parameters
    ----------
    x : Tensor
        Broadcasts to the shape of `indices`.
    indices : Tensor of int
        Any shape with at least one axis.
    axis : int
        Where to put them.
    size : int
        Of the result along that axis.

    Returns
    -------
    Tensor
        Of the shape of `indices`, with `size` along `axis`.

    Raises
    ------
    IndexError
        An index is out of bounds.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.put_along_axis(tg.asarray([1.0, 2.0]), tg.asarray([3, 0]), axis=0, size=4)
    Tensor([2., 0., 0., 1.], dtype=float32)
    """
    indices = as_tensor("put_along_axis", indices)
    return _put_along_axis(x, indices, axis=one_axis(axis, indices.ndim), size=size)


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The slices at `indices` along an axis (of the flattened tensor for None).

    Parameters
    ----------
    x : Tensor
        Any shape.
    indices : Tensor of int
        One axis.
    axis : int or None
        Where to choose.

    Returns
    -------
    Tensor
        Of the shape of `x`, with as many slices along `axis` as there are indices.

    Raises
    ------
    IndexError
        An index is out of bounds.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.take(tg.asarray([10.0, 20.0, 30.0]), tg.asarray([2, 0]))
    Tensor([30., 10.], dtype=float32)
    """
    x = as_tensor("take", x)
    if axis is None:
        x, axis = x.reshape((-1,)), 0
    return getitem(x, (slice(None),) * one_axis(axis, x.ndim) + (indices,))
