from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SETTINGS = ({"eps": 1e-3}, {"lr": 0.5, "rho": 0.5, "eps": 0.01}, {"rho": 0.0, "weight_decay": 0.5, "maximize": True})


@pytest.mark.parametrize("settings", SETTINGS)
def test_follows_pytorch(settings: dict[str, Any], assert_follows: Callable[..., None]) -> None:
    assert_follows("Adadelta", **settings)


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match=r"rho must be in \[0, 1\], not 1.1"):
        optim.Adadelta([tg.zeros(1).requires_grad_()], rho=1.1)
