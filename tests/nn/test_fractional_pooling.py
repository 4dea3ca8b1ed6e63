"""Fractional max pooling: PyTorch's for the same random numbers; what is drawn, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("wanted", [{"output_size": 3}, {"output_ratio": 0.6}, {"output_size": 1}])
def test_modules_match_pytorch(agree: Any, torch: Any, device: str, axes: int, wanted: dict[str, Any]) -> None:
    random = np.random.default_rng(0)
    x, samples = random.standard_normal((2, 3, 9, 7, 8)[: 2 + axes]), random.random((2, 3, axes))
    name = f"FractionalMaxPool{axes}d"
    ours = getattr(nn, name)(2, **wanted, _random_samples=tg.asarray(samples, device=device))
    theirs = getattr(torch.nn, name)(2, **wanted, _random_samples=torch.tensor(samples))
    agree(ours, theirs, x)
    agree(ours, theirs, x[0])
    ours.return_indices = theirs.return_indices = True
    places = ours(tg.asarray(x, device=device))[1]
    np.testing.assert_array_equal(places.numpy(), theirs(torch.tensor(x))[1].numpy())
    assert list(ours.state_dict()) == ["_random_samples"]


def test_windows_are_drawn_anew(device: str) -> None:
    x = tg.asarray(np.random.default_rng(0).standard_normal((1, 1, 40, 40)), device=device)
    one, two = (nn.FractionalMaxPool2d(2, 17, generator=tg.Generator(3, device)) for _ in range(2))
    first = one(x).numpy()
    np.testing.assert_array_equal(two(x).numpy(), first)
    assert (one(x).numpy() != first).any()
    program = tg.trace(one, x)
    assert (program(x).numpy() != program(x).numpy()).any()
    assert not one.state_dict()


def test_errors(device: str) -> None:
    x = tg.ones((3, 8, 8), device=device)
    for given in ({}, {"output_size": 2, "output_ratio": 0.5}):
        with pytest.raises(ValueError, match="fractional_max_pool2d: output_size=.*; wanted is one of the two"):
            F.fractional_max_pool2d(x, 2, **given)
        with pytest.raises(ValueError, match="FractionalMaxPool2d: output_size=.*; wanted is one of the two"):
            nn.FractionalMaxPool2d(2, **given)
    with pytest.raises(ValueError, match=r"from \(8, 8\) elements no \(8, 8\) different windows of \(2, 2\)"):
        F.fractional_max_pool2d(x, 2, 8)
    with pytest.raises(ValueError, match=r"FractionalMaxPool2d: output_ratio=1.5 must be between 0 and 1"):
        nn.FractionalMaxPool2d(2, output_ratio=1.5)
