"""Modules of average pooling against PyTorch's, and in a compiled step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_modules_match_pytorch(agree: Any, torch: Any, axes: int) -> None:
    x = np.random.default_rng(0).uniform(0.5, 2, (2, 3, 5, 6, 7)[: 2 + axes])
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("AvgPool", (2,)), ("AvgPool", (3, 2, 1, True, False)), ("AdaptiveAvgPool", (3,)), ("AdaptiveAvgPool", (1,)),
        ("LPPool", (2, 3)), ("LPPool", (3, 2, 1, True)),
    ]  # fmt: skip
    for name, arguments in calls + [("AvgPool", (3, 2, 1, False, True, 5))] * (axes > 1):
        ours, theirs = (getattr(module, f"{name}{axes}d")(*arguments) for module in (nn, torch.nn))
        assert axes == 1 or repr(ours) == repr(theirs)  # there, AvgPool1d makes tuples of integers
        agree(ours, theirs, x)
        agree(ours, theirs, x[0])


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (4, 8, 26, 26)])
def test_a_compiled_step_is_the_eager_one(device: str, shape: tuple[int, ...]) -> None:
    model = nn.Sequential(nn.AvgPool2d(3, 1, 1), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d((2, 3)), nn.AdaptiveAvgPool2d(1))

    def step(x: Any) -> Any:
        y = model(x)
        (y * y).sum().backward()
        return y, x.grad

    def given(seed: int) -> Any:
        return tg.asarray(np.random.default_rng(seed).standard_normal(shape), device=device).requires_grad_()

    compiled = tg.compile(step)
    for seed in (0, 1):
        for found, wanted in zip(compiled(given(seed)), step(given(seed))):
            np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-14)
