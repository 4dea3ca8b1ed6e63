from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.01},
    {"lr": 0.1, "betas": (0.5, 0.9)},  # adapts from the sixth step on
    {"lr": 0.1, "betas": (0.5, 0.3)},  # never
    {"lr": 0.01, "eps": 1e-3, "weight_decay": 0.1},
    {"lr": 0.01, "weight_decay": 0.5, "decoupled_weight_decay": True, "maximize": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("RAdam", **settings)


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(TypeError, match="betas must be a pair"):
        optim.RAdam([tg.zeros(1).requires_grad_()], betas=0.9)  # type: ignore[arg-type]
