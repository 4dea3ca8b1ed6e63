"""Unfold and Fold as modules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


@pytest.mark.parametrize("layer", [("Unfold", 3), ("Unfold", (2, 3), 1, 2), ("Fold", (4, 5), (2, 3), 1, 1, 2)], ids=str)
def test_matches_pytorch(agree: Any, torch: Any, layer: Any) -> None:
    name, *arguments = layer
    ours, theirs = getattr(nn, name)(*arguments), getattr(torch.nn, name)(*arguments)
    assert repr(ours) == repr(theirs)
    shape = (2, 3, 5, 6) if name == "Unfold" else (2, 12, 9)
    agree(ours, theirs, np.random.default_rng(0).standard_normal(shape))


def test_they_are_transposed(device: str) -> None:
    draw = np.random.default_rng(0).standard_normal
    x, columns = (tg.asarray(draw(shape), device=device) for shape in ((2, 3, 5, 6), (2, 12, 9)))
    settings = {"padding": 1, "stride": (2, 3)}
    unfolded, folded = nn.Unfold(2, **settings)(x), nn.Fold((5, 6), 2, **settings)(columns)
    assert (unfolded * columns).sum().item() == pytest.approx((x * folded).sum().item())
