"""Reductions on a plateau follow PyTorch's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

from .schedules import RUN, assert_goes_on_from_a_saved_state, made, pytorch_sgd, rates


def test_reduce_on_plateau_follows_pytorch(torch: ModuleType) -> None:
    rng = np.random.default_rng(5)
    falling = [1 / (1 + t) + 0.2 * abs(float(rng.standard_normal())) for t in range(RUN)]
    for arguments in (
        {"patience": 3},
        {"factor": 0.5, "patience": 2, "cooldown": 4},
        {"mode": "max", "patience": 1, "threshold": 0.1, "threshold_mode": "abs", "factor": 0.7},
        {"mode": "max", "patience": 1, "threshold": 0.1, "factor": 0.7, "min_lr": [0.01, 0.05]},
        {"threshold_mode": "abs", "threshold": 0.01, "min_lr": 0.001, "patience": 0, "eps": 0.01},
    ):
        optimizer = made()
        oracle = pytorch_sgd(torch)
        scheduler = optim.ReduceLROnPlateau(optimizer, **arguments)  # type: ignore[arg-type]
        theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(oracle, **arguments)
        for metric in falling:
            scheduler.step(metric)
            theirs.step(metric)
            np.testing.assert_allclose(rates(optimizer), rates(oracle), rtol=1e-12)
        assert rates(optimizer)[0] < 0.1


def test_plateau_takes_tensors_and_counts_what_is_no_number_as_bad() -> None:
    optimizer = made()
    scheduler = optim.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
    scheduler.step(tg.asarray(1.0))
    for _ in range(2):
        scheduler.step(float("nan"))
    assert rates(optimizer) == [0.05, 0.15]
    assert scheduler.best == 1.0


def test_a_saved_state_goes_on_where_it_was() -> None:
    assert_goes_on_from_a_saved_state(
        lambda on: optim.ReduceLROnPlateau(on, patience=1, cooldown=1), metric=lambda t: abs(10.0 - t)
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o: optim.ReduceLROnPlateau(o, mode="low"), ValueError, 'mode must be "min" or "max", not'),
        (lambda o: optim.ReduceLROnPlateau(o, threshold_mode="a"), ValueError, "threshold_mode must be"),
        (lambda o: optim.ReduceLROnPlateau(o, factor=1.0), ValueError, r"factor must be in \[0, 1\)"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(made())
