"""Losses of probabilities against PyTorch, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F

REDUCTIONS = st.sampled_from(["mean", "sum", "none"])
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)
INNER = st.floats(0.01, 0.99)


@st.composite
def arrays_of(draw: Any, *elements: Any) -> list[Any]:
    """An array of each kind of element, all of one shape."""
    shape = draw(SHAPES)
    return [draw(hnp.arrays(np.float64, shape, elements=kind)) for kind in elements]


@given(arrays=arrays_of(INNER, INNER), reduction=REDUCTIONS)
def test_binary_cross_entropy_matches_pytorch(agree: Any, torch: Any, arrays: Any, reduction: str) -> None:
    theirs = torch.nn.functional.binary_cross_entropy
    target = arrays[1]  # PyTorch gives it no gradient
    agree(
        lambda x: F.binary_cross_entropy(x, tg.asarray(target, device=x.device), reduction=reduction),
        lambda x: theirs(x, torch.tensor(target), reduction=reduction),
        arrays[0],
    )


@given(arrays=arrays_of(INNER, INNER, INNER), reduction=REDUCTIONS)
def test_weighted_binary_cross_entropy_matches_pytorch(agree: Any, torch: Any, arrays: Any, reduction: str) -> None:
    theirs = torch.nn.functional.binary_cross_entropy
    _, target, weight = arrays
    agree(
        lambda x: F.binary_cross_entropy(x, *(tg.asarray(a, device=x.device) for a in (target, weight)), reduction),
        lambda x: theirs(x, torch.tensor(target), torch.tensor(weight), reduction=reduction),
        arrays[0],
    )


@given(arrays=arrays_of(INNER, INNER), reduction=REDUCTIONS)
def test_the_target_of_binary_cross_entropy_has_a_gradient(agree: Any, torch: Any, arrays: Any, reduction: str) -> None:
    def formula(p: Any, t: Any) -> Any:
        losses = -t * torch.log(p) - (1 - t) * torch.log(1 - p)
        return losses if reduction == "none" else getattr(losses, reduction)()

    agree(lambda p, t: F.binary_cross_entropy(p, t, reduction=reduction), formula, *arrays)


def test_binary_cross_entropy_of_certainties_matches_pytorch(agree: Any, torch: Any) -> None:
    p, t = np.array([0.0, 0.0, 1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 1.0, 0.5])
    agree(
        lambda x: F.binary_cross_entropy(x, tg.asarray(t, device=x.device), reduction="none"),
        lambda x: torch.nn.functional.binary_cross_entropy(x, torch.tensor(t), reduction="none"),
        p,
        rtol=1e-8,  # PyTorch's 1e-12 is a float32
        second=False,
    )


@given(arrays=arrays_of(st.floats(-50, 50), st.floats(0, 1)), reduction=REDUCTIONS)
def test_binary_cross_entropy_with_logits_matches_pytorch(agree: Any, torch: Any, arrays: Any, reduction: str) -> None:
    theirs = torch.nn.functional.binary_cross_entropy_with_logits
    agree(
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction=reduction),
        lambda x, t: theirs(x, t, reduction=reduction),
        *arrays,
    )


@given(
    arrays=arrays_of(st.floats(-50, 50), st.floats(0, 1), st.floats(0.1, 3)),
    reduction=REDUCTIONS,
    weighted=st.booleans(),
    data=st.data(),
)
def test_weighted_binary_cross_entropy_with_logits_matches_pytorch(
    agree: Any, torch: Any, arrays: Any, reduction: str, weighted: bool, data: st.DataObject
) -> None:
    x, t, weight = arrays
    pos_weight = data.draw(hnp.arrays(np.float64, x.shape[-1:], elements=st.floats(0.1, 9)))
    theirs = torch.nn.functional.binary_cross_entropy_with_logits
    agree(
        lambda x, t: F.binary_cross_entropy_with_logits(
            x, t, tg.asarray(weight, device=x.device) if weighted else None, reduction,
            tg.asarray(pos_weight, device=x.device),
        ),
        lambda x, t: theirs(
            x, t, torch.tensor(weight) if weighted else None, reduction=reduction, pos_weight=torch.tensor(pos_weight)
        ),
        x, t,
    )  # fmt: skip

    def formula(x: Any, t: Any, w: Any, p: Any) -> Any:  # PyTorch gives the weight of positives no gradient
        log_sigmoid = torch.nn.functional.logsigmoid
        losses = -w * (p * t * log_sigmoid(x) + (1 - t) * log_sigmoid(-x))
        return losses if reduction == "none" else getattr(losses, reduction)()

    agree(lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t, w, reduction, p), formula, *arrays, pos_weight)


@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_logits_of_any_size_give_finite_losses_and_gradients(device: str, target: float) -> None:
    z = tg.asarray([-1e4, -100.0, 0.0, 100.0, 1e4], device=device, requires_grad=True)
    t = tg.full((5,), target, device=device)
    losses = F.binary_cross_entropy_with_logits(z, t, reduction="none")
    exact = np.logaddexp(0, z.tolist()) - np.float64(np.float32(target)) * z.detach().numpy()
    np.testing.assert_allclose(losses.detach().numpy(), exact, rtol=1e-6, atol=1e-30)
    losses.sum().backward()
    assert z.grad.dtype == losses.dtype == tg.float32
    np.testing.assert_allclose(z.grad.numpy(), np.array([0, 0, 0.5, 1, 1]) - target, atol=1e-6)


@given(arrays=arrays_of(st.floats(-5, 0), INNER), reduction=st.sampled_from(["mean", "sum", "none", "batchmean"]))
def test_kl_div_matches_pytorch(agree: Any, torch: Any, arrays: Any, reduction: str) -> None:
    theirs = torch.nn.functional.kl_div
    x, t = arrays
    if reduction == "mean":  # PyTorch warns that its mean is not the divergence
        reduction, scale = "sum", 1 / x.size
    else:
        scale = 1
    agree(
        lambda x, t: F.kl_div(x, t, "mean" if scale != 1 else reduction),
        lambda x, t: theirs(x, t, reduction=reduction) * scale,
        x, t,
    )  # fmt: skip
    agree(
        lambda x, t: F.kl_div(x, t, reduction, log_target=True),
        lambda x, t: theirs(x, t, reduction=reduction, log_target=True),
        x, np.log(t),
    )  # fmt: skip


def test_impossible_events_add_no_divergence(device: str) -> None:
    x = tg.asarray([-1.0, -2.0], device=device, requires_grad=True)
    loss = F.kl_div(x, tg.asarray([0.0, 1.0], device=device), "none")
    loss.sum().backward()
    assert loss.tolist() == [0, 2]
    assert x.grad.tolist() == [0, -1]


def test_wrong_arguments_are_named(device: str) -> None:
    x = tg.full((2, 3), 0.5, device=device)
    for loss in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits, F.kl_div):
        name = loss.__name__
        with pytest.raises(ValueError, match=rf"{name}: the input has shape \(2, 3\), the target \(3,\)"):
            loss(x, tg.zeros(3, device=device))
        with pytest.raises(TypeError, match=rf"{name}: the target is bool, the input float32; use target.astype"):
            loss(x, x > 0)
        with pytest.raises(ValueError, match=rf"{name}: reduction='avg'"):
            loss(x, x, reduction="avg")
    with pytest.raises(ValueError, match="kl_div: reduction='avg'; wanted is 'mean', 'batchmean', 'sum' or 'none'"):
        F.kl_div(x, x, reduction="avg")
    for wrong in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="binary_cross_entropy: the input has values that are not from 0 to 1"):
            F.binary_cross_entropy(tg.asarray([0.5, wrong], device=device), tg.zeros(2, device=device))
