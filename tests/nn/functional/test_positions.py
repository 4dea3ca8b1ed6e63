"""Positions as waves and as angles."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F
from tinygrad_nn.testing import gradcheck


def test_waves(device: str) -> None:
    t, i = np.arange(7)[:, None], np.arange(3)
    angles = t / 10000 ** (2 * i / 6)
    found = F.sinusoidal_positions(7, 6, device=device, dtype=tg.float64).numpy()
    np.testing.assert_allclose(found[:, ::2], np.sin(angles), atol=1e-12)
    np.testing.assert_allclose(found[:, 1::2], np.cos(angles), atol=1e-12)
    with pytest.raises(ValueError, match="sinusoidal_positions: the size is 5, wanted is an even number"):
        F.sinusoidal_positions(7, 5)


def test_products_depend_on_distances_only(device: str) -> None:
    draw = np.random.default_rng(0).standard_normal
    q, k = (tg.asarray(np.broadcast_to(draw(8), (6, 8)).copy(), device=device) for _ in range(2))
    products = (F.rotary_embedding(q) @ F.rotary_embedding(k).mT).numpy()
    for distance in range(-5, 6):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0])
    assert np.ptp(products) > 0.1
    later = F.rotary_embedding(q[2:], offset=2)
    np.testing.assert_allclose(later.numpy(), F.rotary_embedding(q).numpy()[2:], atol=1e-12)


def test_gradient(device: str) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    gradcheck(F.rotary_embedding, tg.asarray(x, device=device, requires_grad=True))
    with pytest.raises(ValueError, match="rotary_embedding: the size is 3"):
        F.rotary_embedding(tg.ones((2, 3), device=device))
    with pytest.raises(ValueError, match=r"rotary_embedding: x has shape \(4,\)"):
        F.rotary_embedding(tg.ones(4, device=device))
