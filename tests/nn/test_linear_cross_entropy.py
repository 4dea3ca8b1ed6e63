"""LinearCrossEntropyLoss, with PyTorch as the oracle, and its memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F

from .against_torch import assert_modules_agree

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(7, 4))
CLASSES = np.array([0, 4, 2, 2, 1, 3, 4])
PROBABILITIES = DRAW.uniform(size=(7, 5))
OPTIONS: list[tuple[dict[str, Any], Any]] = [
    ({}, CLASSES),
    ({"bias": True, "reduction": "sum"}, CLASSES),
    ({"reduction": "none", "label_smoothing": 0.2}, CLASSES),
    ({"ignore_index": 2, "label_smoothing": 0.1, "bias": True}, CLASSES),
    ({"bias": True, "label_smoothing": 0.1}, PROBABILITIES),
    ({"out_features": (2, 3), "bias": True}, DRAW.integers(0, 5, (7, 2, 3))),
    ({"out_features": (2,), "reduction": "none"}, DRAW.uniform(size=(7, 5, 2))),
]


@pytest.mark.parametrize("chunk", [None, 3, 7])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("options", "target"), OPTIONS, ids=lambda v: str(v) if isinstance(v, dict) else "")
def test_matches_pytorch(
    options: dict[str, Any], target: Any, weighted: bool, chunk: int | None, torch: Any, device: str
) -> None:
    weight = np.array([0.5, 1.0, 2.0, 0.1, 3.0])
    ours = nn.LinearCrossEntropyLoss(4, 5, **options, batch_chunk_size=chunk)
    theirs = torch.nn.LinearCrossEntropyLoss(4, 5, **options)
    if weighted:
        ours.weight, theirs.weight = tg.asarray(weight), torch.tensor(weight)
    fixed = tg.asarray(target, device=device), torch.tensor(target)
    original = ours.forward, theirs.forward
    ours.__dict__["forward"] = lambda x: original[0](x, fixed[0])  # a target that requires no gradient
    theirs.forward = lambda x: original[1](x, fixed[1])
    assert_modules_agree(torch, ours, theirs, X, device=device)


def test_a_single_input(torch: Any, device: str) -> None:
    loss = nn.LinearCrossEntropyLoss(4, 5, batch_chunk_size=2, device=device)
    assert loss(tg.ones(4, device=device), tg.asarray(3, device=device)).shape == ()


def test_chunks_take_less_memory() -> None:
    def peak(chunk: int | None) -> int:
        loss = nn.LinearCrossEntropyLoss(4, 1000, batch_chunk_size=chunk)
        x, target = tg.ones((512, 4)), tg.zeros(512, tg.int64)
        tracemalloc.start()
        loss(x, target).backward()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(32) < peak(None) / 5


def test_higher_orders_and_programs(device: str) -> None:
    target, vectors = tg.asarray(CLASSES, device=device), tg.asarray(DRAW.normal(size=(5, 4)), device=device)

    def slope(x: Any, chunk: int | None) -> Any:
        return tg.grad(lambda w: F.linear_cross_entropy(x, w, target, batch_chunk_size=chunk))(vectors)

    x = tg.asarray(X, device=device)
    wanted = slope(x, None).numpy()
    np.testing.assert_allclose(slope(x, 2).numpy(), wanted)
    np.testing.assert_allclose(tg.compile(lambda x: slope(x, 2))(x).numpy(), wanted)
    found, whole = (tg.grad(lambda x, c=c: (slope(x, c) ** 2).sum())(x).detach().numpy() for c in (2, None))
    np.testing.assert_allclose(found, whole)


def test_nothing_counts(device: str) -> None:
    ignored = tg.full(4, 1, dtype=tg.int64, device=device)
    for chunk in (None, 2):
        loss = F.linear_cross_entropy(
            tg.ones((4, 3), device=device), tg.ones((5, 3), device=device), ignored, ignore_index=1,
            batch_chunk_size=chunk,
        )  # fmt: skip
        assert np.isnan(loss.item())


def test_what_does_not_fit_is_named(device: str) -> None:
    x, vectors, target = tg.ones((4, 3), device=device), tg.ones((5, 3), device=device), tg.zeros(4, tg.int64)
    target = target.to_device(device)
    with pytest.raises(ValueError, match=r"input has shape \(4, 3\), linear_weight \(3, 5\); wanted are"):
        F.linear_cross_entropy(x, vectors.mT, target)
    with pytest.raises(ValueError, match=r"linear_bias has shape \(3,\), wanted \(5,\)"):
        F.linear_cross_entropy(x, vectors, target, linear_bias=vectors[0])
    with pytest.raises(ValueError, match="ignore_index=1 goes with class indices; the target has probabilities"):
        F.linear_cross_entropy(x, vectors, tg.ones((4, 5), device=device), ignore_index=1)
    with pytest.raises(ValueError, match="batch_chunk_size=0, wanted at least 1"):
        F.linear_cross_entropy(x, vectors, target, batch_chunk_size=0)
    for chunk in (None, 2):
        with pytest.raises(IndexError, match="class indices that are not from 0 to 4"):
            F.linear_cross_entropy(x, vectors, target + 5, batch_chunk_size=chunk)
        with pytest.raises(ValueError, match=r"cross_entropy: the input has shape \(4, 5\)"):
            F.linear_cross_entropy(x, vectors, target[:3], batch_chunk_size=chunk)
