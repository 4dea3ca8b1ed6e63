"""Windows as columns, and back, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F

SETTINGS: list[dict[str, Any]] = [
    {"kernel_size": 2}, {"kernel_size": (3, 2), "stride": (2, 1)}, {"kernel_size": 2, "dilation": (1, 2), "padding": 1}
]  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("batch", [(2,), ()])
def test_matches_pytorch(agree: Any, torch: Any, batch: Any, settings: Any) -> None:
    theirs = torch.nn.functional
    x = np.random.default_rng(0).standard_normal((*batch, 2, 5, 4))
    agree(lambda x: F.unfold(x, **settings), lambda x: theirs.unfold(x, **settings), x)
    columns = np.random.default_rng(0).standard_normal(theirs.unfold(torch.tensor(x), **settings).shape)
    agree(lambda x: F.fold(x, (5, 4), **settings), lambda x: theirs.fold(x, (5, 4), **settings), columns)


def test_what_does_not_fit_is_named(device: str) -> None:
    with pytest.raises(ValueError, match=r"unfold: windows of \(3, 3\) do not fit into x, which has shape \(1, 2, 4\)"):
        F.unfold(tg.ones((1, 2, 4), device=device), 3)
    with pytest.raises(
        ValueError, match=r"fold: x has shape \(4, 3\), wanted \(N, C \* 4, 2\) for windows of \(2, 2\)"
    ):
        F.fold(tg.ones((4, 3), device=device), (2, 3), 2)
