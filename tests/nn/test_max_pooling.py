"""Max pooling modules against PyTorch's, and in a compiled step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_modules_match_pytorch(agree: Any, torch: Any, axes: int) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 6, 7)[: 2 + axes])
    for name, arguments in (
        (f"MaxPool{axes}d", (2,)), (f"MaxPool{axes}d", (3, 2, 1, 1, False, True)), (f"AdaptiveMaxPool{axes}d", (3,)),
    ):  # fmt: skip
        ours, theirs = getattr(nn, name)(*arguments), getattr(torch.nn, name)(*arguments)
        assert repr(ours) == repr(theirs)
        agree(ours, theirs, x)
        agree(ours, theirs, x[0])


def test_indices_are_returned_where_they_are_wanted(device: str) -> None:
    y, places = nn.MaxPool1d(2, return_indices=True)(tg.asarray([[3.0, 1.0, 4.0, 5.0]], device=device))
    assert y.tolist() == [[3, 5]]
    assert places.tolist() == [[0, 3]]
    assert nn.AdaptiveMaxPool1d(1, return_indices=True)(y)[1].tolist() == [[1]]


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (4, 8, 26, 26)])
def test_a_compiled_step_is_the_eager_one(device: str, shape: tuple[int, ...]) -> None:
    model = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2), nn.MaxPool2d(3, 1, 1), nn.AdaptiveMaxPool2d((2, 3)))

    def step(x: Any) -> Any:
        y = model(x)
        (y * y).sum().backward()
        return y, x.grad

    def given(seed: int) -> Any:
        return tg.asarray(np.random.default_rng(seed).standard_normal(shape), device=device).requires_grad_()

    compiled = tg.compile(step)
    for seed in (0, 1):
        for found, wanted in zip(compiled(given(seed)), step(given(seed))):
            np.testing.assert_array_equal(found.detach().numpy(), wanted.detach().numpy())
