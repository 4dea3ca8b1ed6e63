from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.02},
    {"lr": 0.02, "t0": 5, "lambd": 0.1, "alpha": 0.5},
    {"t0": 0, "weight_decay": 0.5, "maximize": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], double: None, assert_follows: Callable[..., None]) -> None:
    assert_follows("ASGD", **settings)


def test_mean_of_the_way(device: str) -> None:
    x = tg.asarray([0.0], device=device).requires_grad_()
    optimizer = optim.ASGD([x], lr=1.0, lambd=0.0, t0=1)
    for slope in (3.0, -1.0, -5.0, 1.0, 4.0):  # x is -3, -2, 3, 2, -2
        x.grad = tg.asarray([slope], device=device)
        optimizer.step()
    assert optimizer.state[x]["ax"].item() == pytest.approx(1.0)  # of 3, 2 and -2
