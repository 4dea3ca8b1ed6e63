"""Losses of embeddings against PyTorch, and what they refuse."""

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


@settings(max_examples=25)
@given(shape=hnp.array_shapes(max_dims=3, max_side=4), seed=SEEDS, reduction=REDUCTIONS)
def test_hinge_embedding_loss_matches_pytorch(agree: Any, torch: Any, shape: Any, seed: int, reduction: str) -> None:
    random = np.random.default_rng(seed)
    agree(
        lambda x, t: F.hinge_embedding_loss(x, t, 0.7, reduction),
        lambda x, t: torch.nn.functional.hinge_embedding_loss(x, t, 0.7, reduction=reduction),
        random.standard_normal(shape), random.choice([-1, 1], shape),
    )  # fmt: skip


@settings(max_examples=25)
@given(n=st.none() | st.integers(1, 4), size=st.integers(1, 4), seed=SEEDS, reduction=REDUCTIONS)
def test_cosine_embedding_loss_matches_pytorch(
    agree: Any, torch: Any, n: Any, size: int, seed: int, reduction: str
) -> None:
    random = np.random.default_rng(seed)
    batch = () if n is None else (n,)
    x, y = random.standard_normal((2, *batch, size))
    agree(
        lambda x, y, t: F.cosine_embedding_loss(x, y, t, 0.1, reduction),
        lambda x, y, t: torch.nn.functional.cosine_embedding_loss(x, y, t, 0.1, reduction=reduction),
        x, y, random.choice([-1, 1], batch), rtol=1e-7,
    )  # fmt: skip


@settings(max_examples=25)
@given(
    batch=hnp.array_shapes(min_dims=0, max_dims=2, max_side=3),
    seed=SEEDS,
    p=st.sampled_from([1.0, 2.0, 3.0]),
    swap=st.booleans(),
    reduction=REDUCTIONS,
)
def test_triplet_margin_loss_matches_pytorch(
    agree: Any, torch: Any, batch: Any, seed: int, p: float, swap: bool, reduction: str
) -> None:
    triplet = np.random.default_rng(seed).standard_normal((3, *batch, 4))
    arguments: Any = {"margin": 0.5, "p": p, "eps": 1e-5, "swap": swap, "reduction": reduction}
    agree(
        lambda *xs: F.triplet_margin_loss(*xs, **arguments),
        lambda *xs: torch.nn.functional.triplet_margin_loss(*xs, **arguments),
        *triplet,
    )


@pytest.mark.parametrize("swap", [False, True])
def test_any_distance_will_do(agree: Any, torch: Any, swap: bool) -> None:
    def distance(a: Any, b: Any) -> Any:
        return ((a - b) ** 2).sum(-1)

    arguments: Any = {"distance_function": distance, "margin": 3.0, "swap": swap}
    agree(
        lambda *xs: F.triplet_margin_with_distance_loss(*xs, **arguments),
        lambda *xs: torch.nn.functional.triplet_margin_with_distance_loss(*xs, **arguments),
        *np.random.default_rng(0).standard_normal((3, 5, 2)),
    )


def test_vectors_of_zeros_have_a_finite_slope(device: str) -> None:
    x = tg.zeros((1, 3), device=device, requires_grad=True)
    F.cosine_embedding_loss(x, tg.ones((1, 3), device=device), tg.ones(1, device=device)).backward()
    assert np.isfinite(x.grad.numpy()).all()
    anchor = tg.ones((1, 3), device=device, requires_grad=True)
    F.triplet_margin_loss(anchor, anchor.detach(), anchor.detach()).backward()
    assert np.isfinite(anchor.grad.numpy()).all()


def test_wrong_arguments_are_named(device: str) -> None:
    x = tg.zeros((2, 3), device=device)
    with pytest.raises(ValueError, match="triplet_margin_loss: margin=0 must be positive"):
        F.triplet_margin_loss(x, x, x, margin=0)
    with pytest.raises(ValueError, match="triplet_margin_with_distance_loss: margin=-1 must be positive"):
        F.triplet_margin_with_distance_loss(x, x, x, margin=-1)
    for loss in (F.triplet_margin_loss, F.triplet_margin_with_distance_loss):
        with pytest.raises(
            ValueError,
            match=rf"^{loss.__name__}: the anchor has shape \(2, 3\), the positive \(2, 3\), the negative \(2, 2\)",
        ):
            loss(x, x, x[:, :2])
    with pytest.raises(TypeError, match="triplet_margin_loss: the target is a list"):
        F.triplet_margin_loss(x, x, [1.0])
    with pytest.raises(ValueError, match=r"cosine_embedding_loss: the inputs have shapes \(2, 3\) and \(3,\)"):
        F.cosine_embedding_loss(x, x[0], x[:, 0])
    with pytest.raises(ValueError, match=r"cosine_embedding_loss: .*the target \(2, 3\); wanted is \(2,\)"):
        F.cosine_embedding_loss(x, x, x)
    with pytest.raises(ValueError, match=r"hinge_embedding_loss: the input has shape \(2, 3\), the target \(3,\)"):
        F.hinge_embedding_loss(x, x[0])
    with pytest.raises(ValueError, match="hinge_embedding_loss: reduction='avg'"):
        F.hinge_embedding_loss(x, x, reduction="avg")
