"""Cycles are PyTorch's, with their momenta."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tinygrad_nn import optim

from .schedules import assert_follows_pytorch, assert_goes_on_from_a_saved_state, made

SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("CosineAnnealingWarmRestarts", {"T_0": 7}),
    ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 3, "eta_min": 0.02}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 8}),
    ("CyclicLR", {"base_lr": [0.01, 0.1], "max_lr": [0.5, 1.0], "step_size_up": 8, "step_size_down": 16}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 4, "mode": "triangular2", "max_momentum": 0.95}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 16, "mode": "exp_range", "gamma": 0.99}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 8, "scale_fn": lambda n: 1 / n}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 8, "cycle_momentum": False,
                  "scale_fn": lambda t: 1 / (1 + t), "scale_mode": "iterations"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_follows_pytorch(kind: str, name: str, arguments: dict[str, Any], torch: ModuleType) -> None:
    assert_follows_pytorch(torch, kind, name, arguments)


@pytest.mark.parametrize(
    "make",
    [
        lambda on: optim.CosineAnnealingWarmRestarts(on, 4, 2),
        lambda on: optim.CyclicLR(on, 0.1, 0.5, step_size_up=5, mode="triangular2"),
    ],
)
def test_a_saved_state_goes_on_where_it_was(make: Any) -> None:
    assert_goes_on_from_a_saved_state(make)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda o: optim.CosineAnnealingWarmRestarts(o, 0), "T_0 must be at least 1"),
        (lambda o: optim.CosineAnnealingWarmRestarts(o, 3, 0), "T_mult must be at least 1"),
        (lambda o: optim.CyclicLR(o, 0.1, 0.5, step_size_up=0), "step_size_up must be above 0"),
        (lambda o: optim.CyclicLR(o, 0.1, 0.5, mode="square"), 'mode must be "triangular"'),
        (lambda o: optim.CyclicLR(o, 0.1, 0.5, scale_mode="epoch"), 'scale_mode must be "cycle"'),
        (lambda o: optim.CyclicLR(o, [0.1], 0.5), "base_lr has 1 values"),
        (lambda o: optim.CyclicLR(optim.Rprop(o.param_groups[0]["params"]), 0.1, 0.5), "neither momentum nor betas"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(made())
