"""Pixel and channel shuffles: PyTorch's, there and back, and what they refuse."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F


@pytest.mark.parametrize("front", [(), (2,), (2, 3)])
def test_pixel_shuffle_matches_pytorch_and_comes_back(agree: Any, torch: Any, device: str, front: Any) -> None:
    x = np.random.default_rng(0).standard_normal((*front, 18, 2, 5))
    agree(partial(F.pixel_shuffle, upscale_factor=3), partial(torch.nn.functional.pixel_shuffle, upscale_factor=3), x)
    y = F.pixel_shuffle(tg.asarray(x, device=device), 3)
    np.testing.assert_array_equal(F.pixel_unshuffle(y, 3).numpy(), x)
    unshuffle = torch.nn.functional.pixel_unshuffle
    agree(partial(F.pixel_unshuffle, downscale_factor=3), partial(unshuffle, downscale_factor=3), y.numpy())


@pytest.mark.parametrize("shape", [(2, 6, 3), (2, 6, 3, 2), (1, 6, 2, 1, 3)])
def test_channel_shuffle_matches_pytorch(agree: Any, torch: Any, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal(shape)
    for groups in (1, 2, 3):
        agree(partial(F.channel_shuffle, groups=groups), partial(torch.nn.functional.channel_shuffle, groups=groups), x)


def test_errors(device: str) -> None:
    x = tg.ones((2, 6, 3, 4), device=device)
    with pytest.raises(ValueError, match=r"pixel_shuffle: x has shape \(2, 6, 3, 4\), wanted \(..., C \* 2 \* 2, H, W"):
        F.pixel_shuffle(x, 2)
    with pytest.raises(ValueError, match=r"pixel_unshuffle: x has shape \(2, 6, 3, 4\), wanted \(..., C, H \* 2, W"):
        F.pixel_unshuffle(x, 2)
    with pytest.raises(ValueError, match=r"channel_shuffle: x has shape \(2, 6, 3, 4\), wanted \(N, 4 \* C, ...\)"):
        F.channel_shuffle(x, 4)
