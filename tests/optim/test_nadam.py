from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim
from tinygrad_nn.optim.nadam import _momentum, _momentum_product

SETTINGS = (
    {"lr": 0.01},
    {"lr": 0.1, "betas": (0.5, 0.9), "momentum_decay": 3.0},
    {"lr": 0.01, "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.0},
    {"lr": 0.01, "weight_decay": 0.5, "decoupled_weight_decay": True, "maximize": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], double: None, assert_follows: Callable[..., None]) -> None:
    assert_follows("NAdam", **settings)


@pytest.mark.parametrize("decay", [0.0, 4e-3, 0.5, 40.0])
def test_product_of_momenta(decay: float) -> None:
    product = 1.0
    for step in range(1, 300):
        product *= _momentum(0.999, decay, step)
        assert _momentum_product(0.999, decay, step) == pytest.approx(product, rel=1e-12)


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="momentum_decay must be at least 0"):
        optim.NAdam([tg.zeros(1).requires_grad_()], momentum_decay=-1)
    with pytest.raises(ValueError, match=r"betas\[1\] must be in"):
        optim.NAdam([tg.zeros(1).requires_grad_()], betas=(0.9, 1.0))
