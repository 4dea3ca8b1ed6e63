from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.1},
    {"lr": 0.1, "lr_decay": 0.1},
    {"lr": 0.1, "initial_accumulator_value": 0.5},
    {"lr": 0.1, "eps": 1e-2, "weight_decay": 0.1},
    {"lr": 0.01, "maximize": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("Adagrad", **settings)


def test_steps_get_shorter(device: str) -> None:
    x = tg.zeros(1, device=device).requires_grad_()
    optimizer = optim.Adagrad([x], lr=1.0)
    places = [0.0]
    for _ in range(3):
        x.grad = tg.ones(1, device=device)
        optimizer.step()
        places.append(x.item())
    steps = [a - b for a, b in zip(places, places[1:])]
    assert steps == pytest.approx([1.0, 2**-0.5, 3**-0.5])


@pytest.mark.parametrize("name", ["lr", "lr_decay", "eps", "weight_decay", "initial_accumulator_value"])
def test_refuses_what_makes_no_sense(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 0, not -1"):
        optim.Adagrad([tg.zeros(1).requires_grad_()], **{name: -1})
