"""Schedules at once: products of what each makes of the first rate, as PyTorch's where these are factors."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tinygrad_nn import optim

from .schedules import RUN, assert_goes_on_from_a_saved_state, made, pytorch_sgd, rates

PARTS: list[tuple[str, dict[str, Any]]] = [
    ("ConstantLR", {"factor": 0.5, "total_iters": 10}),
    ("ExponentialLR", {"gamma": 0.99}),
    ("StepLR", {"step_size": 30, "gamma": 0.7}),
    ("PolynomialLR", {"total_iters": 150, "power": 2.0}),
]


def test_follows_pytorch(torch: ModuleType) -> None:
    optimizer, oracle = made(), pytorch_sgd(torch)
    scheduler = optim.ChainedScheduler([getattr(optim, name)(optimizer, **kwargs) for name, kwargs in PARTS])
    kinds = torch.optim.lr_scheduler
    theirs = kinds.ChainedScheduler([getattr(kinds, name)(oracle, **kwargs) for name, kwargs in PARTS])
    for _ in range(RUN):
        np.testing.assert_allclose(rates(optimizer), rates(oracle), rtol=1e-10, atol=1e-14)
        oracle.step()
        scheduler.step()
        theirs.step()


def test_a_saved_state_goes_on_where_it_was() -> None:
    assert_goes_on_from_a_saved_state(
        lambda on: optim.ChainedScheduler(
            [optim.CyclicLR(on, 0.1, 0.5, step_size_up=4), optim.ExponentialLR(on, 0.9)], on
        )
    )


def test_a_rate_of_zero_stays() -> None:
    optimizer = made()
    optimizer.param_groups[0]["lr"] = 0.0
    scheduler = optim.ChainedScheduler([optim.ExponentialLR(optimizer, 0.5)])
    scheduler.step()
    assert rates(optimizer) == [0.0, 0.15]


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="give at least one"):
        optim.ChainedScheduler([])
    with pytest.raises(TypeError, match="scheduler 0 is a ReduceLROnPlateau"):
        optim.ChainedScheduler([optim.ReduceLROnPlateau(made())])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="scheduler 1 was made for another optimizer"):
        optim.ChainedScheduler([optim.ExponentialLR(made(), 0.5), optim.ExponentialLR(made(), 0.5)])
