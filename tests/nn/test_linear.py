"""Linear and bilinear layers, Identity, Flatten and Unflatten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F


@given(
    batch=st.lists(st.integers(1, 4), max_size=2).map(tuple),
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
def test_linear_matches_pytorch(
    agree: Any, torch: Any, batch: tuple[int, ...], sizes: tuple[int, int], bias: bool, seed: int
) -> None:
    draw = np.random.default_rng(seed).standard_normal
    arrays = [draw((*batch, sizes[0])), draw(sizes[::-1])] + ([draw(sizes[1])] if bias else [])
    agree(F.linear, torch.nn.functional.linear, *arrays)


def test_linear_starts_as_in_pytorch(device: str) -> None:
    layer = nn.Linear(400, 300, generator=tg.Generator(0, device))
    assert layer.weight.shape == (300, 400)
    assert layer.bias is not None
    assert layer.bias.shape == (300,)
    for parameter in (layer.weight, layer.bias):
        values = parameter.detach().numpy()
        assert parameter.device == device
        assert parameter.dtype == tg.float32
        assert np.abs(values).max() <= 1 / 20
        assert np.std(values) == pytest.approx(1 / 20 / np.sqrt(3), rel=0.1)
        assert abs(values.mean()) < 0.004


def test_linear_is_reproducible_and_has_its_options(device: str) -> None:
    one, two = (nn.Linear(3, 2, generator=tg.Generator(7, device), device=device, dtype=tg.float64) for _ in range(2))
    assert one.weight.tolist() == two.weight.tolist()
    assert one.weight.dtype == tg.float64
    assert nn.Linear(3, 2, bias=False, device=device).bias is None
    assert nn.Linear(0, 2, device=device)(tg.ones((1, 0), device=device)).shape == (1, 2)


def test_linear_names_shapes_that_do_not_fit(device: str) -> None:
    with pytest.raises(ValueError, match=r"linear: x has shape \(2, 4\), weight \(2, 3\)"):
        nn.Linear(3, 2, device=device)(tg.ones((2, 4), device=device))


def test_flatten_and_identity(device: str) -> None:
    x = tg.zeros((2, 3, 4, 5), device=device)
    assert nn.Flatten()(x).shape == (2, 60)
    assert nn.Flatten(0, 1)(x).shape == (6, 4, 5)
    assert repr(nn.Flatten(0, 1)) == "Flatten(start_axis=0, end_axis=1)"
    assert nn.Identity()(x) is x


@pytest.mark.parametrize("sizes", [(-2, 3), (2, -3)])
def test_negative_sizes_are_named(sizes: Any) -> None:
    with pytest.raises(ValueError, match=r"Linear: (in|out)_features is -\d, wanted at least 0"):
        nn.Linear(*sizes)


@pytest.mark.parametrize("sizes", [(2.0, 3), (2, "3")])
def test_sizes_are_integers(sizes: Any) -> None:
    with pytest.raises(TypeError, match=r"Linear: (in|out)_features is .*, wanted an integer"):
        nn.Linear(*sizes)


@pytest.mark.parametrize("shapes", [[(5, 2), (5, 3)], [(2,), (3,)], [(0, 2), (0, 3)], [(2, 4, 2), (2, 4, 3)]], ids=str)
def test_bilinear_matches_pytorch(shapes: Any, same_as_torch: Callable[..., None]) -> None:
    same_as_torch("Bilinear", (2, 3, 4), {"bias": len(shapes[0]) != 1}, shapes)


def test_bilinear_starts_as_in_pytorch_and_names_what_does_not_fit(device: str) -> None:
    layer = nn.Bilinear(25, 9, 300, generator=tg.Generator(0, device))
    values = layer.weight.detach().numpy()
    assert values.shape == (300, 25, 9)
    assert 0.199 < np.abs(values).max() <= 0.2
    with pytest.raises(ValueError, match=r"bilinear: x1 has shape \(2, 9\), x2 \(2, 25\), weight \(300, 25, 9\)"):
        layer(tg.ones((2, 9), device=device), tg.ones((2, 25), device=device))
    with pytest.raises(ValueError, match="in1_features is 0"):
        nn.Bilinear(0, 2, 3)


def test_unflatten(device: str) -> None:
    x = tg.zeros((2, 12, 3), device=device)
    assert nn.Unflatten(1, (3, 4))(x).shape == (2, 3, 4, 3)
    assert nn.Unflatten(-2, (3, -1, 2))(x).shape == (2, 3, 2, 2, 3)
    assert nn.Unflatten(1, (3, -1))(x[:0]).shape == (0, 3, 4, 3)
    with pytest.raises(ValueError, match=r"axis 1 of an input of shape \(2, 12, 3\) cannot be taken apart into"):
        nn.Unflatten(1, (5, 2))(x)
    with pytest.raises(ValueError, match="of which one may be -1"):
        nn.Unflatten(1, (-1, -1))
