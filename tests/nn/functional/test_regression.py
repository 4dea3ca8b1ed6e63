"""Losses of numbers against PyTorch, and what they refuse."""

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
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)


@st.composite
def pairs(draw: Any) -> tuple[Any, Any]:
    """Two arrays that differ by nothing at which a loss has a kink (0, 0.5, 1, 2)."""
    shape = draw(SHAPES)
    size = st.floats(0.01, 5).filter(lambda e: min(abs(e - k) for k in (0.5, 1, 2)) > 1e-3)
    error = st.builds(lambda e, sign: sign * e, size, st.sampled_from([-1, 1]))
    target = draw(hnp.arrays(np.float64, shape, elements=st.floats(-3, 3)))
    return target + draw(hnp.arrays(np.float64, shape, elements=error)), target


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss"])
@given(pair=pairs(), reduction=REDUCTIONS)
def test_mse_and_l1_match_pytorch(agree: Any, torch: Any, name: str, pair: Any, reduction: str) -> None:
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    agree(lambda x, t: ours(x, t, reduction), lambda x, t: theirs(x, t, reduction=reduction), *pair)


@given(pair=pairs(), reduction=REDUCTIONS)
def test_rmse_is_the_root_of_mse(agree: Any, torch: Any, pair: Any, reduction: str) -> None:
    def theirs(x: Any, t: Any) -> Any:
        return torch.sqrt(torch.nn.functional.mse_loss(x, t, reduction=reduction))

    agree(lambda x, t: F.rmse_loss(x, t, reduction), theirs, *pair)


@given(pair=pairs(), reduction=REDUCTIONS, size=st.sampled_from([0.5, 1.0, 2.0]))
def test_huber_and_smooth_l1_match_pytorch(agree: Any, torch: Any, pair: Any, reduction: str, size: float) -> None:
    theirs = torch.nn.functional
    agree(
        lambda x, t: F.huber_loss(x, t, reduction, size),
        lambda x, t: theirs.huber_loss(x, t, reduction=reduction, delta=size),
        *pair,
    )
    agree(
        lambda x, t: F.smooth_l1_loss(x, t, reduction, size),
        lambda x, t: theirs.smooth_l1_loss(x, t, reduction=reduction, beta=size),
        *pair,
    )


@given(pair=pairs())
def test_smooth_l1_without_rounding_is_l1(agree: Any, torch: Any, pair: Any) -> None:
    agree(lambda x, t: F.smooth_l1_loss(x, t, beta=0), torch.nn.functional.l1_loss, *pair)


LOSSES = [F.mse_loss, F.rmse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_perfect_prediction_costs_nothing_and_pulls_nowhere(device: str, loss: Any) -> None:
    x = tg.ones(3, device=device, requires_grad=True)
    y = loss(x, tg.ones(3, device=device))
    y.backward()
    assert y.item() == 0
    assert x.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_keep_float32_and_are_finite_for_large_errors(device: str, loss: Any) -> None:
    x = tg.asarray([-1e4, 1e4], device=device, requires_grad=True)
    y = loss(x, -x.detach())
    y.backward()
    assert y.dtype == x.grad.dtype == tg.float32
    assert np.isfinite(y.item())
    assert np.isfinite(x.grad.numpy()).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_refuse_what_would_be_computed_wrongly(device: str, loss: Any) -> None:
    name = loss.__name__
    x = tg.zeros((4, 1), device=device)
    with pytest.raises(ValueError, match=rf"{name}: .*\(4, 1\), the target \(4,\).*use target.reshape\(\(4, 1\)\)"):
        loss(x, tg.zeros(4, device=device))
    with pytest.raises(ValueError, match=rf"{name}: .*\(4, 1\), the target \(3,\); they must agree$"):
        loss(x, tg.zeros(3, device=device))
    with pytest.raises(ValueError, match=rf"{name}: reduction='average'; wanted is 'mean', 'sum' or 'none'"):
        loss(x, x, reduction="average")
    with pytest.raises(TypeError, match=rf"{name}: the target is int64, .*use target.astype\(tg.float32\)"):
        loss(x, tg.zeros((4, 1), dtype=tg.int64, device=device))
    with pytest.raises(TypeError, match=rf"{name}: the target is a list; make a tensor of it with tg.asarray"):
        loss(x, [[0.0]] * 4)


def test_sizes_must_make_sense(device: str) -> None:
    x = tg.zeros(3, device=device)
    with pytest.raises(ValueError, match=r"huber_loss: delta=0 must be positive"):
        F.huber_loss(x, x, delta=0)
    with pytest.raises(ValueError, match=r"smooth_l1_loss: beta=-1 must not be negative"):
        F.smooth_l1_loss(x, x, beta=-1)
