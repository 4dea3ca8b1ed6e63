"""Padding modules against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

AMOUNTS = {1: [2, (1, 0)], 2: [1, (1, 0, 2, 1)], 3: [1, (1, 0, 2, 1, 0, 1)]}


@pytest.mark.parametrize("kind", ["ConstantPad", "ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_padding_matches_pytorch(agree: Any, torch: Any, kind: str, axes: int) -> None:
    name, value = f"{kind}{axes}d", (1.5,) if kind == "ConstantPad" else ()
    for amounts in AMOUNTS[axes]:
        ours, theirs = getattr(nn, name)(amounts, *value), getattr(torch.nn, name)(amounts, *value)
        assert repr(ours) == repr(theirs)
        for batch in ((2,), ()):
            agree(ours, theirs, np.random.default_rng(0).standard_normal((*batch, 2, 3, 4, 3)[: len(batch) + 1 + axes]))


def test_a_step_with_padding_compiles(device: str) -> None:
    model = nn.Sequential(nn.ReflectionPad1d(2), nn.ReplicationPad1d((1, 0)), nn.CircularPad1d(1), nn.ZeroPad1d(1))

    def step(x: Any) -> Any:
        y = model(x)
        (y * y).sum().backward()
        return y, x.grad

    def given() -> Any:
        return tg.asarray(np.arange(24.0).reshape(2, 3, 4), device=device).requires_grad_()

    for found, wanted in zip(tg.compile(step)(given()), step(given())):
        np.testing.assert_array_equal(found.detach().numpy(), wanted.detach().numpy())


def test_wrong_shapes_and_amounts_are_named(device: str) -> None:
    with pytest.raises(ValueError, match=r"ReflectionPad2d: x has shape \(2, 3\), wanted \(C, H, W\) or"):
        nn.ReflectionPad2d(1)(tg.ones((2, 3), device=device))
    with pytest.raises(ValueError, match=r"ZeroPad1d: padding is \(1, 2, 3\), wanted an integer or 2 of them"):
        nn.ZeroPad1d((1, 2, 3))
    with pytest.raises(TypeError, match=r"ZeroPad1d: padding is 1.5, wanted an integer or 2 of them"):
        nn.ZeroPad1d(1.5)  # type: ignore[arg-type]
