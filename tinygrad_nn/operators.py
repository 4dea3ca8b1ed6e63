"""The operators and methods of tensors: each passes its operands on to an operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from . import ops
from .autograd.apply import apply
from .autograd.op import Op
from .autograd.variable import Variable
from .backend import namespace_for

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["Operators"]

Axis = int | Sequence[int] | None

# By the ufunc that NumPy calls for an operator of its arrays, the operation: the commonest of those in `interop`, for
# an import in each `array + tensor` would cost as much as the sum.
_numpy = namespace_for("cpu")
OF_ARRAYS: dict[Any, Op] = {
    _numpy.add: ops.add, _numpy.subtract: ops.subtract, _numpy.multiply: ops.multiply, _numpy.divide: ops.divide,
    _numpy.matmul_ufunc: ops.matmul, _numpy.equal: ops.equal, _numpy.not_equal: ops.not_equal, _numpy.less: ops.less,
    _numpy.less_equal: ops.less_equal, _numpy.greater: ops.greater, _numpy.greater_equal: ops.greater_equal,
}  # fmt: skip


def _no_none(other: Any) -> Any:
    if other is None:
        raise TypeError("a tensor is compared element by element, and None has none; use `x is None`")
    return other


class Operators(Variable):
    """What `Tensor` inherits its operators and methods from."""

    __slots__ = ()

    def _become(self, result: Tensor) -> Tensor:
        """Take over a result: its values into this memory, and its graph."""
        raise NotImplementedError

    # Operators: the pair of operands goes straight to `apply`

    def __add__(self, other: Any) -> Tensor:
        return apply(ops.add, (self, other))

    def __radd__(self, other: Any) -> Tensor:
        return apply(ops.add, (other, self))

    def __iadd__(self, other: Any) -> Tensor:
        return self._become(apply(ops.add, (self, other)))

    def __sub__(self, other: Any) -> Tensor:
        return apply(ops.subtract, (self, other))

    def __rsub__(self, other: Any) -> Tensor:
        return apply(ops.subtract, (other, self))

    def __isub__(self, other: Any) -> Tensor:
        return self._become(apply(ops.subtract, (self, other)))

    def __mul__(self, other: Any) -> Tensor:
        return apply(ops.multiply, (self, other))

    def __rmul__(self, other: Any) -> Tensor:
        return apply(ops.multiply, (other, self))

    def __imul__(self, other: Any) -> Tensor:
        return self._become(apply(ops.multiply, (self, other)))

    def __truediv__(self, other: Any) -> Tensor:
        return apply(ops.divide, (self, other))

    def __rtruediv__(self, other: Any) -> Tensor:
        return apply(ops.divide, (other, self))

    def __itruediv__(self, other: Any) -> Tensor:
        return self._become(apply(ops.divide, (self, other)))

    def __floordiv__(self, other: Any) -> Tensor:
        return apply(ops.floor_divide, (self, other))

    def __rfloordiv__(self, other: Any) -> Tensor:
        return apply(ops.floor_divide, (other, self))

    def __ifloordiv__(self, other: Any) -> Tensor:
        return self._become(apply(ops.floor_divide, (self, other)))

    def __mod__(self, other: Any) -> Tensor:
        return apply(ops.remainder, (self, other))

    def __rmod__(self, other: Any) -> Tensor:
        return apply(ops.remainder, (other, self))

    def __imod__(self, other: Any) -> Tensor:
        return self._become(apply(ops.remainder, (self, other)))

    def __pow__(self, other: Any) -> Tensor:
        return apply(ops.pow, (self, other))

    def __rpow__(self, other: Any) -> Tensor:
        return apply(ops.pow, (other, self))

    def __ipow__(self, other: Any) -> Tensor:
        return self._become(apply(ops.pow, (self, other)))

    def __matmul__(self, other: Any) -> Tensor:
        return apply(ops.matmul, (self, other))

    def __rmatmul__(self, other: Any) -> Tensor:
        return apply(ops.matmul, (other, self))

    def __imatmul__(self, other: Any) -> Tensor:
        return self._become(apply(ops.matmul, (self, other)))

    def __and__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_and, (self, other))

    def __rand__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_and, (other, self))

    def __iand__(self, other: Any) -> Tensor:
        return self._become(apply(ops.bitwise_and, (self, other)))

    def __or__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_or, (self, other))

    def __ror__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_or, (other, self))

    def __ior__(self, other: Any) -> Tensor:
        return self._become(apply(ops.bitwise_or, (self, other)))

    def __xor__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_xor, (self, other))

    def __rxor__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_xor, (other, self))

    def __ixor__(self, other: Any) -> Tensor:
        return self._become(apply(ops.bitwise_xor, (self, other)))

    def __lshift__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_left_shift, (self, other))

    def __rlshift__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_left_shift, (other, self))

    def __ilshift__(self, other: Any) -> Tensor:
        return self._become(apply(ops.bitwise_left_shift, (self, other)))

    def __rshift__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_right_shift, (self, other))

    def __rrshift__(self, other: Any) -> Tensor:
        return apply(ops.bitwise_right_shift, (other, self))

    def __irshift__(self, other: Any) -> Tensor:
        return self._become(apply(ops.bitwise_right_shift, (self, other)))

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return apply(ops.equal, (self, _no_none(other)))

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return apply(ops.not_equal, (self, _no_none(other)))

    def __lt__(self, other: Any) -> Tensor:
        return apply(ops.less, (self, other))

    def __le__(self, other: Any) -> Tensor:
        return apply(ops.less_equal, (self, other))

    def __gt__(self, other: Any) -> Tensor:
        return apply(ops.greater, (self, other))

    def __ge__(self, other: Any) -> Tensor:
        return apply(ops.greater_equal, (self, other))

    def __neg__(self) -> Tensor:
        return apply(ops.negative, (self,))

    def __pos__(self) -> Tensor:
        return apply(ops.positive, (self,))

    def __abs__(self) -> Tensor:
        return apply(ops.abs, (self,))

    def __invert__(self) -> Tensor:
        return apply(ops.bitwise_invert, (self,))

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index)

    # NumPy asks tensors among its operands what to do; `array + tensor` is one of these questions.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        op = OF_ARRAYS.get(ufunc)
        if op is not None and method == "__call__" and not kwargs:
            return apply(op, inputs)
        from .interop.numpy_dispatch import call_ufunc

        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        from .interop.numpy_dispatch import call_function

        return call_function(function, args, kwargs)

    # Methods: the functions of the same name. They hand on the words that they do not know, for the operation's error
    # names the right one.

    def exp(self) -> Tensor:
        """See `tinygrad_nn.exp`."""
        return apply(ops.exp, (self,))

    def log(self) -> Tensor:
        """See `tinygrad_nn.log`."""
        return apply(ops.log, (self,))

    def sqrt(self) -> Tensor:
        """See `tinygrad_nn.sqrt`."""
        return apply(ops.sqrt, (self,))

    def square(self) -> Tensor:
        """See `tinygrad_nn.square`."""
        return apply(ops.square, (self,))

    def sin(self) -> Tensor:
        """See `tinygrad_nn.sin`."""
        return apply(ops.sin, (self,))

    def cos(self) -> Tensor:
        """See `tinygrad_nn.cos`."""
        return apply(ops.cos, (self,))

    def tanh(self) -> Tensor:
        """See `tinygrad_nn.tanh`."""
        return apply(ops.tanh, (self,))

    def sigmoid(self) -> Tensor:
        """See `tinygrad_nn.sigmoid`."""
        return apply(ops.sigmoid, (self,))

    def relu(self) -> Tensor:
        """See `tinygrad_nn.relu`."""
        return apply(ops.relu, (self,))

    def abs(self) -> Tensor:
        """See `tinygrad_nn.abs`."""
        return apply(ops.abs, (self,))

    def conj(self) -> Tensor:
        """See `tinygrad_nn.conj`."""
        return apply(ops.conj, (self,))

    def copy(self) -> Tensor:
        """The same elements in memory of their own; the gradient flows through."""
        return apply(ops.copy, (self,))

    def sum(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.sum`."""
        return ops.sum(self, axis=axis, keepdims=keepdims, **unknown)

    def mean(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.mean`."""
        return ops.mean(self, axis=axis, keepdims=keepdims, **unknown)

    def prod(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.prod`."""
        return ops.prod(self, axis=axis, keepdims=keepdims, **unknown)

    def max(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.max`."""
        return ops.max(self, axis=axis, keepdims=keepdims, **unknown)

    def min(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.min`."""
        return ops.min(self, axis=axis, keepdims=keepdims, **unknown)

    def logsumexp(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.logsumexp`."""
        return ops.logsumexp(self, axis=axis, keepdims=keepdims, **unknown)

    def any(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.any`."""
        return ops.any(self, axis=axis, keepdims=keepdims, **unknown)

    def all(self, axis: Axis = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.all`."""
        return ops.all(self, axis=axis, keepdims=keepdims, **unknown)

    def var(self, axis: Axis = None, correction: float = 0, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.var`."""
        return ops.var(self, axis=axis, correction=correction, keepdims=keepdims, **unknown)

    def std(self, axis: Axis = None, correction: float = 0, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.std`."""
        return ops.std(self, axis=axis, correction=correction, keepdims=keepdims, **unknown)

    def argmax(self, axis: int | None = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.argmax`."""
        return ops.argmax(self, axis=axis, keepdims=keepdims, **unknown)

    def argmin(self, axis: int | None = None, keepdims: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.argmin`."""
        return ops.argmin(self, axis=axis, keepdims=keepdims, **unknown)

    def softmax(self, axis: int, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.softmax`."""
        return ops.softmax(self, axis=axis, **unknown)

    def log_softmax(self, axis: int, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.log_softmax`."""
        return ops.log_softmax(self, axis=axis, **unknown)

    def cumulative_sum(self, axis: int | None = None, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.cumulative_sum`."""
        return ops.cumulative_sum(self, axis=axis, **unknown)

    def cumulative_prod(self, axis: int | None = None, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.cumulative_prod`."""
        return ops.cumulative_prod(self, axis=axis, **unknown)

    def clip(self, min: Any = None, max: Any = None) -> Tensor:
        """See `tinygrad_nn.clip`."""
        return ops.clip(self, min, max)

    def reshape(self, *shape: Any) -> Tensor:
        """See `tinygrad_nn.reshape`; the sizes may be given one by one."""
        return ops.reshape(self, shape[0] if len(shape) == 1 else shape)

    def flatten(self, start_axis: int = 0, end_axis: int = -1, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.flatten`."""
        return ops.flatten(self, start_axis, end_axis, **unknown)

    def permute_dims(self, axes: Sequence[int]) -> Tensor:
        """See `tinygrad_nn.permute_dims`."""
        return ops.permute_dims(self, axes)

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """See `tinygrad_nn.swapaxes`."""
        return ops.swapaxes(self, axis1, axis2)

    def moveaxis(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """See `tinygrad_nn.moveaxis`."""
        return ops.moveaxis(self, source, destination)

    def expand_dims(self, axis: int | Sequence[int], **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.expand_dims`."""
        return ops.expand_dims(self, axis, **unknown)

    def squeeze(self, axis: Axis = None, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.squeeze`."""
        return ops.squeeze(self, axis, **unknown)

    def broadcast_to(self, shape: Sequence[int]) -> Tensor:
        """See `tinygrad_nn.broadcast_to`."""
        return ops.broadcast_to(self, shape)

    def flip(self, axis: Axis = None, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.flip`."""
        return ops.flip(self, axis, **unknown)

    def sort(self, axis: int = -1, descending: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.sort`."""
        return ops.sort(self, axis, descending, **unknown)

    def argsort(self, axis: int = -1, descending: bool = False, **unknown: NoReturn) -> Tensor:
        """See `tinygrad_nn.argsort`."""
        return ops.argsort(self, axis, descending, **unknown)

    def astype(self, dtype: Any, copy: bool = True) -> Tensor:
        """See `tinygrad_nn.astype`."""
        return ops.astype(self, dtype, copy)

    def to_device(self, device: str, *, stream: None = None) -> Tensor:
        """The same elements on another device (itself if it is there already); the gradient flows back.

        A `stream` cannot be chosen: the transfer is ordered after what was computed before, on the current one.
        """
        if stream is not None:
            raise TypeError("to_device: a stream cannot be chosen; the transfer runs on the current one")
        return ops.to_device(self, device)
