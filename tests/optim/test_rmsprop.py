from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.01},
    {"lr": 0.01, "alpha": 0.5, "eps": 1e-3},
    {"lr": 0.01, "momentum": 0.9},
    {"lr": 0.01, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.01, "centered": True},
    {"lr": 0.01, "centered": True, "momentum": 0.5, "weight_decay": 0.1, "alpha": 0.9},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("RMSprop", tolerance=1e-10, **settings)


def test_a_constant_gradient_has_no_variance(device: str) -> None:
    """In float32 rounding may leave a variance below zero, whose root is not a number."""
    x = tg.zeros(100, device=device).requires_grad_()
    optimizer = optim.RMSprop([x], lr=1e-6, alpha=0.5, eps=1.0, centered=True)
    gradient = np.random.default_rng(0).standard_normal(100).astype("float32")
    for _ in range(60):
        x.grad = tg.asarray(gradient, device=device)
        optimizer.step()
    assert np.isfinite(x.detach().numpy()).all()


@pytest.mark.parametrize("settings", [{"alpha": 1.0}, {"eps": -1}, {"momentum": -1}, {"weight_decay": -1}, {"lr": -1}])
def test_refuses_what_makes_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(settings))} must be"):
        optim.RMSprop([tg.zeros(1).requires_grad_()], **settings)
