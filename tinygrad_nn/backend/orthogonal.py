"""Random orthogonal matrices, for the initial values of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from .devices import device_of, to_numpy, transfer

__all__ = ["orthonormal"]


def orthonormal(array: Any) -> Any:
    """The matrix with orthonormal columns (rows, if it is wide) that a QR decomposition makes of a random one.

    The signs are those that make it unique, so that normal elements give every orthogonal matrix the same chance
    (Mezzadri 2007).
    """
    matrix = to_numpy(array).astype(np.float64)
    wide = matrix.shape[0] < matrix.shape[1]
    q, r = np.linalg.qr(matrix.T if wide else matrix)
    q *= np.where(np.diagonal(r) < 0, -1, 1)
    return transfer(np.ascontiguousarray(q.T if wide else q, array.dtype), device_of(array))
