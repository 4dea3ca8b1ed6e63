"""The loops over rows compute what the rules of the operation say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import cpu, softmax
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.ops.loss import _cross_entropy, _cross_entropy_slope

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


LOGITS = 3 * random.standard_normal((1000, 10)).astype(np.float32)
CLASSES = random.integers(0, 10, 1000)


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("dtype", [np.int64, np.int32])
def test_cross_entropy(threads: bool, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_nn.backend.threads.SHARED", 0 if threads else 1 << 30)
    target = CLASSES.astype(dtype)
    for logits in (LOGITS, LOGITS * 1e4, LOGITS[:, :5].copy()):  # the second far beyond where exp overflows
        classes = target % logits.shape[1]
        losses, probs = softmax.cross_entropy(cpu, refused, logits, classes)
        wanted = _cross_entropy(cpu, logits.astype(np.float64), classes)
        np.testing.assert_allclose(losses, wanted[0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(probs, wanted[1], rtol=2e-6, atol=1e-37)
        for g in (np.float32(0.3) * losses, np.array(0.001, np.float32)):
            slope = softmax.cross_entropy_slope(cpu, refused, g, probs, classes)
            np.testing.assert_array_equal(slope, _cross_entropy_slope(cpu, g, probs, classes))


def test_cross_entropy_at_the_edges() -> None:
    logits = LOGITS.copy()
    logits[0, 3], logits[1, 0], logits[2], logits[3, 4], logits[4, 5] = np.nan, np.nan, -np.inf, np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        wanted = _cross_entropy(cpu, logits, CLASSES)
    for found, exact in zip(softmax.cross_entropy(cpu, refused, logits, CLASSES), wanted):
        np.testing.assert_allclose(found, exact, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("row", [0, 999])
@pytest.mark.parametrize("wrong", [10, -11, -1])
def test_classes_that_are_out_of_bounds_are_left_to_the_rule(
    wrong: int, row: int, threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinygrad_nn.backend.threads.SHARED", 0 if threads else 1 << 30)
    target = CLASSES.copy()
    target[row] = wrong
    probs = np.full_like(LOGITS, 0.1)
    assert softmax.cross_entropy(cpu, lambda *given: given, LOGITS, target)[2] is target
    assert softmax.cross_entropy_slope(cpu, lambda *given: given, LOGITS[:, 0], probs, target)[3] is target


def test_cross_entropy_of_other_arrays_is_left_to_the_rule() -> None:
    others = [(LOGITS[:100], CLASSES[:100]), (LOGITS.astype(np.float64), CLASSES), (LOGITS[:, ::2], CLASSES),
              (LOGITS, CLASSES[:-1]), (LOGITS, np.repeat(CLASSES, 2)[::2]), (LOGITS[:, :, None], CLASSES)]  # fmt: skip
    for logits, target in others:
        assert softmax.cross_entropy(cpu, lambda *given: given, logits, target)[1] is logits
        assert softmax.cross_entropy_slope(cpu, lambda *given: given, logits[:, 0], logits, target)[2] is logits
