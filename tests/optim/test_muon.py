"""Muon; `tests/oracle` follows PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim


@pytest.mark.parametrize("shape", [(6, 4), (4, 4), (3, 200), (300, 100)])
@pytest.mark.parametrize("matched", [False, True])
def test_a_step_is_about_orthogonal(shape: tuple[int, int], matched: bool, device: str) -> None:
    g = np.random.default_rng(0).standard_normal(shape)
    x = tg.zeros(shape, dtype=tg.float64, device=device).requires_grad_()
    x.grad = tg.asarray(g, device=device)
    optim.Muon([x], lr=1.0, adjust_lr_fn="match_rms_adamw" if matched else None).step()
    scale = 0.2 * max(shape) ** 0.5 if matched else max(1.0, shape[0] / shape[1]) ** 0.5
    u, _, vt = np.linalg.svd(g, full_matrices=False)
    sizes = np.diag(u.T @ -x.detach().numpy() @ vt.T) / scale
    assert 0.6 < sizes.min() <= sizes.max() < 1.3


def test_steps_of_a_program(device: str) -> None:
    rng = np.random.default_rng(0)
    start, a = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    both = [tg.asarray(start.copy(), device=device).requires_grad_() for _ in range(2)]
    optimizers = [optim.Muon([x], lr=0.1) for x in both]
    weights = tg.asarray(a, device=device)

    def step(x: tg.Tensor, optimizer: optim.Muon) -> None:
        optimizer.zero_grad()
        tg.sin(x * weights).sum().backward()
        optimizer.step()

    program = tg.compile(lambda: step(both[0], optimizers[0]))
    for _ in range(4):
        program()
        step(both[1], optimizers[1])
    np.testing.assert_allclose(both[0].detach().numpy(), both[1].detach().numpy(), rtol=1e-11)
    assert len(program.programs) == 1


@pytest.mark.parametrize(
    ("shape", "settings", "error", "message"),
    [
        ((3,), {}, ValueError, r"parameter 0 has shape \(3,\); wanted are matrices"),
        ((2, 2), {"adjust_lr_fn": "arbitrary"}, ValueError, "adjust_lr_fn must be None"),
        ((2, 2), {"ns_coefficients": (1.0, 2.0)}, TypeError, "ns_coefficients must be three numbers"),
        ((2, 2), {"ns_steps": 100}, ValueError, r"ns_steps must be in \[0, 100\)"),
    ],
)
def test_refuses_what_makes_no_sense(shape: Any, settings: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        optim.Muon([tg.zeros(shape).requires_grad_()], **settings)
