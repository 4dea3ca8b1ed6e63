"""Modules of interpolation and shuffling against PyTorch's, and in a compiled step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

MODULES: list[tuple[str, dict[str, Any]]] = [
    ("Upsample", {"scale_factor": 2}), ("Upsample", {"size": (3, 7), "mode": "bilinear"}),
    ("Upsample", {"scale_factor": (1.5, 2), "mode": "bicubic", "align_corners": True}),
    ("UpsamplingNearest2d", {"size": 5}), ("UpsamplingBilinear2d", {"scale_factor": 2}),
    ("PixelShuffle", {"upscale_factor": 2}), ("PixelUnshuffle", {"downscale_factor": 2}),
    ("ChannelShuffle", {"groups": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given"), MODULES)
def test_modules_match_pytorch(agree: Any, torch: Any, name: str, given: dict[str, Any]) -> None:
    ours, theirs = getattr(nn, name)(**given), getattr(torch.nn, name)(**given)
    assert repr(ours) == repr(theirs)
    agree(ours, theirs, np.random.default_rng(0).standard_normal((2, 4, 6, 4)))


@pytest.mark.parametrize("size", [4, 32])
def test_a_compiled_step_is_the_eager_one(device: str, size: int) -> None:
    model = nn.Sequential(
        nn.Upsample(scale_factor=1.5, mode="bilinear"), nn.PixelShuffle(2), nn.UpsamplingNearest2d((9, 5)),
        nn.ChannelShuffle(1),
    )  # fmt: skip

    def step(x: Any) -> Any:
        y = model(x)
        (y * y).sum().backward()
        return y, x.grad

    def given(seed: int) -> Any:
        x = np.random.default_rng(seed).standard_normal((2, 8, size, size))
        return tg.asarray(x, device=device).requires_grad_()

    compiled = tg.compile(step)
    for seed in (0, 1):
        for found, wanted in zip(compiled(given(seed)), step(given(seed))):
            np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-14)
