from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.01},
    {"lr": 0.01, "momentum": 0.9},
    {"lr": 0.01, "momentum": 0.9, "dampening": 0.3},
    {"lr": 0.01, "momentum": 0.8, "nesterov": True},
    {"lr": 0.01, "weight_decay": 0.1},
    {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
    {"lr": 0.001, "momentum": 0.5, "maximize": True, "weight_decay": 0.1},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("SGD", **settings)


def test_two_steps_by_hand(device: str) -> None:
    x = tg.asarray([1.0, -2.0], dtype=tg.float64, device=device).requires_grad_()
    optimizer = optim.SGD([x], lr=0.5, momentum=0.5, dampening=0.25)
    for _ in range(2):
        x.grad = tg.asarray([1.0, 2.0], dtype=tg.float64, device=device)
        optimizer.step()
    # the velocity is g at first, then 0.5 g + 0.75 g
    assert x.tolist() == [1.0 - 0.5 * (1 + 1.25), -2.0 - 0.5 * (2 + 2.5)]


def test_learning_rate_may_be_an_integer(device: str) -> None:
    x = tg.asarray([1.0], device=device).requires_grad_()
    x.grad = tg.asarray([3.0], device=device)
    optim.SGD([x], lr=1).step()
    assert x.item() == -2.0
    assert x.dtype == tg.float32


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lr": -0.1}, "lr must be at least 0, not -0.1"),
        ({"lr": float("nan")}, "lr must be at least 0, not nan"),
        ({"momentum": -1.0}, "momentum must be at least 0"),
        ({"weight_decay": -1.0}, "weight_decay must be at least 0"),
        ({"nesterov": True}, "nesterov needs a momentum above 0"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "dampening of 0"),
    ],
)
def test_refuses_what_makes_no_sense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optim.SGD([tg.zeros(1).requires_grad_()], **settings)


def test_no_velocity_is_kept_without_momentum(device: str) -> None:
    x = tg.ones(2, device=device).requires_grad_()
    x.grad = tg.ones(2, device=device)
    optimizer = optim.SGD([x], lr=0.1)
    optimizer.step()
    assert optimizer.state_dict()["state"] == {0: {"step": 1}}
    optimizer.param_groups[0]["momentum"] = 0.9  # it may begin later
    optimizer.step()
    assert optimizer.state_dict()["state"][0].keys() == {"step", "momentum_buffer"}
