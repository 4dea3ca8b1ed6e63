"""The namespace of NumPy arrays."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from operator import pow  # (np.pow has no short way for the powers 2 and 0.5; the operator has)
from typing import Any

import numpy as np

# isort: off
from numpy import (  # the vocabulary's part that NumPy has as it should be
    abs, acos, acosh, add, asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_invert, bitwise_left_shift,
    bitwise_or, bitwise_right_shift, bitwise_xor, ceil, conj, copysign, cos, cosh, divide, equal,
    exp, exp2, flip, floor, full_like, greater, greater_equal, hypot, imag, isfinite,
    isinf, isnan, less, less_equal, log, log10, log2, logaddexp, logical_and, logical_not, logical_or,
    logical_xor, maximum, minimum, multiply, negative, nextafter, not_equal, pad, positive, real,
    reciprocal, remainder, repeat, roll, round, sign, signbit, sin, sinh, sort, sqrt, square, stack,
    subtract, tan, tanh, tensordot, tile, tril, triu, trunc, where,
)  # fmt: skip
from numpy import arange, empty, eye, full, linspace, ones, zeros  # for making arrays on the device
from numpy import may_share_memory
# isort: on

from .activations import activated_linear, activation_slope, in_one_pass, relu, sigmoid
from .along_axis import added_along, along_last, taken_along
from .direct_convolutions import DirectConvolutions
from .dtypes import is_bfloat16
from .error_functions import erfc, erfinv
from .indexing import chooses_once, grid_along, linear_index
from .log_paths import log_paths
from .matrices import Matrices
from .recurrent_steps import Recurrences
from .reductions import HALF, all, any, max, min, prod, refuse_axes, sum
from .row_sums import has_loop, sums_of_rows
from .softmax import cross_entropy, cross_entropy_slope, masked_softmax, softmax_slope
from .special import erf
from .special_cases import complex_expm1, floor_divide
from .standardization import standardized, standardized_slopes
from .updates import update
from .window_argmax import window_argmax
from .window_sums import window_sum

name = "cpu"
kind = np.ndarray
multi_device = False  # whether arrays of this kind can be on different devices, so that `select` has to be called
compute: Callable[..., Any] | None = None  # computes an operation where that is more than calling its forward
prepare: Callable[..., Any] | None = None  # what gradient rules get, where that is more than what was saved
rank = 0  # where kinds meet, the higher takes the others in: devices have 0
_convolutions = DirectConvolutions()

kernels: dict[str, Callable[..., Any]] = {  # faster forms of whole operations, by their names
    "activated_convolution": _convolutions.activated_convolution,
    "activated_linear": activated_linear,
    "activation_slope": activation_slope,
    "biased_convolution": _convolutions.biased_convolution,
    "cross_entropy": cross_entropy,
    "cross_entropy_slope": cross_entropy_slope,
    "in_one_pass": in_one_pass,
    "masked_softmax": masked_softmax,
    "relu": lambda xp, x: relu(x),
    "softmax_slope": softmax_slope,
    "standardized": standardized,
    "standardized_slopes": standardized_slopes,
    "update": update,
}

FEW = 1 << 14  # elements of a product up to which dot is faster than matmul
LARGE = 2048  # elements from which on log1p takes another way
SMALL = 128  # elements of a gradient below which the flat form of scatter_add costs more than it saves

def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    if axis is not None and not x.ndim:
        refuse_axes(axis)
    return np.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    if axis is not None and not x.ndim:
        refuse_axes(axis)
    return np.argmin(x, axis=axis, keepdims=keepdims)


def argsort(x: Any, axis: int = -1) -> Any:
    return np.argsort(x, axis, "stable")  # the order of equal elements must not depend on the machine


def cumulative_sum(x: Any, axis: int) -> Any:
    if not x.ndim:
        refuse_axes(axis)
    return np.add.accumulate(x, axis, np.float32).astype(HALF) if x.dtype is HALF else np.add.accumulate(x, axis)


def cumulative_prod(x: Any, axis: int) -> Any:
    if not x.ndim:
        refuse_axes(axis)
    return np.multiply.accumulate(x, axis)


def expm1(x: Any) -> Any:
    if x.dtype.kind != "c":
        return np.expm1(x)
    with np.errstate(invalid="ignore"):
        return complex_expm1(np, x)


def log1p(x: Any) -> Any:
    if x.dtype != np.float32 or x.size < LARGE:
        return np.log1p(x)
    # NumPy has float32 in vector registers for log (to 4 units in the last place), and for log1p only where there is
    # AVX-512: of what x + 1 rounds off, the first order of its series is added.
    w = x + 1
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(w)
        rest = x - (w - 1)
        rest /= w
    return np.add(y, rest, out=y, where=np.isfinite(rest))


def softplus(x: Any) -> Any:
    return np.maximum(x, 0) + log1p(np.exp(-np.abs(x)))


def searchsorted(x: Any, y: Any, side: Any = "left") -> Any:
    return np.searchsorted(x, y, side)


matmul_ufunc = np.matmul  # what NumPy asks tensors for where one of its arrays is multiplied with them


def matmul(x: Any, y: Any) -> Any:
    # The same function of BLAS, with half the time spent on the way to it; but what it will write is cleared before,
    # and parts of rows are copied.
    few = x.ndim == 2 and y.ndim == 2 and len(x) * y.shape[1] <= FEW
    if few and x.flags.forc and y.flags.forc and x.dtype is not HALF:
        return x.dot(y)
    if x.dtype is HALF and y.dtype is HALF:  # BLAS has none; NumPy takes a hundred times as long as in float32
        return np.matmul(x.astype(np.float32), y.astype(np.float32)).astype(HALF)
    return np.matmul(x, y)


def einsum(subscripts: str, *operands: Any) -> Any:
    if {x.dtype for x in operands} != {HALF}:
        return np.einsum(subscripts, *operands)
    return np.einsum(subscripts, *(x.astype(np.float32) for x in operands)).astype(HALF)


# Convolutions.

fold, unfold = _convolutions.fold, _convolutions.unfold
convolution, convolution_input, convolution_weight = (
    _convolutions.convolution, _convolutions.convolution_input, _convolutions.convolution_weight
)  # fmt: skip


# Recurrent networks.

_recurrences = Recurrences(sys.modules[__name__])
recurrence, recurrence_gradient = _recurrences.recurrence, _recurrences.recurrence_gradient


# Linear algebra, and Fourier transforms: NumPy loads the modules of both when they are first named.

_matrices = Matrices(np)
cholesky, cofactor, det, eigvalsh, inv, solve, svdvals = (
    _matrices.cholesky, _matrices.cofactor, _matrices.det, _matrices.eigvalsh, _matrices.inv, _matrices.solve,
    _matrices.svdvals,
)  # fmt: skip
packed_eig, packed_eigh, packed_qr, packed_slogdet, packed_svd = (
    _matrices.packed_eig, _matrices.packed_eigh, _matrices.packed_qr, _matrices.packed_slogdet, _matrices.packed_svd
)  # fmt: skip


def fft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.fft(x, n, axis, norm)


def ifft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.ifft(x, n, axis, norm)


def rfft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.rfft(x, n, axis, norm)


def irfft(x: Any, n: int, axis: int, norm: Any) -> Any:
    return np.fft.irfft(x, n, axis, norm)


# Methods and constructors, for the same reason: np.reshape takes 0.7 us, the method 0.1; np.broadcast_to 2.5 and 0.4.


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    return x.reshape(shape)


def expand_dims(x: Any, axis: Any) -> Any:
    return x[:, None] if axis == 1 and x.ndim else np.expand_dims(x, axis)


def squeeze(x: Any, axis: Any) -> Any:
    if not x.ndim:
        refuse_axes(axis)
    return x.squeeze(axis)


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    if x.size == 1 and shape and 0 not in shape:
        y: Any = np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
        y.flags.writeable = False  # as np.broadcast_to: its elements are one and the same
        return y
    return np.broadcast_to(x, shape)


def zeros_like(x: Any, dtype: Any = None) -> Any:
    return np.zeros(x.shape, dtype or x.dtype)


def ones_like(x: Any, dtype: Any = None) -> Any:
    y = np.empty(x.shape, dtype or x.dtype)
    y.fill(1)
    return y


def permute_dims(x: Any, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes)


def concat(arrays: Any, axis: int) -> Any:
    return np.concatenate(arrays, axis)


def astype(x: Any, dtype: Any) -> Any:
    y = x.astype(dtype)
    return _in_bfloat16(y) if is_bfloat16(y.dtype) else y


def _in_bfloat16(array: Any) -> Any:
    """An array with that dtype as one of the kind that computes in it."""
    from .bfloat16 import hold

    return hold(array)


def copy(x: Any) -> Any:
    return x.copy()


def getitem(x: Any, index: Any) -> Any:
    if type(index) is np.ndarray and index.dtype.kind == "i" and x.ndim and x.flags.c_contiguous:
        return x.take(index, 0)  # the same elements, in two thirds of the time
    return x[index]


def assign_at(x: Any, index: Any, value: Any) -> Any:
    """A copy of `x` with ``x[index] = value``; of values for the same position, the last stays."""
    x = np.array(x)  # (an array too where arithmetic on one without axes has given a scalar)
    x[index] = value
    return x


def scatter_add(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with `g` added at `index`, repeated positions adding up: the adjoint of ``x[index]``."""
    if chooses_once(index):
        out = np.zeros(shape, g.dtype)
        out[index] = g
        return out
    if g.size <= SMALL:
        out = np.zeros(shape, g.dtype)
        np.add.at(out, index, g)
        return out
    if has_loop(g, index, shape):
        return sums_of_rows(g, index, shape)
    positions = linear_index(np, index, shape).ravel()
    g = np.ravel(g)
    size = math.prod(shape)
    if g.dtype.kind == "f" and g.itemsize in (4, 8) and size <= 4 * g.size:
        # bincount adds in float64, which matters where positions repeat often, but it fills an array of that, too
        return np.bincount(positions, g, size).astype(g.dtype, copy=False).reshape(shape)
    out = np.zeros(size, g.dtype)
    np.add.at(out, positions, g)  # on flat arrays, ten times faster than on rows
    return out.reshape(shape)


def take_along_axis(x: Any, indices: Any, axis: int = -1) -> Any:
    if along_last(x, indices, axis):
        return taken_along(x, indices)
    return x[grid_along(np.arange, indices, axis, x.shape)]


def put_along_axis(g: Any, indices: Any, axis: int, size: int) -> Any:
    """Zeros with `size` elements along `axis`, and `g` added at `indices` along it: the adjoint of take_along_axis."""
    axis %= indices.ndim
    shape = (*indices.shape[:axis], size, *indices.shape[axis + 1 :])
    index = grid_along(np.arange, indices, axis, shape)
    if indices.shape[axis] == 1:  # nothing repeats
        out = np.zeros(shape, g.dtype)
        out[index] = g
        return out
    if size and g.shape == indices.shape and along_last(g, indices, axis):
        return added_along(g, indices, size)
    return scatter_add(np.broadcast_to(g, indices.shape), index, shape)


# What the shim itself asks of a namespace, beside the vocabulary.


def wrap(y: Any) -> Any:
    """Make an array of what a function returned: NumPy reductions give scalars."""
    return np.asarray(y)


def same_place(x: Any, y: Any) -> bool:
    return x.strides == y.strides and x.__array_interface__["data"] == y.__array_interface__["data"]


def is_view(x: Any) -> bool:
    return x.base is not None


def device_of(array: Any) -> str:
    return "cpu"


def is_available() -> bool:
    return True


def on(device: str) -> AbstractContextManager[None]:
    """Within it, arrays are made on `device`."""
    return nullcontext()


def from_numpy(array: Any, device: str) -> Any:
    return _in_bfloat16(array) if is_bfloat16(array.dtype) else array


def to_numpy(array: Any) -> Any:
    return array


def synchronize() -> None:
    """Wait for the device: nothing to wait for."""


def description() -> str:
    return f"{os.cpu_count()} cores"
