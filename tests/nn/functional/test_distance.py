"""Lengths and angles against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F


@pytest.fixture
def pair() -> list[Any]:
    random = np.random.default_rng(0)
    return [random.standard_normal(shape) for shape in ((2, 3, 4), (3, 4))]


@pytest.mark.parametrize("settings", [{}, {"p": 1.0}, {"p": 3.0}, {"eps": 10.0}])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_normalize(agree: Any, torch: Any, pair: list[Any], axis: int, settings: dict[str, float]) -> None:
    theirs = torch.nn.functional.normalize
    agree(lambda x: F.normalize(x, axis=axis, **settings), lambda x: theirs(x, dim=axis, **settings), pair[0])


# PyTorch's gradient of vectors shorter than eps is not that of its value, so none are here.
@pytest.mark.parametrize("settings", [{}, {"eps": 0.01}])
@pytest.mark.parametrize("axis", [1, -1])
def test_cosine_similarity(agree: Any, torch: Any, pair: list[Any], axis: int, settings: dict[str, float]) -> None:
    theirs = torch.nn.functional.cosine_similarity
    agree(
        lambda a, b: F.cosine_similarity(a, b, axis=axis, **settings),
        lambda a, b: theirs(a, b, dim=axis, **settings),
        *pair,
    )


@pytest.mark.parametrize("settings", [{}, {"p": 1.0}, {"p": 3.0, "eps": 0.1}])
def test_pairwise_distance(agree: Any, torch: Any, pair: list[Any], settings: dict[str, float]) -> None:
    theirs = torch.nn.functional.pairwise_distance
    agree(lambda a, b: F.pairwise_distance(a, b, **settings), lambda a, b: theirs(a, b, **settings), *pair)
    a, b = (tg.asarray(x) for x in pair)
    assert F.pairwise_distance(a, b, keepdims=True).shape == (2, 3, 1)


def test_vectors_of_no_length_have_finite_gradients(device: str) -> None:
    for function in (
        lambda x: F.normalize(x),
        lambda x: F.cosine_similarity(x, x),
        lambda x: F.pairwise_distance(x, x),
    ):
        x = tg.zeros((2, 3), device=device, requires_grad=True)
        function(x).sum().backward()
        assert np.isfinite(x.grad.numpy()).all()
