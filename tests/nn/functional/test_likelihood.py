"""Likelihoods of numbers against PyTorch, and what they refuse."""

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
@given(
    shape=hnp.array_shapes(max_dims=3, max_side=4),
    seed=SEEDS,
    log_input=st.booleans(),
    full=st.booleans(),
    reduction=REDUCTIONS,
)
def test_poisson_nll_loss_matches_pytorch(
    agree: Any, torch: Any, shape: Any, seed: int, log_input: bool, full: bool, reduction: str
) -> None:
    random = np.random.default_rng(seed)
    x, counts = random.uniform(0.1, 2, shape), random.poisson(2, shape).astype(np.float64)
    arguments: Any = {"log_input": log_input, "full": full, "eps": 1e-3, "reduction": reduction}
    agree(
        lambda x: F.poisson_nll_loss(x, tg.asarray(counts, device=x.device), **arguments),
        lambda x: torch.nn.functional.poisson_nll_loss(x, torch.tensor(counts), **arguments),
        x,
    )


def test_counts_have_a_gradient_everywhere(device: str) -> None:
    counts = tg.asarray([0.0, 1.0, 2.0], device=device, requires_grad=True)
    F.poisson_nll_loss(tg.zeros(3, device=device), counts, full=True, reduction="sum").backward()
    np.testing.assert_allclose(counts.grad.numpy(), [0, 0, np.log(2) + 0.25], rtol=1e-6)


@settings(max_examples=25)
@given(
    shape=hnp.array_shapes(min_dims=2, max_dims=3, max_side=4),
    seed=SEEDS,
    kind=st.sampled_from(["same", "reduced", "one", "first"]),
    full=st.booleans(),
    reduction=REDUCTIONS,
)
def test_gaussian_nll_loss_matches_pytorch(
    agree: Any, torch: Any, shape: Any, seed: int, kind: str, full: bool, reduction: str
) -> None:
    random = np.random.default_rng(seed)
    x, t = random.standard_normal((2, *shape))
    shapes = {"same": shape, "reduced": shape[:-1], "one": (*shape[:-1], 1), "first": (1, *shape[1:])}
    arguments: Any = {"full": full, "eps": 0.5, "reduction": reduction}  # some variances are less
    agree(
        lambda x, t, v: F.gaussian_nll_loss(x, t, v, **arguments),
        lambda x, t, v: torch.nn.functional.gaussian_nll_loss(x, t, v, **arguments),
        x, t, random.uniform(0, 2, shapes[kind]),
    )  # fmt: skip


def test_one_variance_may_be_a_number(device: str) -> None:
    x, t = tg.asarray([1.0, 2.0], device=device), tg.asarray([1, 4], device=device)
    assert F.gaussian_nll_loss(x, t, 2.0).item() == pytest.approx(np.log(2) / 2 + 0.5)


def test_wrong_arguments_are_named(device: str) -> None:
    x = tg.ones((2, 3), device=device)
    with pytest.raises(ValueError, match=r"gaussian_nll_loss: var has values that are negative \(or NaN\)"):
        F.gaussian_nll_loss(x, x, -x)
    with pytest.raises(ValueError, match="gaussian_nll_loss: eps=0 must be positive"):
        F.gaussian_nll_loss(x, x, x, eps=0)
    with pytest.raises(
        ValueError, match=r"the var has shape \(3, 1\), .*to the input's, \(2, 3\)"
    ):
        F.gaussian_nll_loss(x, x, x.T[:, :1])
    with pytest.raises(ValueError, match=r"the target has shape \(1, 2, 3\), which does not broadcast"):
        F.gaussian_nll_loss(x, x[None], x)
    with pytest.raises(ValueError, match=r"poisson_nll_loss: the input has shape \(2, 3\), the target \(3,\)"):
        F.poisson_nll_loss(x, x[0])
