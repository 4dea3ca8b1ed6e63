"""Losses with margins against PyTorch, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F

REDUCTIONS = st.sampled_from(["mean", "sum", "none"])
SEEDS = st.integers(0, 2**32 - 1)


def scores(seed: int, shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


@settings(max_examples=25)
@given(shape=hnp.array_shapes(max_dims=3, max_side=4), seed=SEEDS, reduction=REDUCTIONS)
def test_losses_of_signs_match_pytorch(agree: Any, torch: Any, shape: Any, seed: int, reduction: str) -> None:
    x, y = scores(seed, (2, *shape))
    signs = np.where(scores(seed + 1, shape) > 0, 1, -1)
    agree(
        lambda a, b, t: F.margin_ranking_loss(a, b, t, 0.3, reduction),
        lambda a, b, t: torch.nn.functional.margin_ranking_loss(a, b, t, 0.3, reduction=reduction),
        x, y, signs,
    )  # fmt: skip
    agree(
        lambda a, t: F.soft_margin_loss(a, t, reduction),
        lambda a, t: torch.nn.functional.soft_margin_loss(a, t, reduction=reduction),
        x, signs,
    )  # fmt: skip


@settings(max_examples=25)
@given(
    n=st.none() | st.integers(0, 4),
    classes=st.integers(1, 5),
    seed=SEEDS,
    p=st.sampled_from([1, 2]),
    margin=st.sampled_from([0.5, 1.0]),
    weighted=st.booleans(),
    reduction=REDUCTIONS,
)
def test_multi_margin_loss_matches_pytorch(
    agree: Any, torch: Any, n: Any, classes: int, seed: int, p: int, margin: float, weighted: bool, reduction: str
) -> None:
    batch = () if n is None else (n,)
    target = np.random.default_rng(seed).integers(0, classes, batch)
    weight = scores(seed + 1, (classes,)) ** 2
    if n == 0 and reduction == "mean":  # PyTorch's mean of nothing is 0
        reduction = "sum"

    def arguments(asarray: Any) -> dict[str, Any]:
        return {"p": p, "margin": margin, "weight": asarray(weight) if weighted else None, "reduction": reduction}

    agree(
        lambda x, t: F.multi_margin_loss(x, t, **arguments(lambda w: tg.asarray(w, device=x.device))),
        lambda x, t: torch.nn.functional.multi_margin_loss(x, t, **arguments(torch.tensor)),
        scores(seed, (*batch, classes)), target, second=False,  # PyTorch has none
    )  # fmt: skip


@settings(max_examples=25)
@given(n=st.none() | st.integers(1, 4), classes=st.integers(1, 5), seed=SEEDS, reduction=REDUCTIONS)
def test_losses_of_several_classes_match_pytorch(
    agree: Any, torch: Any, n: Any, classes: int, seed: int, reduction: str
) -> None:
    shape = (classes,) if n is None else (n, classes)
    random = np.random.default_rng(seed)
    x, weight = scores(seed, shape), random.random(classes)
    several = random.integers(-1, classes, shape)
    agree(
        lambda x, t: F.multilabel_margin_loss(x, t, reduction),
        lambda x, t: torch.nn.functional.multilabel_margin_loss(x, t, reduction=reduction),
        x, several, second=False,  # PyTorch has none
    )  # fmt: skip
    agree(
        lambda x, t: F.multilabel_soft_margin_loss(x, t, tg.asarray(weight, device=x.device), reduction),
        lambda x, t: torch.nn.functional.multilabel_soft_margin_loss(x, t, torch.tensor(weight), reduction=reduction),
        x, (several > 0).astype(np.int64),
    )  # fmt: skip


def test_where_the_margin_is_just_kept_slopes_are_those_of_pytorch(agree: Any, torch: Any) -> None:
    theirs = torch.nn.functional
    x = np.array([[1.0, 2.0, 1.0]])
    agree(
        lambda x: F.multi_margin_loss(x, tg.asarray([1], device=x.device)),
        lambda x: theirs.multi_margin_loss(x, torch.tensor([1])),
        x, second=False,
    )  # fmt: skip
    agree(
        lambda x: F.multilabel_margin_loss(x, tg.asarray([[1, -1, 0]], device=x.device)),
        lambda x: theirs.multilabel_margin_loss(x, torch.tensor([[1, -1, 0]])),
        x, second=False,
    )  # fmt: skip
    agree(
        lambda a, b: F.margin_ranking_loss(a, b, tg.asarray([1.0, -1.0], device=a.device), 1.0),
        lambda a, b: theirs.margin_ranking_loss(a, b, torch.tensor([1.0, -1.0]), 1.0),
        np.array([2.0, 1.0]), np.array([1.0, 2.0]), second=False,
    )  # fmt: skip


def test_scores_of_any_size_give_finite_losses(device: str) -> None:
    x = tg.asarray([1e4, -1e4], device=device, requires_grad=True)
    losses = F.soft_margin_loss(x, tg.asarray([-1, -1], device=device), "none")
    losses.sum().backward()
    assert losses.tolist() == [1e4, 0]
    assert x.grad.tolist() == [1, 0]


def test_wrong_arguments_are_named(device: str) -> None:
    x, t = tg.zeros((2, 3), device=device), tg.zeros(2, dtype=tg.int64, device=device)
    with pytest.raises(IndexError, match="multi_margin_loss: the target has classes that are not from 0 to 2"):
        F.multi_margin_loss(x, t + 3)
    with pytest.raises(ValueError, match="multi_margin_loss: p=3; wanted is 1 or 2"):
        F.multi_margin_loss(x, t, p=3)
    with pytest.raises(ValueError, match=r"weight has shape \(2,\), wanted is one for each class: \(3,\)"):
        F.multi_margin_loss(x, t, weight=tg.ones(2, device=device))
    with pytest.raises(ValueError, match=r"the input has shape \(2, 3\), the target \(2,\); wanted is \(2, 3\)"):
        F.multilabel_margin_loss(x, t)
    with pytest.raises(TypeError, match=r"classes are integers: use target.astype\(tg.int64\)"):
        F.multilabel_margin_loss(x, x)
    with pytest.raises(IndexError, match="multilabel_margin_loss: the target has classes that are not from -1 to 2"):
        F.multilabel_margin_loss(x, x.astype(tg.int64) - 2)
    with pytest.raises(ValueError, match=r"multi_margin_loss: the input has shape \(\); wanted are scores of classes"):
        F.multi_margin_loss(x[0, 0], t[0])
    with pytest.raises(ValueError, match=r"margin_ranking_loss: the inputs have shapes \(2, 3\) and \(3,\)"):
        F.margin_ranking_loss(x, x[0], x)
    with pytest.raises(ValueError, match=r"soft_margin_loss: the input has shape \(2, 3\), the target \(2,\)"):
        F.soft_margin_loss(x, t)
    with pytest.raises(TypeError, match="soft_margin_loss: the target is a list"):
        F.soft_margin_loss(x, [1])
    with pytest.raises(ValueError, match="multilabel_soft_margin_loss: reduction='avg'"):
        F.multilabel_soft_margin_loss(x, x, reduction="avg")
