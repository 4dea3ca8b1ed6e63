"""Arrays that stand in for others: every operator of theirs is a call of a vocabulary function by name.

`ProxyArray` turns what Python writes with symbols into named calls, and `ProxyNamespace` does the same for the
functions of ``xp``. A backend that wants to see every operation (the strict stand-in, which checks them; the recorder,
which writes them down) derives from both and defines what a call does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any, NoReturn

from .vocabulary import VOCABULARY

__all__ = ["ProxyArray", "ProxyNamespace"]


class ProxyArray:
    """The operators of an array, each as a call of a vocabulary function.

    A subclass defines ``shape`` and ``dtype`` and the four methods that raise NotImplementedError here. Its values
    cannot be read by Python or NumPy behind its back: whatever would do so ends in `_refuse`.
    """

    __slots__ = ()
    __array_ufunc__ = None  # NumPy arrays leave their operators to ours instead of making object arrays of us
    __array_priority__ = 1  # and so do proxies that know nothing of the other, if its priority is above 0
    __iter__ = None  # else Python would iterate by indexing, one call for each element

    rank = 0  # that of its namespace

    # What a subclass defines.

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError

    @property
    def dtype(self) -> Any:
        raise NotImplementedError

    def _call(self, name: str, *args: Any) -> Any:
        """The result of the vocabulary function `name`; one of `args` is this array."""
        raise NotImplementedError

    def _assign(self, value: Any) -> None:
        """Write `value`, an array of this kind, over all of this array; its dtype stays."""
        raise NotImplementedError

    def _assign_at(self, index: Any, value: Any) -> None:
        """Do ``self[index] = value``."""
        raise NotImplementedError

    def _refuse(self, action: str) -> NoReturn:
        """Raise the exception for an attempt to read the values by `action`, such as ``float()``."""
        raise NotImplementedError

    def _defers_to(self, other: Any) -> bool:
        """Whether an operator with `other` is left to the other operand: a tensor, or an array of a higher rank."""
        if isinstance(other, ProxyArray):
            return other.rank > self.rank
        return getattr(other, "__array_priority__", 0) > 0

    # What follows from these.

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def mT(self) -> Any:
        axes = range(self.ndim)
        return self._call("permute_dims", self, (*axes[:-2], axes[-1], axes[-2]))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without dimensions")
        return self.shape[0]

    def _binary(self, name: str, other: Any) -> Any:
        return NotImplemented if self._defers_to(other) else self._call(name, self, other)

    def _reflected(self, name: str, other: Any) -> Any:
        return NotImplemented if self._defers_to(other) else self._call(name, other, self)

    def _in_place(self, name: str, other: Any) -> Any:
        if self._defers_to(other):
            return NotImplemented
        self._assign(self._call(name, self, other))
        return self

    def __getitem__(self, index: Any) -> Any:
        return self._call("getitem", self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._assign_at(index, value)

    def __neg__(self) -> Any:
        return self._call("negative", self)

    def __pos__(self) -> Any:
        return self._call("positive", self)

    def __abs__(self) -> Any:
        return self._call("abs", self)

    def __invert__(self) -> Any:
        return self._call("bitwise_invert", self)

    def __eq__(self, other: Any) -> Any:
        return self._binary("equal", other)

    def __ne__(self, other: Any) -> Any:
        return self._binary("not_equal", other)

    def __lt__(self, other: Any) -> Any:
        return self._binary("less", other)

    def __le__(self, other: Any) -> Any:
        return self._binary("less_equal", other)

    def __gt__(self, other: Any) -> Any:
        return self._binary("greater", other)

    def __ge__(self, other: Any) -> Any:
        return self._binary("greater_equal", other)

    def __add__(self, other: Any) -> Any:
        return self._binary("add", other)

    def __radd__(self, other: Any) -> Any:
        return self._reflected("add", other)

    def __iadd__(self, other: Any) -> Any:
        return self._in_place("add", other)

    def __sub__(self, other: Any) -> Any:
        return self._binary("subtract", other)

    def __rsub__(self, other: Any) -> Any:
        return self._reflected("subtract", other)

    def __isub__(self, other: Any) -> Any:
        return self._in_place("subtract", other)

    def __mul__(self, other: Any) -> Any:
        return self._binary("multiply", other)

    def __rmul__(self, other: Any) -> Any:
        return self._reflected("multiply", other)

    def __imul__(self, other: Any) -> Any:
        return self._in_place("multiply", other)

    def __truediv__(self, other: Any) -> Any:
        return self._binary("divide", other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._reflected("divide", other)

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place("divide", other)

    def __floordiv__(self, other: Any) -> Any:
        return self._binary("floor_divide", other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self._reflected("floor_divide", other)

    def __ifloordiv__(self, other: Any) -> Any:
        return self._in_place("floor_divide", other)

    def __mod__(self, other: Any) -> Any:
        return self._binary("remainder", other)

    def __rmod__(self, other: Any) -> Any:
        return self._reflected("remainder", other)

    def __imod__(self, other: Any) -> Any:
        return self._in_place("remainder", other)

    def __pow__(self, other: Any) -> Any:
        return self._binary("pow", other)

    def __rpow__(self, other: Any) -> Any:
        return self._reflected("pow", other)

    def __ipow__(self, other: Any) -> Any:
        return self._in_place("pow", other)

    def __matmul__(self, other: Any) -> Any:
        return self._binary("matmul", other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._reflected("matmul", other)

    def __imatmul__(self, other: Any) -> Any:
        return self._in_place("matmul", other)

    def __and__(self, other: Any) -> Any:
        return self._binary("bitwise_and", other)

    def __rand__(self, other: Any) -> Any:
        return self._reflected("bitwise_and", other)

    def __iand__(self, other: Any) -> Any:
        return self._in_place("bitwise_and", other)

    def __or__(self, other: Any) -> Any:
        return self._binary("bitwise_or", other)

    def __ror__(self, other: Any) -> Any:
        return self._reflected("bitwise_or", other)

    def __ior__(self, other: Any) -> Any:
        return self._in_place("bitwise_or", other)

    def __xor__(self, other: Any) -> Any:
        return self._binary("bitwise_xor", other)

    def __rxor__(self, other: Any) -> Any:
        return self._reflected("bitwise_xor", other)

    def __ixor__(self, other: Any) -> Any:
        return self._in_place("bitwise_xor", other)

    def __lshift__(self, other: Any) -> Any:
        return self._binary("bitwise_left_shift", other)

    def __rlshift__(self, other: Any) -> Any:
        return self._reflected("bitwise_left_shift", other)

    def __ilshift__(self, other: Any) -> Any:
        return self._in_place("bitwise_left_shift", other)

    def __rshift__(self, other: Any) -> Any:
        return self._binary("bitwise_right_shift", other)

    def __rrshift__(self, other: Any) -> Any:
        return self._reflected("bitwise_right_shift", other)

    def __irshift__(self, other: Any) -> Any:
        return self._in_place("bitwise_right_shift", other)

    # What would read the values.

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        self._refuse("np.asarray()")

    def __dlpack__(self, **request: Any) -> NoReturn:
        self._refuse("DLPack")

    def __dlpack_device__(self) -> NoReturn:
        self._refuse("DLPack")

    def __bool__(self) -> bool:
        self._refuse("bool()")

    def __int__(self) -> NoReturn:
        self._refuse("int()")

    def __index__(self) -> NoReturn:
        self._refuse("use as a Python index")

    def __float__(self) -> NoReturn:
        self._refuse("float()")

    def __complex__(self) -> NoReturn:
        self._refuse("complex()")

    def item(self) -> NoReturn:
        self._refuse("item()")

    def tolist(self) -> NoReturn:
        self._refuse("tolist()")


class ProxyNamespace:
    """A namespace ``xp`` whose every vocabulary function ``xp.name(...)`` is ``call(name, ...)``."""

    multi_device = False  # nothing has to be selected before a call
    compute: Callable[..., Any] | None = None  # computing an operation is calling its forward
    prepare: Callable[..., Any] | None = None  # gradient rules get what was saved
    rank = 0  # where kinds meet, the higher takes the others in: devices have 0

    def __init__(self, call: Callable[..., Any]) -> None:
        for name in VOCABULARY:
            setattr(self, name, partial(call, name))
