from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.1},
    {"lr": 0.2, "etas": (0.3, 1.5), "step_sizes": (0.05, 0.4)},
    {"lr": 0.1, "maximize": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("Rprop", **settings)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"etas": (1.0, 0.5)}, ValueError, r"a number in \(0, 1\) and one above 1"),
        ({"etas": 0.5}, TypeError, "etas must be a pair"),
        ({"step_sizes": (-1.0, 0.5)}, ValueError, r"step_sizes\[0\] must be at least 0"),
    ],
)
def test_refuses_what_makes_no_sense(settings: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        optim.Rprop([tg.zeros(1).requires_grad_()], **settings)
