"""Stacks of matrices (..., m, n): what linear algebra takes, and the small steps that its rules share."""

from __future__ import annotations

from math import nan
from typing import Any

from ..backend.dtypes import float16, float32, float64, is_differentiable
from .operands import as_tensor

__all__ = ["adjoint", "diagonal_of", "eye_like", "hermitian", "inverse", "inverse_gaps", "matrices",
           "narrowed", "on_diagonal", "wide"]  # fmt: skip


def matrices(name: str, x: Any, square: bool = False) -> Any:
    """The operand of the function `name` as a tensor of matrices."""
    x = as_tensor(name, x)
    if x.ndim < 2 or (square and x.shape[-1] != x.shape[-2]):
        wanted = "square matrices (..., n, n)" if square else "matrices (..., m, n)"
        raise ValueError(f"{name}: the tensor has shape {x.shape}; wanted are {wanted}")
    return x


def wide(x: Any) -> Any:
    """float16 as float32 and integers as float64, for no library decomposes matrices of those; others as they are."""
    if x.dtype == float16:
        return x.astype(float32)
    return x if is_differentiable(x.dtype) else x.astype(float64)


def narrowed(y: Any, *given: Any) -> Any:
    """A result in float16 where that is what was `given`, and widened."""
    return y.astype(float16) if y.dtype == float32 and all(x.dtype == float16 for x in given) else y


def adjoint(xp: Any, x: Any) -> Any:
    """The conjugate transpose."""
    return xp.conj(x.mT) if x.dtype.kind == "c" else x.mT


def hermitian(xp: Any, x: Any) -> Any:
    """The Hermitian part."""
    return (x + adjoint(xp, x)) / 2


def eye_like(xp: Any, x: Any) -> Any:
    """Identity matrices of the shape of `x`."""
    return xp.tril(xp.triu(xp.ones_like(x)))


def diagonal_of(xp: Any, x: Any) -> Any:
    """(..., n, n) to (..., n)."""
    n = x.shape[-1]
    return xp.reshape(x, (*x.shape[:-2], n * n))[..., :: n + 1]


def on_diagonal(xp: Any, d: Any) -> Any:
    """(..., n) to (..., n, n) with zeros beside the diagonal."""
    n = d.shape[-1]
    return eye_like(xp, xp.broadcast_to(xp.expand_dims(d, axis=-1), (*d.shape, n))) * xp.expand_dims(d, axis=-1)


def inverse(xp: Any, x: Any) -> Any:
    """``1 / x``, and NaN where `x` is 0: what would be divided there is not determined."""
    zero = xp.equal(x, 0)
    return xp.where(zero, nan, 1 / xp.where(zero, 1, x))


def inverse_gaps(xp: Any, w: Any) -> Any:
    """``1 / (w[j] - w[i])``, with zeros on the diagonal, and NaN where two are equal."""
    gaps = xp.expand_dims(w, axis=-2) - xp.expand_dims(w, axis=-1)
    eye = eye_like(xp, gaps)
    return inverse(xp, gaps + eye) - eye
