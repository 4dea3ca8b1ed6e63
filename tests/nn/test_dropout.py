"""Dropout: what it drops, when, and by which generator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dropped_elements_are_zero_and_the_mean_stays(device: str, dtype: Any) -> None:
    x = tg.ones(20_000, dtype=dtype, device=device, requires_grad=True)
    y = F.dropout(x, 0.2, generator=tg.Generator(0, device))
    y.sum().backward()
    values = y.detach().numpy()
    assert y.dtype == dtype
    assert set(values.tolist()) == {0.0, float(dtype(1) * dtype(1 / 0.8))}
    assert (values == 0).mean() == pytest.approx(0.2, abs=0.02)
    assert x.grad.tolist() == values.tolist()


def test_evaluation_and_p_zero_change_nothing(device: str) -> None:
    x = tg.ones(5, device=device)
    layer = nn.Dropout(0.5)
    assert layer.eval()(x) is x
    assert nn.Dropout(0.0)(x) is x
    assert F.dropout(x, 0.9, training=False) is x


def test_p_one_drops_everything(device: str) -> None:
    assert F.dropout(tg.ones(5, device=device), 1.0).tolist() == [0] * 5


def test_the_generator_decides(device: str) -> None:
    x = tg.ones(50, device=device)
    one, two = (nn.Dropout(0.5, generator=tg.Generator(3, device)) for _ in range(2))
    first = one(x).tolist()
    assert two(x).tolist() == first
    assert one(x).tolist() != first


def test_p_must_be_a_probability(device: str) -> None:
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"Dropout: p={p} must be a probability"):
            nn.Dropout(p)
        with pytest.raises(ValueError, match=f"dropout: p={p} must be a probability"):
            F.dropout(tg.ones(1, device=device), p)


def test_a_program_draws_anew(device: str) -> None:
    x = tg.ones(50, device=device)
    layer = nn.Dropout(0.5, generator=tg.Generator(3, device))
    program = tg.trace(layer, x)
    first, second = program(x).tolist(), program(x).tolist()
    assert first != second
    assert set(first) == {0, 2}
