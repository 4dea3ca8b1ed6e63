"""The loops over rows compute what the rules of the operation say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import cpu, softmax
from tinygrad_nn.backend.jit import installed

random = np.random.default_rng(0)
SCORES = random.standard_normal((2, 4, 40, 33)).astype(np.float32)
SEEN = random.random((2, 1, 40, 33)) < 0.5
SEEN[0, 0, 3] = False
MASKS = {"none": None, "bools": SEEN, "numbers": random.standard_normal((40, 33)).astype(np.float32)}

pytestmark = pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")


def refused(*arguments: Any) -> Any:
    raise AssertionError("there is a loop for this")


def plain(scores: Any, mask: Any, causal: bool) -> Any:
    scores = scores.astype(np.float64)
    if mask is not None:
        scores += np.where(mask, 0, -np.inf) if mask.dtype == bool else mask
    if causal:
        scores[..., np.arange(33) > np.arange(40)[:, None]] = -np.inf
    e = np.exp(scores)
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("causal", [False, True])
def test_values_and_slopes(mask: str, causal: bool) -> None:
    found = softmax.masked_softmax(cpu, refused, SCORES.copy(), MASKS[mask], causal)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plain(SCORES, MASKS[mask], causal), rtol=2e-6, atol=1e-7)
    g = random.standard_normal(found.shape).astype(np.float32)
    wanted = found * (g - (g * found).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(softmax.softmax_slope(cpu, refused, g, found), wanted, rtol=1e-5, atol=1e-6)


def test_not_a_number_spreads_over_its_row_only() -> None:
    scores = SCORES.copy()
    scores[0, 0, 5, 7] = np.nan
    found = softmax.masked_softmax(cpu, refused, scores, None, False)
    assert np.isnan(found[0, 0, 5]).all()
    assert np.isnan(found).sum() == 33


@pytest.mark.parametrize("scores", [SCORES[0, 0, :5], SCORES.astype(np.float64)], ids=["few", "float64"])
def test_the_rule_does_the_rest(scores: Any) -> None:
    assert softmax.masked_softmax(cpu, lambda *given: given, scores, None, True)[1] is scores
    assert softmax.softmax_slope(cpu, lambda *given: given, scores, scores)[1] is scores
