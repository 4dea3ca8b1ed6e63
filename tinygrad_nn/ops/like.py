"""New arrays after the pattern of another, and copies, also in another dtype and on another device."""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp
from ..autograd.variable import Variable
from ..backend import NAMESPACES, as_dtype, parse_device, transfer

__all__ = ["astype", "copy", "full_like", "ones_like", "to_device", "zeros_like"]


@op()
def zeros_like(xp: Any, x: Any) -> Any:
    """Zeros of the shape, dtype and device of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.

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
    return xp.zeros_like(x)


@op()
def ones_like(xp: Any, x: Any) -> Any:
    """Ones of the shape, dtype and device of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    Tensor
        Without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ones_like(tg.asarray([1, 2]))
    Tensor([1, 1], dtype=int64)
    """
    return xp.ones_like(x)


@op()
def full_like(xp: Any, x: Any, *, value: Any) -> Any:
    """`value` everywhere, in the shape, dtype and device of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    value : scalar
        What to put there, as the dtype of `x`.

    Returns
    -------
    Tensor
        Without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.full_like(tg.asarray([1, 2]), value=7)
    Tensor([7, 7], dtype=int64)
    """
    return xp.full_like(x, value)


@op(vjp(lambda xp, g, y, x: g))
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


def astype(x: Any, dtype: Any) -> Any:
    """The elements in another dtype; the gradient comes back in that of `x`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    dtype : dtype or str
        Such as ``tg.float64`` or ``"float64"``; an integer or boolean one carries no gradient.

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
    return (_astype if dtype.kind in "fc" else _as_discrete)(x, dtype=dtype)


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


@op(vjp(lambda xp, g, y, x, device, source: _moved(g, source)), name="to_device")
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
