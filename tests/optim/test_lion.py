from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim


def by_hand(p: Any, gradients: list[Any], lr: float, betas: Any, weight_decay: float) -> Any:
    """Algorithm 2 of the paper."""
    m = np.zeros_like(p)
    for g in gradients:
        c = betas[0] * m + (1 - betas[0]) * g
        p = p - lr * (np.sign(c) + weight_decay * p)
        m = betas[1] * m + (1 - betas[1]) * g
    return p


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("maximize", [False, True])
def test_follows_the_paper(weight_decay: float, maximize: bool, device: str) -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.standard_normal((3, 4)), [*rng.standard_normal((10, 3, 4))]
    x = tg.asarray(start.copy(), device=device).requires_grad_()
    optimizer = optim.Lion([x], lr=0.1, betas=(0.8, 0.9), weight_decay=weight_decay, maximize=maximize)
    for g in gradients:
        x.grad = tg.asarray(g, device=device)
        optimizer.step()
    signed = [-g if maximize else g for g in gradients]
    np.testing.assert_allclose(x.detach().numpy(), by_hand(start, signed, 0.1, (0.8, 0.9), weight_decay), rtol=1e-12)
