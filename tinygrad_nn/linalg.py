"""Linear algebra, under the names of the Array API's extension, and NumPy's where that has no more."""

from .ops.decompositions import QRResult, cholesky, qr
from .ops.eigen import EighResult, EigResult, eig, eigh, eigvals, eigvalsh
from .ops.linalg import diagonal, matmul, matrix_transpose, outer, tensordot, trace, vecdot
from .ops.matrix_products import cross, kron, matrix_power
from .ops.norms import matrix_norm, norm, vector_norm
from .ops.singular import SVDResult, matrix_rank, pinv, svd, svdvals
from .ops.solving import SlogdetResult, det, inv, slogdet, solve

__all__ = [
    "EigResult", "EighResult", "QRResult", "SVDResult", "SlogdetResult", "cholesky", "cross", "det", "diagonal", "eig",
    "eigh", "eigvals", "eigvalsh", "inv", "kron", "matmul", "matrix_norm", "matrix_power", "matrix_rank",
    "matrix_transpose", "norm", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "trace",
    "vecdot", "vector_norm",
]  # fmt: skip
