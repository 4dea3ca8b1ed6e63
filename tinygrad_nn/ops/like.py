"""New arrays after the pattern of another, and copies, also in another dtype and on another device."""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp
from ..autograd.variable import Variable
from ..backend import NAMESPACES, as_dtype, empty, parse_device, require_dtype, transfer
from ..backend.dtypes import is_bfloat16, is_differentiable
from .batching import on_stacks
from .operands import as_tensor

__all__ = ["astype", "copy", "empty_like", "full_like", "ones_like", "to_device", "zeros_like"]


@op(batch=on_stacks("zeros_like"), name="zeros_like")
def _zeros_like(xp: Any, x: Any, *, dtype: Any = None) -> Any:
    """Zeros of the shape of an array."""
    return xp.zeros_like(x, dtype=dtype)


@op(batch=on_stacks("ones_like"), name="ones_like")
def _ones_like(xp: Any, x: Any, *, dtype: Any = None) -> Any:
    """Ones of the shape of an array."""
    return xp.ones_like(x, dtype=dtype)


@op(batch=on_stacks("full_like"), name="full_like")
def _full_like(xp: Any, x: Any, *, fill_value: Any, dtype: Any = None) -> Any:
    """One value everywhere, in the shape of an array."""
    return xp.full_like(x, fill_value, dtype=dtype)


def _on(x: Any, device: str | None) -> Any:
    return x if device is None else to_device(x, device)


def _made(function: Any, x: Any, dtype: Any, device: str | None, **attributes: Any) -> Any:
    """What a function makes after the pattern of `x`, in a dtype on a device where they are given."""
    if dtype is None:
        return _on(function(x, **attributes), device)
    if is_bfloat16(dtype := as_dtype(dtype)):  # of another kind of array
        return astype(function(x, **attributes), dtype, copy=False, device=device)
    return _on(function(x, dtype=dtype, **attributes), device)


def zeros_like(x: Any, dtype: Any = None, device: str | None = None) -> Any:
    """Zeros of the shape of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    dtype : dtype or None
        None for that of `x`.
    device : str or None
        None for that of `x`.

    Returns
    -------
    Tensor
        Without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.zeros_like(tg.asarray([1, 2]))
    Tensor([0, 0], dtype=int64)
    """
    return _made(_zeros_like, x, dtype, device)


def ones_like(x: Any, dtype: Any = None, device: str | None = None) -> Any:
    """Ones of the shape of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    dtype : dtype or None
        None for that of `x`.
    device : str or None
        None for that of `x`.

    Returns
    -------
    Tensor
        Without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ones_like(tg.asarray([1, 2]), dtype=tg.float32)
    Tensor([1., 1.], dtype=float32)
    """
    return _made(_ones_like, x, dtype, device)


def full_like(x: Any, fill_value: Any, dtype: Any = None, device: str | None = None) -> Any:
    """`fill_value` everywhere, in the shape of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    fill_value : scalar
        What to put there.
    dtype : dtype or None
        None for that of `x`.
    device : str or None
        None for that of `x`.

    Returns
    -------
    Tensor
        Without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.full_like(tg.asarray([1, 2]), 7)
    Tensor([7, 7], dtype=int64)
    """
    return _made(_full_like, x, dtype, device, fill_value=fill_value)


def empty_like(x: Any, dtype: Any = None, device: str | None = None) -> Any:
    """Memory that nobody has written to, in the shape of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    dtype : dtype or None
        None for that of `x`.
    device : str or None
        None for that of `x`.

    Returns
    -------
    Tensor
        Whatever the memory held, without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.empty_like(tg.zeros((2, 3))).shape
    (2, 3)
    """
    x = as_tensor("empty_like", x)
    return Variable.result_type(empty(x.shape, x.dtype if dtype is None else as_dtype(dtype), device or x.device))


@op(vjp(lambda xp, g, y, x: g), linear="jointly", batch=on_stacks("copy"))
def copy(xp: Any, x: Any) -> Any:
    """The same elements in memory of their own; the gradient flows through.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([1.0, 2.0])
    >>> y = tg.copy(x)
    >>> y[0] = 9.0
    >>> x, y
    (Tensor([1., 2.], dtype=float32), Tensor([9., 2.], dtype=float32))
    """
    return xp.copy(x)


@op(vjp(lambda xp, g, y, x, dtype: g), elementwise=True, name="astype")
def _astype(xp: Any, x: Any, *, dtype: Any) -> Any:
    """The elements in another floating dtype."""
    return xp.astype(x, dtype)


@op(elementwise=True, name="as_discrete")
def _as_discrete(xp: Any, x: Any, *, dtype: Any) -> Any:
    """The elements in an integer or boolean dtype, which carries no gradient."""
    return xp.astype(x, dtype)


def astype(x: Any, dtype: Any, copy: bool = True, device: str | None = None) -> Any:
    """The elements in another dtype; the gradient comes back in that of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    dtype : dtype or str
        Such as ``tg.float64`` or ``"float64"``; an integer or boolean one carries no gradient.
    copy : bool
        Copy what has that dtype already; else it is returned as it is.
    device : str or None
        Where the result is to be; None for where `x` is.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.astype(tg.asarray([1.7, -1.7]), tg.int32)
    Tensor([ 1, -1], dtype=int32)
    """
    dtype = as_dtype(dtype)
    if is_bfloat16(dtype):
        require_dtype(dtype, as_tensor("astype", x).device)
    if copy or as_tensor("astype", x).dtype != dtype:
        x = (_astype if is_differentiable(dtype) else _as_discrete)(x, dtype=dtype)
    return _on(x, device)


def is_view(x: Any) -> bool:
    """Whether others may hold the memory of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    bool

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.ones((2, 3))
    >>> tg.ops.is_view(x), tg.ops.is_view(x[0])
    (False, True)
    """
    return bool(NAMESPACES[type(x.array)].is_view(x.array))


def _moved(x: Any, device: str) -> Any:
    # no function of a namespace: the arrays of two meet here
    return to_device(x, device) if isinstance(x, Variable) else transfer(x, device)


@op(vjp(lambda xp, g, y, x, device, source: _moved(g, source)), linear="jointly", name="to_device",
    batch=lambda xp, batched, x, device, source: to_device(x, device))  # fmt: skip
def _to_device(xp: Any, x: Any, *, device: str, source: str) -> Any:
    """The same elements on another device."""
    return _moved(x, device)


def to_device(x: Any, device: str) -> Any:
    """The same elements on another device (itself if it is there already); the gradient flows back.

    Parameters
    ----------
    x : Tensor
        Any shape.
    device : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        There is no such kind of device.
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.to_device(tg.ones(2), "cpu").device
    'cpu'
    """
    return x if parse_device(device) == x.device else _to_device(x, device=device, source=x.device)
