"""Penalties on chosen parameters."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


def test_penalties_sum_over_everything_chosen(device: str) -> None:
    model = nn.Sequential(nn.Linear(3, 4, device=device), nn.Linear(4, 2, device=device)).to(tg.float64)
    values = np.concatenate([p.detach().numpy().ravel() for p in model.parameters()])
    assert nn.l1_penalty(model.parameters()).item() == pytest.approx(np.abs(values).sum())
    assert nn.l2_penalty(model.parameters()).item() == pytest.approx((values**2).sum())

    (nn.l1_penalty(model[0].weight) + nn.l2_penalty([model[1].weight])).backward()
    first, second = model[0].weight, model[1].weight
    np.testing.assert_allclose(first.grad.numpy(), np.sign(first.detach().numpy()))
    np.testing.assert_allclose(second.grad.numpy(), 2 * second.detach().numpy())
    assert model[0].bias.grad is None


def test_penalties_of_nothing_are_refused() -> None:
    for penalty in (nn.l1_penalty, nn.l2_penalty):
        with pytest.raises(ValueError, match=f"{penalty.__name__}: there are no parameters"):
            penalty([])
