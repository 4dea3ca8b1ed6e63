from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim


def by_hand(p: Any, gradients: list[Any], lr: float, betas: Any, eps: float, weight_decay: float) -> Any:
    """Algorithm 2 of the paper, for one layer."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        r = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        u = r + weight_decay * p
        p = p - lr * np.linalg.norm(p) / np.linalg.norm(u) * u
    return p


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(), (3, 4), (300, 200)])
def test_follows_the_paper(weight_decay: float, shape: tuple[int, ...], device: str) -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.standard_normal(shape), [rng.standard_normal(shape) for _ in range(5)]
    x = tg.asarray(np.array(start), device=device).requires_grad_()
    optimizer = optim.LAMB([x], lr=0.1, betas=(0.8, 0.9), eps=0.01, weight_decay=weight_decay)
    for g in gradients:
        x.grad = tg.asarray(np.array(g), device=device)
        optimizer.step()
    wanted = by_hand(start, gradients, 0.1, (0.8, 0.9), 0.01, weight_decay)
    np.testing.assert_allclose(x.detach().numpy(), wanted, rtol=1e-11)


def test_parameters_that_are_zero_begin_as_with_adam(device: str) -> None:
    x = tg.zeros(3, device=device).requires_grad_()
    x.grad = tg.asarray([1.0, -2.0, 0.0], device=device)
    optim.LAMB([x], lr=0.5).step()
    np.testing.assert_allclose(x.detach().numpy(), [-0.5, 0.5, 0.0], rtol=1e-5)


def test_no_gradient_no_step(device: str) -> None:
    x = tg.ones(3, device=device).requires_grad_()
    x.grad = tg.zeros(3, device=device)
    optim.LAMB([x], lr=0.5).step()
    assert x.tolist() == [1.0, 1.0, 1.0]
