"""The stand-in for a GPU: host arrays that behave as CuPy's do where these differ from NumPy's.

It makes a machine without a GPU find what would fail on one:

- NumPy arrays, lists and tuples are refused as operands and as indices: nothing is copied to the device unasked;
- values are read by an explicit transfer only: ``float()``, ``bool()``, ``np.asarray`` and iteration are refused;
- NumPy-only keyword arguments (``where=``, ``order=``, ``out=`` ...) are refused;
- reductions, and indexing with integers, give 0-d arrays, never NumPy scalars;
- no floating-point warnings;
- ``array[indices]`` wraps indices that are out of range, silently, and ``array[indices] = values`` leaves undefined
  which value wins where indices repeat: here the first, where NumPy takes the last. The functions ``xp.getitem`` and
  ``xp.assign_at`` check the range, as they do for CuPy.

It wraps a NumPy array and does not derive from it: ``np.asarray`` of a subclass returns its memory without asking the
subclass, so the most common way to read a value by accident could not be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, NoReturn

import numpy as np

from . import cpu
from .indexing import integer_parts, is_basic, linear_index
from .proxy import ProxyArray, ProxyNamespace
from .vocabulary import ELEMENTWISE, INDEXING, PRODUCTS

__all__ = ["StrictArray", "namespace"]

OF_SEQUENCES = frozenset(("concat", "stack"))  # functions of a sequence of arrays
OF_OPERANDS = frozenset((*ELEMENTWISE, *PRODUCTS)) - {"tensordot"}  # functions that no sequence may be passed to

PLAIN = (type(None), int, float, complex, np.generic, str, slice, type(Ellipsis), np.dtype, type)  # what is no array

# The keyword arguments that mean the same in NumPy and CuPy.
KEYWORDS = frozenset((
    "axes", "axis", "constant_values", "decimals", "dilation", "dtype", "fill_value", "groups", "index", "indices", "k",
    "keepdims", "kind", "mode", "n", "norm", "optimize", "pad_width", "padding", "repeats", "reps", "reverse", "shape",
    "shift", "side", "size", "sizes", "stride", "value",
))  # fmt: skip


class StrictArray(ProxyArray):
    """An array of the strict device."""

    __slots__ = ("_host",)

    def __init__(self, host: Any) -> None:
        self._host = host

    def __repr__(self) -> str:
        return f"<strict {self.dtype}{list(self.shape)}>"

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self._host.shape
        return shape

    @property
    def dtype(self) -> Any:
        return self._host.dtype

    def _call(self, name: str, *args: Any) -> Any:
        return _compute(name, _getitem_wrapping if name == "getitem" else getattr(cpu, name), args, {})

    def _assign(self, value: Any) -> None:
        np.copyto(self._host, value._host, casting="same_kind")

    def _assign_at(self, index: Any, value: Any) -> None:
        _compute("assign_at", _setitem_wrapping, (self, index, value), {})

    def _refuse(self, action: str) -> NoReturn:
        raise TypeError(
            f"{action} of an array on device strict would copy it to the host unasked; "
            "transfer it explicitly (x.numpy(), x.item() of a tensor)"
        )

    def _defers_to(self, other: Any) -> bool:
        return getattr(other, "__array_priority__", 0) > 0 and not isinstance(other, StrictArray)


def _compute(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Check the arguments, compute on the host arrays within, and wrap the result."""
    unknown = kwargs.keys() - KEYWORDS
    if unknown:
        raise TypeError(f"{name}: not every backend has the keyword argument {sorted(unknown)[0]!r}")
    for place, argument in enumerate(args):
        no_array = argument is None or isinstance(argument, (list, tuple))
        if no_array and (name in OF_OPERANDS or (place == 0 and name not in OF_SEQUENCES)):
            raise TypeError(f"{name}: got a {type(argument).__name__}, wanted is an array; nothing is copied unasked")
    if name == "where" and len(args) != 3:
        raise TypeError("where: wanted are a condition and two values; with a condition only, it would synchronise")
    hosts: list[Any] = []
    args = tuple(_opened(name, argument, hosts) for argument in args)
    kwargs = {key: _opened(name, argument, hosts) for key, argument in kwargs.items()}
    if not hosts:
        raise TypeError(f"{name}: none of the arguments is an array")
    with np.errstate(all="ignore"):
        result = function(*args, **kwargs)
    if any(result is host for host in hosts):  # NumPy's way of saying that nothing was to be done
        result = result[...]
    return StrictArray(np.asarray(result))


def _opened(name: str, value: Any, hosts: list[Any]) -> Any:
    """An argument with the host arrays in the place of strict ones, which `hosts` collects."""
    if isinstance(value, StrictArray):
        hosts.append(value._host)
        return value._host
    if isinstance(value, list) and name in INDEXING:
        raise TypeError(f"{name}: got a list as an index; make an array of it on the device first")
    if isinstance(value, (list, tuple)):
        return type(value)(_opened(name, part, hosts) for part in value)
    if not isinstance(value, PLAIN):
        raise TypeError(
            f"{name}: got a {type(value).__name__} together with an array on device strict; "
            "nothing is copied unasked: transfer it first"
        )
    return value


def _getitem_wrapping(x: Any, index: Any) -> Any:
    index = _wrapped(index, x.shape)
    if is_basic(index):  # with an Ellipsis, integers give a 0-d view, not a scalar
        parts = index if type(index) is tuple else (index,)
        index = parts if Ellipsis in parts else (*parts, ...)
    return x[index]


def _setitem_wrapping(x: Any, index: Any, value: Any) -> Any:
    index = _wrapped(index, x.shape)
    if is_basic(index):
        x[index] = value
    else:
        positions = linear_index(np, index, x.shape)
        first = np.unique(positions, return_index=True)[1]
        x.flat[positions.ravel()[first]] = np.broadcast_to(value, positions.shape).ravel()[first]
    return x


def _wrapped(index: Any, shape: tuple[int, ...]) -> Any:
    """The index with its integer arrays brought into range."""
    parts = list(index) if type(index) is tuple else [index]
    for place, axis in integer_parts(index, shape):
        if axis < len(shape) and shape[axis]:
            parts[place] = np.asarray(parts[place] % shape[axis])  # of no axes, too: an integer would give a view
    return tuple(parts)


def _getitem(x: Any, index: Any) -> Any:
    x[index]  # raises where an index is out of range
    return _getitem_wrapping(x, index)


def _assign_at_copy(x: Any, index: Any, value: Any) -> Any:
    x[index]
    return _setitem_wrapping(x.copy(), index, value)


CHECKED: dict[str, Callable[..., Any]] = {"getitem": _getitem, "assign_at": _assign_at_copy}


class _Namespace(ProxyNamespace):
    """The namespace of strict arrays: the functions of `cpu`, their arguments checked."""

    name = "strict"
    kind = StrictArray
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __init__(self) -> None:
        super().__init__(self._call)

    def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        function = CHECKED.get(name) or getattr(cpu, name)
        return _compute(name, function, args, kwargs)

    def wrap(self, y: Any) -> Any:
        return y if isinstance(y, StrictArray) else StrictArray(np.asarray(y))

    def is_view(self, x: StrictArray) -> bool:
        return x._host.base is not None

    def same_place(self, x: StrictArray, y: StrictArray) -> bool:
        return cpu.same_place(x._host, y._host)

    def may_share_memory(self, x: StrictArray, y: StrictArray) -> bool:
        return np.may_share_memory(x._host, y._host)

    def device_of(self, array: StrictArray) -> str:
        return "strict"

    def is_available(self) -> bool:
        return True

    def from_numpy(self, array: Any, device: str) -> StrictArray:
        return StrictArray(np.array(array))

    def to_numpy(self, array: StrictArray) -> Any:
        return array._host.copy()

    def synchronize(self) -> None:
        """Wait for the device: nothing to wait for."""

    def description(self) -> str:
        return "host arrays under a GPU's rules, for tests"

    def on(self, device: str) -> AbstractContextManager[None]:
        return nullcontext()

    def empty(self, shape: Any, dtype: Any) -> StrictArray:
        return StrictArray(np.empty(shape, dtype))

    def zeros(self, shape: Any, dtype: Any) -> StrictArray:
        return StrictArray(np.zeros(shape, dtype))

    def ones(self, shape: Any, dtype: Any) -> StrictArray:
        return StrictArray(np.ones(shape, dtype))

    def full(self, shape: Any, value: Any, dtype: Any) -> StrictArray:
        return StrictArray(np.full(shape, value, dtype))

    def arange(self, start: Any, stop: Any, step: Any, dtype: Any) -> StrictArray:
        return StrictArray(np.arange(start, stop, step, dtype=dtype))

    def linspace(self, start: Any, stop: Any, num: int, *, endpoint: bool, dtype: Any) -> StrictArray:
        return StrictArray(np.linspace(start, stop, num, endpoint=endpoint, dtype=dtype))

    def eye(self, rows: int, columns: int | None, k: int, dtype: Any) -> StrictArray:
        return StrictArray(np.eye(rows, columns, k, dtype))


namespace = _Namespace()
