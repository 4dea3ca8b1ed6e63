"""Rows of eigenvalues and eigenvectors: what nothing determines is squared away, and there is an order."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row
from .solving import SQUARE


def spaced(x: Any) -> Any:
    """A matrix whose eigenvalues are real and well apart."""
    n = x.shape[-1]
    steps = np.arange(n) * 5.0 + 1
    if isinstance(x, tg.Tensor):
        return x / 4 + tg.asarray(np.diag(steps), dtype=x.dtype, device=x.device)
    return x / 4 + np.diag(steps)


def symmetric(x: Any) -> Any:
    x = spaced(x)
    return (x + (x.mT if isinstance(x, tg.Tensor) else x.swapaxes(-1, -2))) / 2


def sizes(v: Any) -> Any:
    """Squares of absolute values."""
    return tg.real(v) ** 2 + tg.imag(v) ** 2


def rows() -> list[Row]:
    def eigh(x: Any) -> Any:
        w, v = tg.linalg.eigh(symmetric(x))
        return w, v * v

    def numpy_eigh(x: Any) -> Any:
        w, v = np.linalg.eigh(symmetric(x))
        return w, v * v

    # the sums over all eigenvalues do not depend on their order
    def eig(x: Any) -> Any:
        w, v = tg.linalg.eig(spaced(x))
        return sizes(w * w).sum(axis=-1).astype(x.dtype), (sizes(v) * tg.real(w)[..., None, :]).sum(-1).astype(x.dtype)

    def numpy_eig(x: Any) -> Any:
        w, v = np.linalg.eig(spaced(x))
        return (np.abs(w) ** 4).sum(-1), (np.abs(v) ** 2 * np.real(w)[..., None, :]).sum(-1)

    return [
        Row("eigh", eigh, numpy_eigh, SQUARE),
        Row("eigvalsh", lambda x: tg.linalg.eigvalsh(symmetric(x)), lambda x: np.linalg.eigvalsh(symmetric(x)), SQUARE),
        Row("eig", eig, numpy_eig, SQUARE),
        Row("eigvals", lambda x: tg.real(tg.linalg.eigvals(spaced(x)) ** 2).sum(axis=-1).astype(x.dtype),
            lambda x: (np.real(np.linalg.eigvals(spaced(x))) ** 2).sum(-1), SQUARE),
    ]  # fmt: skip
