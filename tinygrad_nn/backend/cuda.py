"""The namespace of CuPy arrays. To import it imports CuPy, so only `devices.namespace_for` does.

Beside the names it has CuPy keep to what NumPy does: an index array that is out of range raises, where CuPy would wrap
it silently (one more kernel, and the host waits for its answer), and parameters have the same names.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from operator import pow
from typing import Any

import cupy
import cupyx
import numpy as np

# isort: off
from cupy import (  # the vocabulary's part that CuPy has as it should be
    abs, acos, acosh, add, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_invert, bitwise_left_shift,
    bitwise_or, bitwise_right_shift, bitwise_xor, broadcast_to, ceil, conj, copysign, cos, cosh, divide, einsum, equal,
    exp, exp2, expand_dims, flip, floor, full_like, greater, greater_equal, hypot, imag, isfinite,
    isinf, isnan, less, less_equal, log, log10, log1p, log2, logaddexp, matmul, maximum, minimum, multiply, negative,
    nextafter, not_equal, ones_like, pad, positive, real, reciprocal, remainder, repeat, roll, round, sign, signbit,
    sin, sinh, sqrt, square, squeeze, subtract, tan, tanh, tensordot, tile, tril, triu, trunc, zeros_like,
)  # fmt: skip
from cupy import empty, from_dlpack, full, linspace, ones, zeros  # for making arrays on the device
from cupy import may_share_memory
# isort: on
from cupy.cuda import runtime
from cupyx.scipy.special import erf as _erf
from cupyx.scipy.special import erfc as _erfc
from cupyx.scipy.special import erfinv as _erfinv

from .convolutions import Convolutions
from .errors import DeviceError
from .indexing import chooses_once, grid_along, integer_parts
from .log_paths import summed_paths
from .matrices import Matrices
from .recurrence import backward, forward
from .special_cases import complex_expm1
from .window_argmax import windows_argmax
from .window_sums import windows_sum

name = "cuda"
kind = cupy.ndarray
rank = 0  # where kinds meet, the higher takes the others in: devices have 0
kernels: dict[str, Callable[..., Any]] = {}

SIGMOID = "y = 1 / (1 + exp(-x))"  # exp overflows to infinity, and the result is 0, as it should be
SOFTPLUS = "y = x; if (x > 0) y = -x; y = log1p(exp(y)); if (x > 0) y = y + x"
OUT_OF_RANGE = "(long long)i < -n || (long long)i >= n"

_sigmoid = cupy.ElementwiseKernel("T x", "T y", SIGMOID, "sigmoid")
_softplus = cupy.ElementwiseKernel("T x", "T y", SOFTPLUS, "softplus")
_out_of_range = cupy.ReductionKernel(
    "T i, int64 n", "bool found", OUT_OF_RANGE, "a || b", "found = a", "false", "index_out_of_range"
)


# Functions that CuPy does not have, or not in NumPy's meaning.


def _keeping_halves(function: Callable[..., Any]) -> Callable[..., Any]:
    """CuPy would give float64 for float16."""
    return lambda x: function(x.astype(np.float32)).astype(np.float16) if x.dtype == np.float16 else function(x)


erf, erfc, erfinv = _keeping_halves(_erf), _keeping_halves(_erfc), _keeping_halves(_erfinv)


def expm1(x: Any) -> Any:
    return complex_expm1(cupy, x) if x.dtype.kind == "c" else cupy.expm1(x)


def floor_divide(x: Any, y: Any) -> Any:
    q = cupy.floor_divide(x, y)
    if q.dtype.kind != "f":
        return q
    return cupy.where(_infinite(x) | _infinite(y), cupy.floor(cupy.divide(x, y)), q)


def _infinite(x: Any) -> Any:
    return cupy.isinf(x) if isinstance(x, cupy.ndarray) else math.isinf(x)


def searchsorted(x: Any, y: Any, side: str = "left") -> Any:
    return cupy.searchsorted(x, cupy.asarray(y), side)


def sigmoid(x: Any) -> Any:
    if x.dtype.kind == "c":
        return 1 / (1 + cupy.exp(-x))
    return _sigmoid(x if x.dtype.kind == "f" else x.astype(np.float64))


def softplus(x: Any) -> Any:
    return _softplus(x if x.dtype.kind == "f" else x.astype(np.float64))


def logical_and(x: Any, y: Any) -> Any:
    return cupy.logical_and(_truth(x), _truth(y))


def logical_or(x: Any, y: Any) -> Any:
    return cupy.logical_or(_truth(x), _truth(y))


def logical_xor(x: Any, y: Any) -> Any:
    return cupy.logical_xor(_truth(x), _truth(y))


def logical_not(x: Any) -> Any:
    return cupy.logical_not(_truth(x))


def _truth(x: Any) -> Any:
    """CuPy's logical functions take no complex numbers."""
    is_complex = x.dtype.kind == "c" if isinstance(x, cupy.ndarray) else isinstance(x, complex)
    return x != 0 if is_complex else x


def where(condition: Any, x: Any, y: Any) -> Any:
    return cupy.where(condition, x, y)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return cupy.sum(x, axis, keepdims=keepdims)


def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return cupy.prod(x, axis, keepdims=keepdims)


def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return cupy.max(x, axis, keepdims=keepdims)


def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return cupy.min(x, axis, keepdims=keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return cupy.any(x, axis, keepdims=keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return cupy.all(x, axis, keepdims=keepdims)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    return cupy.argmax(x, axis, keepdims=keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    return cupy.argmin(x, axis, keepdims=keepdims)


def sort(x: Any, axis: int = -1) -> Any:
    return cupy.sort(x, axis)


def argsort(x: Any, axis: int = -1) -> Any:
    return cupy.argsort(x, axis)  # stable


def cumulative_sum(x: Any, axis: int) -> Any:
    return cupy.cumsum(x, axis)


def cumulative_prod(x: Any, axis: int) -> Any:
    return cupy.cumprod(x, axis)


def reshape(x: Any, shape: Any) -> Any:
    return x.reshape(shape)


def permute_dims(x: Any, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes)


def concat(arrays: Any, axis: int = 0) -> Any:
    return cupy.concatenate(arrays, axis)


def stack(arrays: Any, axis: int = 0) -> Any:
    return cupy.stack(arrays, axis)


def astype(x: Any, dtype: Any) -> Any:
    return x.astype(dtype)


def copy(x: Any) -> Any:
    return x.copy()


# Convolutions.

BLOCK = 64 * 1024 * 1024  # bytes of windows that are made at a time: enough work for the GPU, and a bounded space

_convolutions = Convolutions(cupy, BLOCK)
fold, unfold = _convolutions.fold, _convolutions.unfold
convolution, convolution_input, convolution_weight = (
    _convolutions.convolution, _convolutions.convolution_input, _convolutions.convolution_weight
)  # fmt: skip


# Recurrent networks.


def recurrence(*inputs: Any, **attributes: Any) -> Any:
    return forward(sys.modules[__name__], *inputs, **attributes)


def recurrence_gradient(*inputs: Any, **attributes: Any) -> Any:
    return backward(sys.modules[__name__], *inputs, **attributes)


# Linear algebra, and Fourier transforms.

_matrices = Matrices(cupy)
cholesky, det, eigvalsh, inv, solve, svdvals = (
    _matrices.cholesky, _matrices.det, _matrices.eigvalsh, _matrices.inv, _matrices.solve, _matrices.svdvals
)  # fmt: skip
cofactor = _matrices.cofactor_by_svd  # for CuPy does not say when a matrix is singular
packed_eig, packed_eigh, packed_qr, packed_slogdet, packed_svd = (
    _matrices.packed_eig, _matrices.packed_eigh, _matrices.packed_qr, _matrices.packed_slogdet, _matrices.packed_svd
)  # fmt: skip


def fft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return cupy.fft.fft(x, n, axis, norm)


def ifft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return cupy.fft.ifft(x, n, axis, norm)


def rfft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return cupy.fft.rfft(x, n, axis, norm)


def irfft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return cupy.fft.irfft(x, n, axis, norm)


# Indexing, which checks index arrays first.


def getitem(x: Any, index: Any) -> Any:
    _check_range(index, x.shape)
    return x[index]


def assign_at(x: Any, index: Any, value: Any) -> Any:
    """A copy of `x` with ``x[index] = value``; where positions repeat, it is undefined which value stays."""
    _check_range(index, x.shape)
    x = x.copy()
    x[index] = value
    return x


def scatter_add(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `g` added at `index`, repeated positions adding up: the adjoint of ``x[index]``."""
    out = cupy.zeros(shape, g.dtype)
    if chooses_once(index):
        out[index] = g
        return out
    _check_range(index, shape)
    if g.dtype.kind == "c":
        cupyx.scatter_add(out.real, index, g.real)
        cupyx.scatter_add(out.imag, index, g.imag)
    elif g.dtype.kind == "f" or g.dtype.char in "ILQ":  # what atomicAdd has
        cupyx.scatter_add(out, index, g)
    else:  # two's complement integers add up in unsigned ones
        wide = cupy.zeros(shape, np.uint64)
        cupyx.scatter_add(wide, index, g.astype(np.uint64))
        out = (wide != 0) if g.dtype.kind == "b" else wide.astype(g.dtype)
    return out


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    index = grid_along(cupy.arange, indices, axis, x.shape)
    _check_range(index, x.shape)
    return x[index]


def put_along_axis(g: Any, indices: Any, axis: int, size: int) -> Any:
    """Zeros with `size` elements along `axis`, and `g` added at `indices` along it: the adjoint of take_along_axis."""
    axis %= indices.ndim
    shape = (*indices.shape[:axis], size, *indices.shape[axis + 1 :])
    return scatter_add(cupy.broadcast_to(g, indices.shape), grid_along(cupy.arange, indices, axis, shape), shape)


def window_argmax(x: Any, windows: Any) -> Any:
    _check_range(windows, x.shape[-1:])
    return windows_argmax(cupy, x, windows)


def window_sum(x: Any, windows: Any, weights: Any, back: Any, back_weights: Any, axis: int) -> Any:
    _check_range(windows, x.shape[axis:])
    return windows_sum(x, windows, weights, axis)


def log_paths(emitted: Any, inside: Any, start: Any, leap: Any) -> Any:
    return summed_paths(cupy, emitted, inside, start, leap)


def _check_range(index: Any, shape: tuple[int, ...]) -> None:
    parts = index if type(index) is tuple else (index,)
    for place, axis in integer_parts(index, shape):
        part = parts[place]
        if axis < len(shape) and part.size and _out_of_range(part, shape[axis]):
            raise IndexError(f"an index is out of bounds for axis {axis} with size {shape[axis]}")


# What the shim itself asks of a namespace, beside the vocabulary.


def wrap(y: Any) -> Any:
    """Make an array of what a function returned."""
    return cupy.asarray(y)


def is_view(x: Any) -> bool:
    return x.base is not None


def device_of(array: Any) -> str:
    return f"cuda:{array.device.id}"


def _count() -> int:
    try:
        count: int = runtime.getDeviceCount()
    except runtime.CUDARuntimeError:  # no driver, or one that is too old
        return 0
    return count


multi_device = _count() > 1  # whether arrays can be on different devices, so that `select` has to be called


def is_available() -> bool:
    return _count() > 0


def require(device: str) -> None:
    """Raise DeviceError where the machine does not have `device` (its full name)."""
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        raise DeviceError(f'device "{device}": no NVIDIA GPU can be used here ({error})') from error
    if _number(device) >= count:
        raise DeviceError(f'device "{device}": this machine has {count} GPU{"s" * (count != 1)}, numbered from 0')


def _number(device: str) -> int:
    return int(device.partition(":")[2])


def on(device: str) -> AbstractContextManager[Any]:
    """Within it, arrays are made on `device`."""
    context: AbstractContextManager[Any] = cupy.cuda.Device(_number(device))
    return context


def select(op_name: str, arrays: Any) -> None:
    """Make the device of `arrays` the current one: CuPy computes on that, wherever the arrays are.

    Raises
    ------
    DeviceError
        Where they are on several.
    """
    numbers = sorted({array.device.id for array in arrays if type(array) is kind})
    if len(numbers) > 1:
        raise DeviceError(
            f"{op_name}: operands are on {' and '.join(f'cuda:{n}' for n in numbers)}; "
            "move one with x.to_device(device)"
        )
    if numbers and numbers[0] != runtime.getDevice():
        cupy.cuda.Device(numbers[0]).use()


def _compute_selected(op: Any, inputs: Any, arrays: Any, parents: Any, needs: int, attrs: Any) -> tuple[Any, int]:
    select(op.name, arrays)
    forward = kernels.get(op.kernel) or op.forward
    return forward(sys.modules[__name__], *arrays, **attrs), needs


def _prepare_selected(op_name: str, g: Any, saved: Any) -> tuple[Any, Any, Any]:
    select(op_name, (g,))
    return sys.modules[__name__], g, saved


compute = _compute_selected if multi_device else None
prepare = _prepare_selected if multi_device else None


def same_place(x: Any, y: Any) -> bool:
    return bool(x.strides == y.strides and x.data.ptr == y.data.ptr)


def from_numpy(array: Any, device: str) -> Any:
    with on(device):
        return cupy.asarray(array)


def to_numpy(array: Any) -> Any:
    return cupy.asnumpy(array)


def synchronize() -> None:
    """Wait until the current device has done all that it was told."""
    cupy.cuda.Device().synchronize()


def description() -> str:
    names = [runtime.getDeviceProperties(n)["name"].decode() for n in range(_count())]
    return f"{', '.join(names)} (CuPy {cupy.__version__})"


def arange(start: Any, stop: Any, step: Any, dtype: Any) -> Any:
    return cupy.arange(start, stop, step, dtype)


def eye(rows: int, columns: int | None, k: int, dtype: Any) -> Any:
    return cupy.eye(rows, columns, k, dtype)
