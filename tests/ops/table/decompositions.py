"""Rows of Cholesky and QR decompositions: signs that nothing determines are squared away."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases
from .solving import SQUARE, regular

TALL = cases(((3, 2),), ((2, 2),), ((2, 4, 3),), ((3, 0),), ((0, 2, 1),))


def definite(x: Any) -> Any:
    return regular((x + x.mT if isinstance(x, tg.Tensor) else x + x.swapaxes(-1, -2)) / 4)


def slanted(x: Any) -> Any:
    """The matrix with something on its diagonal that keeps its columns apart."""
    m, n = x.shape[-2:]
    if isinstance(x, tg.Tensor):
        return x + 4 * tg.eye(m, n, dtype=x.dtype, device=x.device)
    return x + 4 * np.eye(m, n)


def projector(q: Any) -> Any:
    return q @ q.mT if isinstance(q, tg.Tensor) else q @ q.swapaxes(-1, -2)


def rows() -> list[Row]:
    def qr(x: Any, mode: str = "reduced") -> Any:
        q, r = tg.linalg.qr(slanted(x), mode=mode)
        return q[..., : x.shape[-1]] ** 2, r**2, projector(q[..., x.shape[-1] :])

    def numpy_qr(x: Any, mode: str = "reduced") -> Any:
        q, r = np.linalg.qr(slanted(x), mode)
        return q[..., : x.shape[-1]] ** 2, r**2, projector(q[..., x.shape[-1] :])

    def complement(x: Any) -> Any:
        q = tg.linalg.qr(slanted(x).astype(np.float64)).Q
        return projector(tg.ops.complement(q)).astype(x.dtype)

    def numpy_complement(x: Any) -> Any:
        return np.eye(x.shape[-2]) - projector(np.linalg.qr(slanted(x))[0])

    wide = cases(((2, 3),), ((2, 1, 3),), ((0, 3),), ((3, 2), {"mode": "complete"}), ((2, 4, 1), {"mode": "complete"}))
    return [
        Row("cholesky", lambda x, upper=False: tg.linalg.cholesky(definite(x), upper=upper),
            lambda x, upper=False: np.linalg.cholesky(definite(x), upper=upper),
            SQUARE + cases(((3, 3), {"upper": True}))),
        Row("qr", qr, numpy_qr, TALL + wide),
        Row("complement", complement, numpy_complement, TALL),
    ]  # fmt: skip
