"""Rows of singular values: signs that nothing determines are squared away."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases

FEW = cases(((3, 2),), ((2, 3),), ((2, 2),), ((2, 4, 2),), ((2, 0),), ((0, 2, 3),))


def apart(x: Any) -> Any:
    """A matrix whose singular values are well apart."""
    m, n = x.shape[-2:]
    steps = np.zeros((m, n))
    np.fill_diagonal(steps, np.arange(min(m, n)) * 5.0 + 4)
    return x / 2 + (tg.asarray(steps, dtype=x.dtype, device=x.device) if isinstance(x, tg.Tensor) else steps)


def rows() -> list[Row]:
    def invariants(u: Any, s: Any, vh: Any, transposed: Any) -> Any:
        k = s.shape[-1]
        beside, below = u[..., k:], vh[..., k:, :]  # only what they span is determined
        return (u[..., :k] ** 2, s, vh[..., :k, :] ** 2, (u[..., :k] * s[..., None, :] ** 2) @ vh[..., :k, :],
                beside @ transposed(beside), transposed(below) @ below)  # fmt: skip

    def svd(x: Any, full_matrices: bool = False) -> Any:
        return invariants(*tg.linalg.svd(apart(x), full_matrices=full_matrices), lambda a: a.mT)

    def numpy_svd(x: Any, full_matrices: bool = False) -> Any:
        return invariants(*np.linalg.svd(apart(x), full_matrices), lambda a: a.swapaxes(-1, -2))

    def rank(x: Any, **kwargs: Any) -> Any:
        return tg.linalg.matrix_rank(tg.linalg.outer(x, x), **kwargs)

    def numpy_rank(x: Any, **kwargs: Any) -> Any:
        return np.linalg.matrix_rank(np.outer(x, x), **kwargs)

    full = cases(((3, 2), {"full_matrices": True}), ((1, 3), {"full_matrices": True}))
    return [
        Row("svd", svd, numpy_svd, FEW + full),
        Row("svdvals", lambda x: tg.linalg.svdvals(apart(x)),
            lambda x: np.linalg.svd(apart(x), compute_uv=False), FEW),
        Row("pinv", lambda x, rtol=None: tg.linalg.pinv(apart(x), rtol=rtol),
            lambda x, rtol=None: np.linalg.pinv(apart(x), rtol=rtol),
            FEW + cases(((4, 3), {"rtol": 1e-3}))),
        Row("matrix_rank", rank, numpy_rank, cases(((3,),), ((2,), {"rtol": 0.5})), gradient=False),
    ]  # fmt: skip
