"""Schedules one after another follow PyTorch's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tinygrad_nn import optim

from .schedules import RUN, assert_goes_on_from_a_saved_state, made, pytorch_sgd, rates


def test_sequence_follows_pytorch(torch: ModuleType) -> None:
    optimizer = made()
    oracle = pytorch_sgd(torch)

    def sequence(module: Any, on: Any) -> Any:
        parts = [
            module.LinearLR(on, start_factor=0.1, total_iters=10),
            module.CosineAnnealingLR(on, T_max=90),
            module.ExponentialLR(on, gamma=0.9),
        ]
        return module.SequentialLR(on, parts, milestones=[10, 80])

    scheduler, theirs = sequence(optim, optimizer), sequence(torch.optim.lr_scheduler, oracle)
    for _ in range(RUN):
        np.testing.assert_allclose(rates(optimizer), rates(oracle), rtol=1e-12)
        oracle.step()
        scheduler.step()
        theirs.step()


def warm_up(on: optim.Optimizer) -> optim.SequentialLR:
    parts = [optim.LinearLR(on, total_iters=5), optim.StepLR(on, step_size=3)]
    return optim.SequentialLR(on, parts, milestones=[5])


def test_a_saved_state_goes_on_where_it_was() -> None:
    assert_goes_on_from_a_saved_state(warm_up)


def test_a_state_of_other_schedulers_is_refused() -> None:
    state = optim.StepLR(made(), 3).state_dict()
    sequence = warm_up(made())
    with pytest.raises(ValueError, match="1 schedulers were saved, there are 2"):
        sequence.load_state_dict({**sequence.state_dict(), "schedulers": [state]})


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o: optim.SequentialLR(o, [optim.StepLR(o, 1)], [3]), ValueError, "1 schedulers need 0 milestones"),
        (lambda o: optim.SequentialLR(o, [optim.StepLR(made(), 1)], []), ValueError, "made for another optimizer"),
        (lambda o: optim.SequentialLR(o, [optim.ReduceLROnPlateau(o)], []), TypeError, "is a ReduceLROnPlateau"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(made())
