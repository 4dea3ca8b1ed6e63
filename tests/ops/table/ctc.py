"""Rows of connectionist temporal classification."""

from __future__ import annotations

from itertools import groupby, product
from typing import Any

import numpy as np

from tinygrad_nn.ops.ctc import ctc_loss

from .row import Row, cases

__all__ = ["rows"]


def rows() -> list[Row]:
    def over_all_paths(x: Any, labels: Any, input_lengths: Any, target_lengths: Any, blank: int = 0) -> Any:
        losses = []
        for n, (frames, size) in enumerate(zip(input_lengths, target_lengths)):
            said = 0.0
            for path in product(range(x.shape[2]), repeat=frames):
                if [c for c, _ in groupby(path) if c != blank] == list(labels[n, :size]):
                    said += np.exp(sum(x[t, n, c] for t, c in enumerate(path)))
            losses.append(-np.log(said))
        return np.array(losses)

    def lengths(*sizes: int) -> Any:
        return np.array(sizes, int)

    return [
        Row(
            "ctc_loss",
            ctc_loss,
            over_all_paths,
            cases(
                ((4, 3, 3), np.array([[1, 2], [2, 2], [2, 0]]), lengths(4, 3, 2), lengths(2, 2, 1)),
                ((3, 2, 3), np.array([[0, 1], [1, 0]]), lengths(3, 2), lengths(1, 2), {"blank": 2}),
                ((2, 2, 2), np.zeros((2, 0), int), lengths(2, 1), lengths(0, 0)),
                ((1, 1, 2), np.array([[1]]), lengths(1), lengths(1)),
                ((2, 0, 3), np.zeros((0, 1), int), lengths(), lengths()),
            ),
        )
    ]
