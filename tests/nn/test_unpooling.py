"""Unpooling against PyTorch, after poolings of several kinds; as modules, in programs, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F


@pytest.mark.parametrize("geometry", [(2,), (3, 2), (3, 2, 1), (2, 3)])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_modules_match_pytorch(agree: Any, torch: Any, device: str, axes: int, geometry: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 7, 8, 6)[: 2 + axes])
    ours, theirs = (getattr(module, f"MaxUnpool{axes}d")(*geometry) for module in (nn, torch.nn))
    pool = getattr(F, f"max_pool{axes}d")
    assert type(ours).__name__ in repr(ours)
    for given in (x, x[0]):
        y, places = pool(tg.asarray(given, device=device), *geometry, return_indices=True)
        for size in (given.shape, given.shape[-axes:]):
            agree(
                lambda values, size=size, places=places: ours(values, places, size),
                lambda values, size=size[-axes:], places=places: theirs(values, torch.tensor(places.numpy()), size),
                y.numpy(),
            )


def test_the_size_follows_from_the_windows(torch: Any, device: str) -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 6))
    y, places = F.max_pool2d(tg.asarray(x, device=device), 2, return_indices=True)
    theirs = torch.nn.functional.max_unpool2d(torch.tensor(y.numpy()), torch.tensor(places.numpy()), 2)
    np.testing.assert_array_equal(F.max_unpool2d(y, places, 2).numpy(), theirs.numpy())
    assert F.max_unpool2d(y[:0], places[:0], 2).shape == (0, 3, 8, 6)


def test_a_compiled_step_is_the_eager_one(device: str) -> None:
    pool, unpool = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)

    def step(x: Any) -> Any:
        y = unpool(*pool(x))
        (y * y).sum().backward()
        return y, x.grad

    def given(seed: int) -> Any:
        return tg.asarray(np.random.default_rng(seed).standard_normal((2, 3, 4, 6)), device=device).requires_grad_()

    compiled = tg.compile(step)
    for seed in (0, 1):
        for found, wanted in zip(compiled(given(seed)), step(given(seed))):
            np.testing.assert_array_equal(found.detach().numpy(), wanted.detach().numpy())


def test_errors(device: str) -> None:
    x = tg.ones((1, 4), device=device)
    places = tg.asarray([[0, 2, 4, 6]], device=device)
    with pytest.raises(ValueError, match=r"max_unpool1d: indices have shape \(1, 3\) and dtype int64; wanted are int"):
        F.max_unpool1d(x, places[:, :3], 2)
    with pytest.raises(ValueError, match=r"max_unpool1d: indices have shape \(1, 4\) and dtype float32"):
        F.max_unpool1d(x, x, 2)
    with pytest.raises(ValueError, match=r"output_size=\(10,\); wanted are 1 sizes, nearer to \(8,\) than \(2,\)"):
        F.max_unpool1d(x, places, 2, output_size=(10,))
    with pytest.raises(IndexError, match="out of bounds"):
        F.max_unpool1d(x, places + 2, 2)
