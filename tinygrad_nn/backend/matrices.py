"""Linear algebra as functions of one array that give one array, as every word of the vocabulary is.

What has several parts is packed: its columns belong together, and the parts lie one below the other. That costs a copy,
of n² numbers after n³ operations, and spares all that records, replays or checks calls the thought of several results.

Each takes the array library first, NumPy or CuPy, which have the same functions; `Matrices` binds it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Matrices"]


class Matrices:
    """The words of linear algebra, of one array library.

    Attributes
    ----------
    library : module
        NumPy, or CuPy.
    """

    def __init__(self, library: Any) -> None:
        self.library = library

    def cholesky(self, x: Any) -> Any:
        return self.library.linalg.cholesky(x)

    def det(self, x: Any) -> Any:
        return self.library.linalg.det(x)

    def eigvalsh(self, x: Any) -> Any:
        return self.library.linalg.eigvalsh(x)

    def svdvals(self, x: Any) -> Any:
        return self.library.linalg.svd(x, compute_uv=False)

    def inv(self, x: Any) -> Any:
        return self.library.linalg.inv(x)

    def solve(self, a: Any, b: Any) -> Any:
        """The solution of ``a @ y = b``, for matrices `b`: (..., n, n) and (..., n, k), which broadcast."""
        if a.shape[:-2] != b.shape[:-2]:  # NumPy broadcasts by itself, CuPy does not
            shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
            a = self.library.broadcast_to(a, shape + a.shape[-2:])
            b = self.library.broadcast_to(b, shape + b.shape[-2:])
        return self.library.linalg.solve(a, b)

    def cofactor(self, x: Any) -> Any:
        """The derivative of the determinant: ``det(x) * inv(x).mT``, and its limit where that is not defined."""
        lib = self.library
        try:
            return lib.linalg.det(x)[..., None, None] * lib.linalg.inv(x).swapaxes(-1, -2)
        except lib.linalg.LinAlgError:
            return self.cofactor_by_svd(x)

    def cofactor_by_svd(self, x: Any) -> Any:
        """The same by the singular values, of which each one is left out of a product once: nothing is divided."""
        lib = self.library
        u, s, vh = lib.linalg.svd(x)
        ones = lib.ones_like(s[..., :1])
        before = lib.cumprod(lib.concatenate((ones, s[..., :-1]), -1), -1)
        after = lib.cumprod(lib.concatenate((ones, s[..., :0:-1]), -1), -1)[..., ::-1]
        sign = lib.linalg.det(u) * lib.linalg.det(vh)
        return sign[..., None, None] * ((u.conj() * (before * after)[..., None, :]) @ vh.conj())

    def packed_eig(self, x: Any) -> Any:
        """(..., n, n) to (..., 1 + n, n): eigenvalues over eigenvectors, always complex."""
        w, v = self.library.linalg.eig(x)
        dtype = self.library.result_type(x.dtype, self.library.complex64)
        return self._stacked(w[..., None, :].astype(dtype), v.astype(dtype))

    def packed_eigh(self, x: Any) -> Any:
        """(..., n, n) to (..., 1 + n, n): eigenvalues over eigenvectors, of what the lower triangle says."""
        w, v = self.library.linalg.eigh(x)
        return self._stacked(w[..., None, :].astype(v.dtype), v)

    def packed_qr(self, x: Any, mode: str) -> Any:
        """(..., m, n) to (..., m + n, k): Q over the transpose of R."""
        q, r = self.library.linalg.qr(x, mode)
        return self._stacked(q, r.swapaxes(-1, -2))

    def packed_slogdet(self, x: Any) -> Any:
        """(..., n, n) to (..., 2): the sign, and the logarithm of the absolute value."""
        sign, logarithm = self.library.linalg.slogdet(x)
        return self.library.stack((sign, logarithm.astype(x.dtype)), -1)

    def packed_svd(self, x: Any) -> Any:
        """(..., m, n) to (..., m + 1 + n, k): U over the singular values over the transpose of Vh."""
        u, s, vh = self.library.linalg.svd(x, full_matrices=False)
        return self._stacked(u, s[..., None, :].astype(u.dtype), vh.swapaxes(-1, -2))

    def _stacked(self, *parts: Any) -> Any:
        return self.library.concatenate(parts, -2)
