"""The base of schedulers, and those of steps and functions: PyTorch's rates, states, and what is refused."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

from .schedules import assert_follows_pytorch, assert_goes_on_from_a_saved_state, made, rates

# Names and arguments that PyTorch has, too.
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 1, "gamma": 0.99}),
    ("MultiStepLR", {"milestones": [3, 50, 50, 120], "gamma": 0.5}),
    ("LambdaLR", {"lr_lambda": lambda t: 1.0 / (1.0 + t)}),
    ("LambdaLR", {"lr_lambda": [lambda t: 0.5**t, lambda t: 2.0]}),
]


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_follows_pytorch(kind: str, name: str, arguments: dict[str, Any], torch: ModuleType) -> None:
    assert_follows_pytorch(torch, kind, name, arguments)


SAVED: dict[str, Any] = {
    "step": lambda on: optim.StepLR(on, 3),
    "lambda": lambda on: optim.LambdaLR(on, lambda t: 0.9**t),
}


@pytest.mark.parametrize("make", SAVED.values(), ids=SAVED.keys())
def test_a_saved_state_goes_on_where_it_was(make: Any) -> None:
    assert_goes_on_from_a_saved_state(make)


def test_a_state_of_another_scheduler_is_refused() -> None:
    state = optim.StepLR(made(), 3).state_dict()
    scheduler = optim.ExponentialLR(made(), 0.5)
    with pytest.raises(ValueError, match=r"saved state lacks \[\] and has the unknown \['step_size'\]"):
        scheduler.load_state_dict(state)
    assert scheduler.gamma == 0.5


def test_groups_added_later_keep_their_rate() -> None:
    optimizer = made()
    scheduler = optim.StepLR(optimizer, 1)
    optimizer.add_param_group({"params": tg.zeros(1).requires_grad_(), "lr": 0.7})
    scheduler.step()
    assert rates(optimizer) == pytest.approx([0.01, 0.03, 0.7])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o: optim.StepLR(3, 1), TypeError, "StepLR: optimizer must be an Optimizer, not a int"),
        (lambda o: optim.StepLR(o, 0), ValueError, "step_size must be at least 1, not 0"),
        (lambda o: optim.LambdaLR(o, [abs]), ValueError, "lr_lambda has 1 values, the optimizer has 2 groups"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(made())
