"""Linear algebra: products of more kinds, decompositions, equations, norms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tinygrad_nn import linalg

__all__ = ["CALLS"]

SAME = "cholesky det eig eigvals inv matrix_power slogdet solve svd svdvals".split()


def cross(a: Any, b: Any, dim: int = -1) -> Any:
    return linalg.cross(a, b, axis=dim)


def norm(x: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    return linalg.norm(x, ord, axis=dim, keepdims=keepdim)


def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Any:
    return linalg.vector_norm(x, ord=ord, axis=dim, keepdims=keepdim)


def matrix_norm(x: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Any:
    return linalg.norm(x, ord, axis=dim, keepdims=keepdim)


def norm_of_all(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Any:
    """PyTorch's older norm takes the elements for one vector, whatever the axes."""
    if p == "nuc":
        return linalg.norm(x, p, axis=dim or (-2, -1), keepdims=keepdim)
    return linalg.vector_norm(x, ord=2 if p == "fro" else p, axis=dim, keepdims=keepdim)


CALLS: dict[str, Callable[..., Any]] = {
    **{f"linalg.{name}": getattr(linalg, name) for name in SAME},
    "cholesky": linalg.cholesky,
    "linalg.cross": cross,
    "cross": cross,
    "kron": linalg.kron,
    "linalg.eigh": lambda x, UPLO: linalg.eigh(x),
    "linalg.eigvalsh": lambda x, UPLO: linalg.eigvalsh(x),
    "linalg.norm": norm,
    "linalg.norm:subgradients_at_zero": norm,
    "linalg.vector_norm": vector_norm,
    "linalg.matrix_norm": matrix_norm,
    **dict.fromkeys(("norm", "norm:fro", "norm:inf", "norm:nuc"), norm_of_all),
    "dist": lambda a, b, p=2: linalg.vector_norm(a - b, ord=p),
    "pinverse": lambda x, rcond=None: linalg.pinv(x, rtol=rcond),
    "linalg.pinv": lambda x, rtol=None, atol=None: linalg.pinv(x, rtol=rtol),
    "linalg.pinv:hermitian": lambda x, hermitian: linalg.pinv(x),
    "linalg.matrix_rank": lambda x, rtol=None, atol=None: linalg.matrix_rank(x, rtol=rtol),
    **dict.fromkeys(("linalg.qr", "qr"), linalg.qr),
    "logdet": lambda x: linalg.slogdet(x).logabsdet,
}
