"""The schedule for averaging is PyTorch's, wherever it begins."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tinygrad_nn import optim

from .schedules import assert_goes_on_from_a_saved_state, made, pytorch_sgd, rates


@pytest.mark.parametrize("begin", [0, 10])
@pytest.mark.parametrize(
    "arguments",
    [
        {"swa_lr": 0.05},
        {"swa_lr": [0.5, 0.01], "anneal_epochs": 7, "anneal_strategy": "linear"},
        {"swa_lr": 0.2, "anneal_epochs": 1},
    ],
)
def test_follows_pytorch(arguments: dict[str, Any], begin: int, torch: ModuleType) -> None:
    optimizer, oracle = made(), pytorch_sgd(torch)
    kinds = torch.optim.lr_scheduler
    ours = optim.ExponentialLR(optimizer, 0.9), optim.SWALR(optimizer, **arguments)
    theirs = kinds.ExponentialLR(oracle, 0.9), torch.optim.swa_utils.SWALR(oracle, **arguments)
    for step in range(30):
        oracle.step()
        ours[step >= begin].step()
        theirs[step >= begin].step()
        np.testing.assert_allclose(rates(optimizer), rates(oracle), rtol=1e-10)


def test_at_once() -> None:
    optimizer = made()
    scheduler = optim.SWALR(optimizer, [0.5, 0.25], anneal_epochs=0)
    for _ in range(3):
        assert rates(optimizer) == [0.5, 0.25]
        scheduler.step()


def test_a_saved_state_goes_on_where_it_was() -> None:
    assert_goes_on_from_a_saved_state(lambda on: optim.SWALR(on, 0.5, anneal_epochs=20))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"swa_lr": -1.0}, "swa_lr must be at least 0"),
        ({"swa_lr": 0.1, "anneal_epochs": -1}, "anneal_epochs must be at least 0"),
        ({"swa_lr": 0.1, "anneal_strategy": "square"}, 'anneal_strategy must be "cos"'),
    ],
)
def test_refuses_what_makes_no_sense(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optim.SWALR(made(), **arguments)
