"""Decays give PyTorch's rates, or the closed forms by hand."""

from __future__ import annotations

from math import pi, sin
from types import ModuleType
from typing import Any

import pytest

from tinygrad_nn import optim

from .schedules import RUN, assert_follows_pytorch, assert_goes_on_from_a_saved_state, made, rates

# Names and arguments that PyTorch has, too.
SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialLR", {"gamma": 0.97}),
    ("CosineAnnealingLR", {"T_max": 150, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": RUN}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.01, "end_factor": 0.5, "total_iters": 40}),
]


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_follows_pytorch(kind: str, name: str, arguments: dict[str, Any], torch: ModuleType) -> None:
    assert_follows_pytorch(torch, kind, name, arguments)


def test_continuous_exponential_decay() -> None:
    optimizer = made()
    scheduler = optim.ExponentialDecayLR(optimizer, rate=0.5, decay_steps=10)
    for t in range(RUN):
        assert rates(optimizer) == pytest.approx([0.1 * 0.5 ** (t / 10), 0.3 * 0.5 ** (t / 10)], rel=1e-12)
        scheduler.step()


def test_inverse_time_decay() -> None:
    optimizer = made()
    scheduler = optim.InverseTimeLR(optimizer, rate=0.5, decay_steps=10)
    for t in range(RUN):
        assert rates(optimizer) == pytest.approx([0.1 / (1 + t / 20), 0.3 / (1 + t / 20)], rel=1e-12)
        scheduler.step()


def test_cosine_by_hand() -> None:
    optimizer = made()
    scheduler = optim.CosineAnnealingLR(optimizer, T_max=3)
    scheduler.step()
    assert rates(optimizer) == pytest.approx([0.1 * (1 - sin(pi / 6) ** 2), 0.3 * 0.75])


def test_a_saved_state_goes_on_where_it_was() -> None:
    assert_goes_on_from_a_saved_state(lambda on: optim.CosineAnnealingLR(on, 30))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda o: optim.ExponentialLR(o, -1), ValueError, "gamma must be at least 0"),
        (lambda o: optim.ExponentialDecayLR(o, 0.5, 0), ValueError, "decay_steps must be above 0"),
        (lambda o: optim.InverseTimeLR(o, -1), ValueError, "rate must be at least 0"),
        (lambda o: optim.CosineAnnealingLR(o, 0), ValueError, "T_max must be at least 1"),
        (lambda o: optim.LinearLR(o, total_iters=0), ValueError, "total_iters must be at least 1"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(made())
