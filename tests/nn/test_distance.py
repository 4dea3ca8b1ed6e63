"""Lengths and angles of vectors as modules: PyTorch's values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tinygrad_nn import nn

MODULES = [
    ("CosineSimilarity", (), [(4, 3), (4, 3)]), ("CosineSimilarity", (0, 0.1), [(4, 3), (1, 3)]),
    ("PairwiseDistance", (), [(4, 3), (4, 3)]), ("PairwiseDistance", (1.0, 1e-3, True), [(2, 4, 3), (2, 1, 3)]),
    ("PairwiseDistance", (3.0,), [(3,), (3,)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "shapes"), MODULES, ids=str)
def test_values_and_gradients(name: str, arguments: Any, shapes: Any, same_as_torch: Callable[..., None]) -> None:
    same_as_torch(name, arguments, {}, shapes)


def test_their_settings_are_shown() -> None:
    assert repr(nn.CosineSimilarity()) == "CosineSimilarity(axis=1, eps=1e-08)"
    assert repr(nn.PairwiseDistance(1.0)) == "PairwiseDistance(p=1.0, eps=1e-06, keepdims=False)"
