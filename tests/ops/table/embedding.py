"""Rows of embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_nn.ops.embedding import embedding

from .row import Row, cases


def rows() -> list[Row]:
    def chosen(weight: Any, indices: Any) -> Any:
        return np.stack([weight[i] for i in indices.flat]).reshape(*indices.shape, -1) if indices.size else np.zeros((
            *indices.shape, weight.shape[1]))  # fmt: skip

    calls = cases(
        ((3, 3), np.array([2, 0, 2])), ((4, 2), np.array([[0, 3], [3, 1]])), ((3, 2), np.array(1)),
        ((2, 3), np.zeros((0,), int)),
    )  # fmt: skip
    return [Row("embedding", embedding, chosen, calls)]
