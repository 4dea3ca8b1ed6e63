"""Metrics: of whole arrays and batch by batch, against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.train import (
    Accuracy,
    ConfusionMatrix,
    R2Score,
    TopKAccuracy,
    accuracy,
    confusion_matrix,
    r2_score,
    top_k_accuracy,
)

SEEDS = st.integers(0, 2**32 - 1)


def classification(seed, n=40, classes=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, classes)).astype(np.float32), rng.integers(0, classes, n)


def in_batches(metric, predictions, targets, device, cuts=(1, 17)):
    for p, t in zip(np.split(predictions, cuts), np.split(targets, cuts), strict=True):
        metric.update(tg.asarray(p, device=device), tg.asarray(t, device=device))
    return metric.compute()


@given(seed=SEEDS)
def test_accuracy(device, seed):
    p, t = classification(seed)
    expected = (p.argmax(1) == t).mean()
    assert accuracy(tg.asarray(p, device=device), tg.asarray(t, device=device)) == pytest.approx(expected)
    assert in_batches(Accuracy(), p, t, device) == pytest.approx(expected)


@given(seed=SEEDS)
def test_accuracy_against_probabilities(device, seed):
    p, t = classification(seed)
    assert in_batches(Accuracy(), p, np.eye(5, dtype=np.float32)[t], device) == pytest.approx((p.argmax(1) == t).mean())


def test_accuracy_of_classes_at_every_place(device):
    rng = np.random.default_rng(0)
    p, t = rng.normal(size=(20, 3, 4, 2)), rng.integers(0, 3, (20, 4, 2))
    assert in_batches(Accuracy(), p, t, device) == pytest.approx((p.argmax(1) == t).mean())


@pytest.mark.parametrize(("threshold", "expected"), [(0.0, 0.75), (0.5, 1.0)])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
def test_accuracy_of_yes_or_no(device, threshold, expected, dtype):
    p = tg.asarray(np.array([[-1.0], [2.0], [0.3], [0.9]]), device=device)
    t = tg.asarray(np.array([[0], [1], [0], [1]]).astype(dtype), device=device)
    assert accuracy(p, t, threshold=threshold) == expected


@given(seed=SEEDS, k=st.integers(1, 5))
def test_top_k_accuracy(device, seed, k):
    p, t = classification(seed)
    expected = (np.argsort(-p, axis=1)[:, :k] == t[:, None]).any(axis=1).mean()
    assert top_k_accuracy(tg.asarray(p, device=device), tg.asarray(t, device=device), k) == pytest.approx(expected)
    assert in_batches(TopKAccuracy(k), p, t, device) == pytest.approx(expected)


@given(seed=SEEDS)
def test_confusion_matrix(device, seed):
    p, t = classification(seed)
    expected = np.zeros((5, 5), int)
    for true, predicted in zip(t, p.argmax(1), strict=True):
        expected[true, predicted] += 1
    found = confusion_matrix(tg.asarray(p, device=device), tg.asarray(t, device=device))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(in_batches(ConfusionMatrix(5), p, t, device), expected)


def test_confusion_matrix_refuses_classes_that_there_are_not(device):
    p = tg.zeros((2, 3), device=device)
    for wrong in ([0, 3], [-1, 0]):
        with pytest.raises(ValueError, match=r"targets run from .* wanted are 0 to 2"):
            confusion_matrix(p, tg.asarray(np.array(wrong), device=device))


@pytest.mark.parametrize("outputs", [(), (1,), (3,)])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_r2_score(device, outputs, offset):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(50, *outputs)) + offset
    p = y + 0.3 * rng.normal(size=y.shape)
    expected = np.mean(1 - ((y - p) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0))
    assert r2_score(tg.asarray(p, device=device), tg.asarray(y, device=device)) == pytest.approx(expected)
    assert in_batches(R2Score(), p, y, device) == pytest.approx(expected)


@pytest.mark.parametrize(("predictions", "expected"), [([2.0, 2.0, 2.0], 1.0), ([2.0, 2.0, 2.5], 0.0)])
def test_r2_score_of_a_constant(device, predictions, expected):
    y = tg.asarray([2.0, 2.0, 2.0], device=device)
    assert r2_score(tg.asarray(predictions, device=device), y) == expected


@pytest.mark.parametrize("metric", [Accuracy(), TopKAccuracy(2), R2Score()], ids=lambda metric: metric.name)
def test_nothing_gathered_is_nan_and_reset_forgets(device, metric):
    assert math.isnan(metric.compute())
    if isinstance(metric, R2Score):
        metric.update(tg.ones(3, device=device), tg.ones(3, device=device))
    else:
        metric.update(tg.ones((3, 2), device=device), tg.zeros(3, dtype=tg.int64, device=device))
    assert not math.isnan(metric.compute())
    metric.reset()
    assert math.isnan(metric.compute())


def test_names():
    assert [m.name for m in (Accuracy(), TopKAccuracy(5), R2Score(), Accuracy(name="hits"))] == [
        "accuracy", "top_5_accuracy", "r2", "hits",
    ]  # fmt: skip


def test_no_graph_is_kept(device):
    p = tg.ones((3, 2), device=device, requires_grad=True)
    metric = R2Score()
    metric.update(p * 2, tg.ones((3, 2), device=device))
    assert not metric._residual.requires_grad


def test_shapes_that_do_not_fit(device):
    p, wrong = tg.zeros((4, 3), device=device), tg.zeros((5,), dtype=tg.int64, device=device)
    for metric in (Accuracy(), TopKAccuracy(2), ConfusionMatrix()):
        with pytest.raises(ValueError, match=r"predictions have shape \(4, 3\), targets \(5,\)"):
            metric.update(p, wrong)
    with pytest.raises(ValueError, match=r"predictions have shape \(4,\); wanted is an axis of classes"):
        Accuracy().update(p[:, 0], wrong)
    with pytest.raises(ValueError, match="with a threshold"):
        Accuracy(threshold=0).update(p, wrong)
    with pytest.raises(ValueError, match="R2Score"):
        R2Score().update(p, wrong)
    with pytest.raises(ValueError, match="C >= 4"):
        TopKAccuracy(4).update(p, wrong)
    with pytest.raises(ValueError, match="k is 0"):
        TopKAccuracy(0)
