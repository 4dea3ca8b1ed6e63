from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SETTINGS = ({"lr": 0.01}, {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.1}, {"weight_decay": 0.5, "maximize": True})


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("Adamax", **settings)
