"""Rows of inverses, equations and determinants, of matrices that are far from singular."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases

SQUARE = cases(((2, 2),), ((3, 3),), ((2, 1, 2, 2),), ((1, 1),), ((0, 0),), ((0, 2, 2),))


def regular(x: Any) -> Any:
    """The matrix with something on its diagonal that keeps it from being singular; for tensors and for arrays."""
    n = x.shape[-1]
    return x + (4 * tg.eye(n, dtype=x.dtype, device=x.device) if isinstance(x, tg.Tensor) else 4 * np.eye(n))


def rows() -> list[Row]:
    def solved(a: Any, b: Any) -> Any:
        return np.linalg.inv(regular(a)) @ b

    def cofactors(x: Any) -> Any:
        return np.linalg.det(regular(x))[..., None, None] * np.linalg.inv(regular(x)).swapaxes(-1, -2)

    return [
        Row("inv", lambda x: tg.linalg.inv(regular(x)), lambda x: np.linalg.inv(regular(x)), SQUARE),
        Row("det", lambda x: tg.linalg.det(regular(x)), lambda x: np.linalg.det(regular(x)), SQUARE),
        Row("cofactor", lambda x: tg.ops.cofactor(regular(x).astype(np.float64)).astype(x.dtype), cofactors, SQUARE),
        Row("slogdet", lambda x: tg.linalg.slogdet(-regular(x)), lambda x: np.linalg.slogdet(-regular(x)), SQUARE),
        Row("solve", lambda a, b: tg.linalg.solve(regular(a), b), solved,
            cases(((2, 2), (2, 3)), ((3, 3), (3,)), ((2, 2, 2), (2, 1)), ((2, 2), (3, 2, 2)), ((2, 1, 2, 2), (3, 2, 2)),
                  ((2, 3, 3), (3,)), ((0, 0), (0, 2)), ((2, 2), (2, 0)), ((0, 2, 2), (2, 2)))),
    ]  # fmt: skip
