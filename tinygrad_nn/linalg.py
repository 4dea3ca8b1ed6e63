"""Linear algebra, under the names of the Array API's extension."""

from .ops.linalg import diagonal, matmul, matrix_transpose, outer, tensordot, trace, vecdot

__all__ = ["diagonal", "matmul", "matrix_transpose", "outer", "tensordot", "trace", "vecdot"]
