"""The cycle follows PyTorch's, ends with an error, and needs a momentum."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

from .schedules import RUN, assert_follows_pytorch, assert_goes_on_from_a_saved_state, made

# Names and arguments that PyTorch has, too.
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("OneCycleLR", {"max_lr": 2.0, "total_steps": RUN + 1}),
    ("OneCycleLR", {"max_lr": [2.0, 3.0], "epochs": 10, "steps_per_epoch": 21, "pct_start": 0.17, "three_phase": True}),
    ("OneCycleLR", {"max_lr": 2.0, "total_steps": RUN + 1, "anneal_strategy": "linear", "div_factor": 5.0,
                    "final_div_factor": 10.0, "base_momentum": 0.6, "max_momentum": 0.99}),
    ("OneCycleLR", {"max_lr": 2.0, "total_steps": RUN + 5, "cycle_momentum": False}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_follows_pytorch(kind: str, name: str, arguments: dict[str, Any], torch: ModuleType) -> None:
    assert_follows_pytorch(torch, kind, name, arguments)


def test_one_cycle_ends_with_an_error() -> None:
    scheduler = optim.OneCycleLR(made(), max_lr=1.0, total_steps=3)
    for _ in range(3):  # a batch each
        scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([1 / 25 / 1e4] * 2)
    with pytest.raises(ValueError, match="step 4 of a cycle of 3 steps"):
        scheduler.step()


def test_cycling_momentum_needs_one() -> None:
    optimizer = optim.Adagrad([tg.zeros(1).requires_grad_()])
    with pytest.raises(ValueError, match="Adagrad has neither momentum nor betas; pass cycle_momentum=False"):
        optim.OneCycleLR(optimizer, 1.0, 9)
    optim.OneCycleLR(optimizer, 1.0, 9, cycle_momentum=False)


def test_a_saved_state_goes_on_where_it_was() -> None:
    assert_goes_on_from_a_saved_state(lambda on: optim.OneCycleLR(on, 1.0, 50))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o: optim.OneCycleLR(o, 1.0), ValueError, "give total_steps, or both"),
        (lambda o: optim.OneCycleLR(o, 1.0, 9, anneal_strategy="sin"), ValueError, "anneal_strategy must be"),
        (lambda o: optim.OneCycleLR(o, 1.0, 9, pct_start=1.0), ValueError, r"pct_start must be in \[0, 1\)"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(made())
