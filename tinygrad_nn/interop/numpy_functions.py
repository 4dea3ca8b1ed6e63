"""What NumPy's functions are on tensors: a table, and beneath NumPy's arguments what has none of the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import linalg, ops
from ..inspection import can_cast, result_type
from ..ops.axes import kept_shape
from ..tensor import Tensor
from .numpy_fourier import FOURIER

__all__ = ["FUNCTIONS"]

Function = Callable[..., Any]
Axis = Any  # int, several of them, or None


def _tensor(x: Any) -> Any:
    return x if isinstance(x, Tensor) else Tensor(x)


# Reductions.


def _reduction(op: Function) -> Function:
    def reduced(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
        return op(a, axis=axis, keepdims=keepdims)

    return reduced


def _spread(op: Function) -> Function:
    def spread(a: Any, axis: Axis = None, *, ddof: float = 0, correction: float = 0, keepdims: bool = False) -> Any:
        return op(a, axis=axis, correction=ddof or correction, keepdims=keepdims)

    return spread


def _along(function: Function) -> Function:
    """A function along one axis, or along all elements in a row where that is None."""

    def along(a: Any, axis: int | None = None) -> Any:
        return function(ops.flatten(a), axis=0) if axis is None else function(a, axis=axis)

    return along


def _range(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    return ops.max(a, axis=axis, keepdims=keepdims) - ops.min(a, axis=axis, keepdims=keepdims)


# Shapes.


def _at_least(ndim: int) -> Function:
    """``np.atleast_1d`` and its like: missing axes are put before, the third one after the others."""

    def extended(*arrays: Any) -> Any:
        found = []
        for x in map(_tensor, arrays):
            while x.ndim < min(ndim, 2):
                x = ops.expand_dims(x, 0)
            found.append(ops.expand_dims(x, -1) if x.ndim < ndim else x)
        return found[0] if len(found) == 1 else tuple(found)

    return extended


def _broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple((ops if isinstance(x, Tensor) else np).broadcast_to(x, shape) for x in args)


def _ravel(a: Any) -> Any:
    return ops.flatten(a)


def _transpose(a: Any, axes: Any = None) -> Any:
    return ops.permute_dims(a, tuple(reversed(range(a.ndim))) if axes is None else axes)


def _pad(array: Any, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Any:
    if mode != "constant":
        raise ValueError(f"np.pad of tensors: mode is {mode!r}, there is 'constant'; take x[indices] for the others")
    return ops.pad(array, pad_width, constant_values)


# Joining and parting.


def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    return ops.concat([_tensor(x) for x in arrays], axis)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate((arr, values), axis)


def _vstack(tup: Sequence[Any]) -> Any:
    return ops.concat([_at_least(2)(x) for x in tup], 0)


def _hstack(tup: Sequence[Any]) -> Any:
    parts = [_at_least(1)(x) for x in tup]
    return ops.concat(parts, 0 if parts[0].ndim == 1 else 1)


def _dstack(tup: Sequence[Any]) -> Any:
    return ops.concat([_at_least(3)(x) for x in tup], 2)


def _column_stack(tup: Sequence[Any]) -> Any:
    return ops.concat([x if x.ndim > 1 else ops.reshape(x, (-1, 1)) for x in map(_tensor, tup)], 1)


# Choosing.


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return ops.clip(a, a_min if min is None else min, a_max if max is None else max)


def _sort(a: Any, axis: int | None = -1) -> Any:
    return ops.sort(ops.flatten(a), 0) if axis is None else ops.sort(a, axis)


def _argsort(a: Any, axis: int | None = -1) -> Any:
    return ops.argsort(ops.flatten(a), 0) if axis is None else ops.argsort(a, axis)


def _isin(element: Any, test_elements: Any, *, invert: bool = False) -> Any:
    return ops.isin(element, test_elements, invert)


def _unique(ar: Any) -> Any:
    return ops.unique_values(ar)


def _where(condition: Any, *xy: Any) -> Any:
    return ops.where(condition, *xy) if xy else ops.nonzero(condition)


def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    a = ops.moveaxis(a, (axis1, axis2), (-2, -1))
    a = a[..., offset:] if offset >= 0 else a[..., -offset:, :]
    length = min(a.shape[-2:])
    return linalg.diagonal(a[..., :length, :length])


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return ops.sum(_diagonal(a, offset, axis1, axis2), axis=-1)


def _tril(m: Any, k: int = 0) -> Any:
    return ops.tril(m, k=k)


def _triu(m: Any, k: int = 0) -> Any:
    return ops.triu(m, k=k)


# Numbers.


def _angle(z: Any) -> Any:
    return ops.atan2(ops.imag(z), ops.real(z))


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = _tensor(a)
    shape = kept_shape(a.shape, axis)

    def beside(x: Any) -> Any:
        """What is put before or behind, a number repeated along the other axes."""
        x = x if isinstance(x, Tensor) or x is None else Tensor(np.asarray(x), device=a.device)
        return ops.broadcast_to(x, shape) if x is not None and x.ndim == 0 else x

    return ops.diff(a, axis, n, beside(prepend), beside(append))


def _round(a: Any, decimals: int = 0) -> Any:
    return ops.round(a) if decimals == 0 else ops.round(a * 10.0**decimals) / 10.0**decimals


def _nan_to_num(x: Any, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    return ops.nan_to_num(x, nan, posinf, neginf)


def _quantile(a: Any, q: Any, axis: int | None = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    a = _tensor(a)
    q = Tensor(np.asarray(q), device=a.device) if isinstance(q, (list, tuple, np.ndarray)) else q
    return ops.quantile(a, q, axis=axis, keepdims=keepdims, method=method)


def _percentile(a: Any, q: Any, axis: int | None = None, *, method: str = "linear", keepdims: bool = False) -> Any:
    return _quantile(a, np.asarray(q) / 100 if isinstance(q, (list, tuple)) else q / 100, axis,
                     method=method, keepdims=keepdims)  # fmt: skip


# Products.


def _dot(a: Any, b: Any) -> Any:
    a, b = _tensor(a), _tensor(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return ops.tensordot(a, b, ((-1,), (-1 if b.ndim == 1 else -2,)))


def _vdot(a: Any, b: Any) -> Any:
    return ops.vecdot(ops.flatten(_tensor(a)), ops.flatten(_tensor(b)))


def _inner(a: Any, b: Any) -> Any:
    a, b = _tensor(a), _tensor(b)
    return a * b if a.ndim == 0 or b.ndim == 0 else ops.tensordot(a, b, ((-1,), (-1,)))


def _outer(a: Any, b: Any) -> Any:
    return linalg.outer(ops.flatten(_tensor(a)), ops.flatten(_tensor(b)))


def _einsum(*operands: Any, optimize: Any = False) -> Any:
    return ops.einsum(*operands)


# What is not a tensor, or has no gradient.


def _isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    a, b = _tensor(a), _tensor(b)
    with np.errstate(invalid="ignore"):
        near = (ops.abs(a - b) <= atol + rtol * ops.abs(b)) & ops.isfinite(b)
    same = ops.equal(a, b) | near
    return same | (ops.isnan(a) & ops.isnan(b)) if equal_nan else same


def _allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    return bool(ops.all(_isclose(a, b, rtol, atol, equal_nan)))


def _array_equal(a1: Any, a2: Any) -> bool:
    return np.shape(a1) == np.shape(a2) and bool(ops.all(ops.equal(_tensor(a1), _tensor(a2))))


def _copyto(dst: Any, src: Any) -> None:
    if not isinstance(dst, Tensor):
        raise TypeError("np.copyto of a tensor to an array would lose its gradient; use src.detach().numpy()")
    dst[...] = src


def _full_like(a: Any, fill_value: Any) -> Any:
    return ops.full_like(a, fill_value)


def _on_arrays(function: Function) -> Function:
    """A function that leads out of the framework by its nature: to a file, to text, to the truth about memory."""

    def on_arrays(*arguments: Any, **keywords: Any) -> Any:
        return function(*map(_array, arguments), **{name: _array(value) for name, value in keywords.items()})

    return on_arrays


def _array(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, Tensor) else x


SAME = (
    "broadcast_to", "copy", "cumulative_prod", "cumulative_sum", "expand_dims", "flip", "imag",
    "matrix_transpose", "meshgrid", "moveaxis", "nonzero", "real", "repeat", "reshape", "roll",
    "searchsorted", "sinc", "split", "squeeze", "stack", "swapaxes", "take", "take_along_axis", "tensordot", "tile",
    "unique_all", "unique_counts", "unique_inverse", "unique_values", "unstack",
)  # fmt: skip

OURS: dict[str, Function] = {
    "all": _reduction(ops.all),
    "allclose": _allclose,
    "amax": _reduction(ops.max),
    "amin": _reduction(ops.min),
    "angle": _angle,
    "any": _reduction(ops.any),
    "append": _append,
    "argmax": _reduction(ops.argmax),
    "argmin": _reduction(ops.argmin),
    "argsort": _argsort,
    "around": _round,
    "array_equal": _array_equal,
    "astype": ops.astype,
    "atleast_1d": _at_least(1),
    "atleast_2d": _at_least(2),
    "atleast_3d": _at_least(3),
    "broadcast_arrays": _broadcast_arrays,
    "can_cast": can_cast,
    "clip": _clip,
    "column_stack": _column_stack,
    "concatenate": _concatenate,
    "copyto": _copyto,
    "count_nonzero": _reduction(ops.count_nonzero),
    "cumprod": _along(ops.cumulative_prod),
    "cumsum": _along(ops.cumulative_sum),
    "cross": linalg.cross,
    "diagonal": _diagonal,
    "diff": _diff,
    "dot": _dot,
    "dstack": _dstack,
    "einsum": _einsum,
    "empty_like": lambda a: ops.zeros_like(a),
    "full_like": _full_like,
    "hstack": _hstack,
    "inner": _inner,
    "isclose": _isclose,
    "isin": _isin,
    "iscomplexobj": lambda x: x.dtype.kind == "c",
    "isrealobj": lambda x: x.dtype.kind != "c",
    "kron": linalg.kron,
    "max": _reduction(ops.max),
    "mean": _reduction(ops.mean),
    "median": _reduction(ops.median),
    "min": _reduction(ops.min),
    "nan_to_num": _nan_to_num,
    "nanmean": _reduction(ops.nanmean),
    "nansum": _reduction(ops.nansum),
    "ndim": lambda a: a.ndim,
    "ones_like": lambda a: ops.ones_like(a),
    "outer": _outer,
    "pad": _pad,
    "percentile": _percentile,
    "prod": _reduction(ops.prod),
    "ptp": _range,
    "quantile": _quantile,
    "ravel": _ravel,
    "result_type": result_type,
    "round": _round,
    "shape": lambda a: a.shape,
    "size": lambda a: a.size,
    "sort": _sort,
    "std": _spread(ops.std),
    "sum": _reduction(ops.sum),
    "trace": _trace,
    "transpose": _transpose,
    "tril": _tril,
    "triu": _triu,
    "unique": _unique,
    "var": _spread(ops.var),
    "vdot": _vdot,
    "vstack": _vstack,
    "where": _where,
    "zeros_like": lambda a: ops.zeros_like(a),
}

LEADING_OUT = ("array2string", "array_repr", "array_str", "may_share_memory", "save", "savetxt", "savez",
               "savez_compressed", "shares_memory")  # fmt: skip

FUNCTIONS: dict[Any, Function] = {
    # NumPy has the Array API's linear algebra under its names, as we have
    **{getattr(np.linalg, name): getattr(linalg, name) for name in linalg.__all__ if name in np.linalg.__all__},
    **FOURIER,
    # some of these are newer than NumPy 2.0
    **{getattr(np, name): getattr(ops, name) for name in SAME if name in np.__all__},
    **{getattr(np, name): ours for name, ours in OURS.items()},
    **{getattr(np, name): _on_arrays(getattr(np, name)) for name in LEADING_OUT},
}
"""By NumPy's function, what it is on tensors; ``dtype=`` and ``out=`` are seen to by `numpy_dispatch`."""
