"""bfloat16 on the CPU: arrays that hold it, and compute in float32.

bfloat16 is the upper half of a float32: its range, with 8 bits of precision. Neither NumPy nor the processor computes
in it, so each operation widens its operands, computes in float32 as it always does, fast kernels included, and rounds
what comes out, once; its gradient does the same. So sums and products are accumulated in float32, as PyTorch's are.
What only moves elements works on them as they are, in shared memory where NumPy shares it.

The dtype is that of the package `ml_dtypes`, which NumPy needs to know it at all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, ClassVar, NoReturn

import numpy as np

from . import cpu
from .devices import NAMESPACES
from .proxy import ProxyArray, ProxyNamespace

try:
    import ml_dtypes
except ImportError as error:
    raise ImportError(
        f"bfloat16 needs the package ml_dtypes ({error}); pip install tinygrad_nn[bfloat16]", name="ml_dtypes"
    ) from error

__all__ = ["BFloat16Array", "bfloat16", "hold", "limits", "namespace"]

bfloat16: Any = np.dtype(ml_dtypes.bfloat16)
limits: Any = ml_dtypes.finfo(bfloat16)

# Functions that move elements, or make an array after the pattern of another; and operations that are made of nothing
# else, or have to see the array itself. (So do those that give a view.)
MOVING = frozenset((
    "assign_at", "broadcast_to", "copy", "expand_dims", "flip", "full_like", "getitem", "ones_like", "permute_dims",
    "real", "repeat", "reshape", "roll", "squeeze", "take_along_axis", "tile", "tril", "triu", "zeros_like",
))  # fmt: skip
MOVING_OPERATIONS = MOVING | {"as_discrete", "astype", "to_device", "write_in_place"}

CREATION = ("arange", "empty", "eye", "full", "linspace", "ones", "zeros")

STATISTICS = frozenset(("standardize",))  # all but the first output are means and variances, which stay in float32


class BFloat16Array(ProxyArray):
    """An array of bfloat16 on the CPU; `host` is NumPy's array of it."""

    __slots__ = ("host",)

    def __init__(self, host: Any) -> None:
        self.host = host

    def __repr__(self) -> str:
        return repr(self.host)

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.host.shape
        return shape

    @property
    def dtype(self) -> Any:
        return bfloat16

    @property
    def itemsize(self) -> int:
        return 2

    @property
    def nbytes(self) -> int:
        nbytes: int = self.host.nbytes
        return nbytes

    @property
    def base(self) -> Any:
        return self.host.base

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        return _held(self.host.astype(dtype, copy=copy))

    def wide(self) -> Any:
        """The elements in float32, with nothing lost."""
        return self.host.astype(np.float32)

    def _call(self, name: str, *args: Any) -> Any:
        return _call(name, *args)

    def _assign(self, value: Any) -> None:
        self.host[...] = _host(value)

    def _assign_at(self, index: Any, value: Any) -> None:
        self.host[_mapped(_host, index)] = _host(value)

    # Reading is nothing special on the CPU, but by DLPack, whose users know the dtypes of NumPy.

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.host, dtype, copy=copy)

    def __bool__(self) -> bool:
        return bool(self.host)

    def __int__(self) -> int:  # type: ignore[override]
        return int(self.host)

    def __float__(self) -> float:  # type: ignore[override]
        return float(self.host)

    def __complex__(self) -> complex:  # type: ignore[override]
        return complex(float(self.host))

    def item(self) -> Any:
        return self.host.item()

    def tolist(self) -> Any:
        return self.host.tolist()

    def _refuse(self, action: str) -> NoReturn:
        raise TypeError(f"{action} does not work for bfloat16: convert it before, x.astype(tg.float32)")


def hold(array: Any) -> Any:
    """An array of NumPy's with the dtype bfloat16, as one that can be computed with."""
    return array if type(array) is BFloat16Array else BFloat16Array(array)


def _held(y: Any) -> Any:
    """A result of NumPy's as an array: one of ours where it is bfloat16."""
    y = np.asarray(y)
    return BFloat16Array(y) if y.dtype == bfloat16 else y


def _host(x: Any) -> Any:
    return x.host if type(x) is BFloat16Array else x


def _wide(x: Any) -> Any:
    return x.wide() if type(x) is BFloat16Array else x


def _mapped(function: Callable[[Any], Any], x: Any) -> Any:
    """The same nest of tuples and lists with every leaf replaced."""
    return type(x)([_mapped(function, part) for part in x]) if type(x) in (tuple, list) else function(x)


class _Computation:
    """One function in float32: its operands, widened, and what becomes of its results."""

    def __init__(self) -> None:
        self.stays = True  # bfloat16: unless an array of another floating dtype takes part

    def widen(self, x: Any) -> Any:
        """An operand in a dtype that NumPy computes in."""
        if type(x) is BFloat16Array:
            return x.wide()
        if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc":
            self.stays = False
            return x.astype(np.float32) if x.dtype == np.float16 else x  # neither holds the numbers of the other
        return x

    def round(self, y: Any) -> Any:
        """A result, in bfloat16 where it stays that."""
        y = np.asarray(y)
        return BFloat16Array(y.astype(bfloat16)) if self.stays and y.dtype.kind == "f" else y


def _call(name: str, *args: Any, **kwargs: Any) -> Any:
    """Compute one function of the vocabulary."""
    function = getattr(cpu, name)
    if name == "astype":
        return function(*args, **kwargs)
    if name in MOVING:
        return _held(function(*_mapped(_host, args), **{key: _mapped(_host, x) for key, x in kwargs.items()}))
    computation = _Computation()
    args = _mapped(computation.widen, args)
    return computation.round(function(*args, **{key: _mapped(computation.widen, x) for key, x in kwargs.items()}))


def _compute(op: Any, inputs: Any, arrays: Any, parents: Any, needs: int, attrs: Any) -> tuple[Any, int]:
    """Compute a whole operation, rounding once."""
    if op.view or op.kernel in MOVING_OPERATIONS:
        return op.forward(namespace, *arrays, **attrs), needs
    computation = _Computation()
    wide = [computation.widen(x) for x in arrays]
    y = (cpu.kernels.get(op.kernel) or op.forward)(cpu, *wide, **attrs)
    if type(y) is not tuple:
        return computation.round(y), needs
    if op.kernel in STATISTICS:
        return (computation.round(y[0]), *y[1:]), needs
    return tuple(map(computation.round, y)), needs


def _prepare(op_name: str, g: Any, saved: Any) -> tuple[Any, Any, Any]:
    """The rules of a gradient compute in float32; the walk rounds what they give to the dtype of each input."""
    return cpu, _mapped(_wide, g), _mapped(_wide, saved)


def _make(name: str, *args: Any, **kwargs: Any) -> Any:
    """What a function of NumPy's makes from nothing."""
    return _held(getattr(cpu, name)(*args, **kwargs))


def _update(xp: Any, rule: Callable[..., None], operands: Any, settings: Any, loop: Any = None) -> None:
    """An elementwise update in place, rounded once."""
    for arrays in operands:
        wide = list(map(_wide, arrays))
        cpu.kernels["update"](cpu, rule, [wide], settings, loop)
        for array, new in zip(arrays, wide):
            if array is not new:
                array._assign(new)


class _Namespace(ProxyNamespace):
    """The namespace of bfloat16 arrays: the functions of `cpu`, on float32."""

    name = "cpu"
    kind = BFloat16Array
    compute = staticmethod(_compute)
    prepare = staticmethod(_prepare)
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {"update": _update}

    def __init__(self) -> None:
        super().__init__(_call)
        for name in CREATION:
            setattr(self, name, partial(_make, name))

    wrap = staticmethod(_held)

    def is_view(self, x: Any) -> bool:
        return x.base is not None

    def same_place(self, x: Any, y: Any) -> bool:
        return cpu.same_place(x.host, y.host)

    def may_share_memory(self, x: Any, y: Any) -> bool:
        return np.may_share_memory(_host(x), _host(y))

    def device_of(self, array: Any) -> str:
        return "cpu"

    def on(self, device: str) -> AbstractContextManager[None]:
        return cpu.on(device)

    def from_numpy(self, array: Any, device: str) -> Any:
        return _held(array)

    def to_numpy(self, array: Any) -> Any:
        return _host(array)

    def synchronize(self) -> None:
        """Wait for the device: nothing to wait for."""


namespace = _Namespace()
NAMESPACES[BFloat16Array] = namespace
