from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.01},
    {"lr": 0.1, "betas": (0.5, 0.9)},
    {"lr": 0.1, "betas": (0.0, 0.0), "eps": 0.1},
    {"lr": 0.01, "eps": 1e-3, "weight_decay": 0.1},
    {"lr": 0.1, "betas": (0.2, 0.6), "amsgrad": True},
    {"lr": 0.01, "maximize": True, "weight_decay": 0.5, "amsgrad": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_follows_pytorch(name: str, settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows(name, **settings)


@pytest.mark.parametrize("dtype", [tg.float32, tg.float64])
def test_first_step_is_as_long_as_the_learning_rate(dtype: Any, device: str) -> None:
    x = tg.asarray([1.0, 1.0, 1.0], dtype=dtype, device=device).requires_grad_()
    x.grad = tg.asarray([1e-3, -1.0, 1e3], dtype=dtype, device=device)
    optim.Adam([x], lr=0.25).step()
    assert x.dtype == dtype
    np.testing.assert_allclose(x.detach().numpy(), [0.75, 1.25, 0.75], rtol=1e-5)


def test_weight_decay_of_adamw_does_not_adapt(device: str) -> None:
    x = tg.asarray([2.0, 4.0], device=device).requires_grad_()
    x.grad = tg.zeros(2, device=device)
    optim.AdamW([x], lr=0.5, weight_decay=0.5).step()
    assert x.tolist() == [1.5, 3.0]


def test_learning_rate_of_zero_changes_nothing_but_the_moments(device: str) -> None:
    x = tg.ones(2, device=device).requires_grad_()
    x.grad = tg.ones(2, device=device)
    optimizer = optim.AdamW([x], lr=0)
    optimizer.step()
    assert x.tolist() == [1.0, 1.0]
    assert optimizer.state[x]["exp_avg"].tolist() != [0.0, 0.0]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"betas": (1.0, 0.9)}, ValueError, r"betas\[0\] must be in \[0, 1\), not 1.0"),
        ({"betas": (0.9, -0.1)}, ValueError, r"betas\[1\] must be in"),
        ({"betas": 0.9}, TypeError, "betas must be a pair"),
        ({"eps": -1e-8}, ValueError, "eps must be at least 0"),
        ({"lr": "fast"}, TypeError, "lr must be a number, not 'fast'"),
        ({"weight_decay": -1}, ValueError, "weight_decay must be at least 0"),
    ],
)
@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW])
def test_refuses_what_makes_no_sense(kind: Any, settings: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        kind([tg.zeros(1).requires_grad_()], **settings)
