"""Pooling by norms: PyTorch's values and gradients, and what is refused."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F


@pytest.mark.parametrize("norm_type", [1, 2.5, np.inf, -np.inf])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_lp_pool_matches_pytorch(agree: Any, torch: Any, axes: int, ceil_mode: bool, norm_type: float) -> None:
    given = {"norm_type": norm_type, "kernel_size": 3, "stride": 2, "ceil_mode": ceil_mode}
    ours, theirs = (partial(getattr(f, f"lp_pool{axes}d"), **given) for f in (F, torch.nn.functional))
    x = np.random.default_rng(0).uniform(0.5, 2, (2, 3, 5, 6, 4)[: 2 + axes])
    agree(ours, theirs, x)
    agree(ours, theirs, x[0])


@pytest.mark.parametrize("norm_type", [1, 2, 3, 1.5])
def test_there_is_no_slope_where_there_is_nothing(norm_type: float, agree: Any, torch: Any) -> None:
    x = np.array([[[0.0, 0.0, 1.0, 0.0, 2.0, 0.5]]])
    ours, theirs = (partial(f.lp_pool1d, norm_type=norm_type, kernel_size=2) for f in (F, torch.nn.functional))
    agree(ours, theirs, x, second=False)


def test_errors(device: str) -> None:
    with pytest.raises(ValueError, match=r"lp_pool1d: kernel_size is \(2, 2\), wanted an integer or 1 of them"):
        F.lp_pool1d(tg.ones((2, 3, 8), device=device), 2, (2, 2))
