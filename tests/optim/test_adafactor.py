from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = (
    {"lr": 0.1},
    {"lr": 0.02, "beta2_decay": -0.3, "d": 2.0},
    {"lr": 0.05, "eps": (1e-3, 0.5), "weight_decay": 0.5},
    {"maximize": True},
)


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("Adafactor", **settings)


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4)])
def test_moments_are_small(shape: tuple[int, ...], device: str) -> None:
    x = tg.ones(shape, device=device).requires_grad_()
    (x * x).sum().backward()
    optimizer = optim.Adafactor([x])
    optimizer.step()
    saved = {name: value.shape for name, value in optimizer.state_dict()["state"][0].items() if name != "step"}
    if len(shape) < 2:
        assert saved == {"variance": shape}
    else:
        assert saved == {"row_var": (2, 3, 1), "col_var": (2, 1, 4)}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"beta2_decay": 0.5}, ValueError, "beta2_decay must be at most 0"),
        ({"eps": 1e-3}, TypeError, "eps must be a pair"),
        ({"eps": (None, -1.0)}, ValueError, r"eps\[1\] must be at least 0"),
        ({"d": 0.5}, ValueError, "d must be at least 1"),
    ],
)
def test_refuses_what_makes_no_sense(settings: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        optim.Adafactor([tg.zeros(1).requires_grad_()], **settings)
