"""Losses of classes against PyTorch, and what they refuse."""

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
LOGITS = st.floats(-30, 30)


@st.composite
def logits(draw: Any) -> tuple[Any, int]:
    """An array of shape (C,), (N, C) or (N, C, d1, ...), and its axis of classes."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, max_side=4))
    return draw(hnp.arrays(np.float64, shape, elements=LOGITS)), 1 if len(shape) > 1 else 0


@st.composite
def cases(draw: Any) -> dict[str, Any]:
    """Logits with class indices (some of them ignored), and settings."""
    x, axis = draw(logits())
    classes = x.shape[axis]
    ignored = draw(st.sampled_from([-100, -1, 0]))
    indices = st.sampled_from([*range(classes), ignored])
    target = draw(hnp.arrays(np.int64, x.shape[:axis] + x.shape[axis + 1 :], elements=indices))
    if draw(st.booleans()):
        target = np.where(target == ignored, classes - 1, target)
    elif target.size:
        target.flat[0] = classes - 1 if ignored != 0 or classes > 1 else 0
    weight = draw(hnp.arrays(np.float64, classes, elements=st.floats(0.1, 3)))
    return {
        "x": x,
        "target": target,
        "weight": weight if draw(st.booleans()) else None,
        "ignore_index": ignored if (target != ignored).any() else -100,
        "reduction": draw(REDUCTIONS),
    }


def _settings(case: dict[str, Any], asarray: Any) -> dict[str, Any]:
    weight = None if case["weight"] is None else asarray(case["weight"])
    return {"weight": weight, "ignore_index": case["ignore_index"], "reduction": case["reduction"]}


@given(case=cases(), smoothing=st.sampled_from([0.0, 0.0, 0.1, 1.0]))
def test_cross_entropy_of_indices_matches_pytorch(agree: Any, torch: Any, case: Any, smoothing: float) -> None:
    theirs = torch.nn.functional.cross_entropy
    agree(
        lambda x, t: F.cross_entropy(
            x, t, **_settings(case, lambda w: tg.asarray(w, device=x.device)), label_smoothing=smoothing
        ),
        lambda x, t: theirs(x, t, **_settings(case, torch.tensor), label_smoothing=smoothing),
        case["x"], case["target"],
    )  # fmt: skip


@given(case=cases())
def test_nll_loss_matches_pytorch(agree: Any, torch: Any, case: Any) -> None:
    agree(
        lambda x, t: F.nll_loss(x, t, **_settings(case, lambda w: tg.asarray(w, device=x.device))),
        lambda x, t: torch.nn.functional.nll_loss(x, t, **_settings(case, torch.tensor)),
        case["x"], case["target"],
    )  # fmt: skip


@given(
    drawn=logits(),
    reduction=REDUCTIONS,
    weighted=st.booleans(),
    smoothing=st.sampled_from([0.0, 0.2]),
    seed=st.integers(0, 99),
)
def test_cross_entropy_of_probabilities_matches_pytorch(
    agree: Any, torch: Any, drawn: Any, reduction: str, weighted: bool, smoothing: float, seed: int
) -> None:
    x, axis = drawn
    random = np.random.default_rng(seed)
    target = random.random(x.shape)
    target /= target.sum(axis, keepdims=True)
    weight = random.random(x.shape[axis])
    theirs = torch.nn.functional.cross_entropy
    settings: Any = {"reduction": reduction, "label_smoothing": smoothing}
    agree(
        lambda x, t: F.cross_entropy(x, t, tg.asarray(weight, device=x.device) if weighted else None, **settings),
        lambda x, t: theirs(x, t, torch.tensor(weight) if weighted else None, **settings),
        x, target,
    )  # fmt: skip


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.1}, {"ignore_index": 1}])
def test_logits_of_any_size_give_finite_losses_and_gradients(device: str, settings: Any) -> None:
    z = tg.asarray([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [0.0, 0.0, 0.0]], device=device, requires_grad=True)
    losses = F.cross_entropy(z, tg.asarray([1, 0, 2], device=device), reduction="none", **settings)
    losses.sum().backward()
    assert losses.dtype == z.grad.dtype == tg.float32
    assert np.isfinite(losses.detach().numpy()).all()
    assert np.isfinite(z.grad.numpy()).all()
    if not settings:
        np.testing.assert_allclose(losses.detach().numpy(), [2e4, 2e4 + np.log(2), np.log(3)], rtol=1e-6)
        np.testing.assert_allclose(
            z.grad.numpy(), [[1, -1, 0], [-1, 0.5, 0.5], [1 / 3, 1 / 3, -2 / 3]], rtol=1e-6, atol=1e-7
        )


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.int64])
def test_any_integer_is_an_index(device: str, dtype: Any) -> None:
    z = tg.asarray([[1.0, 2.0], [3.0, 5.0]], device=device)
    target = tg.asarray(np.array([1, 0], dtype), device=device)
    expected = np.log1p(np.exp([-1.0, 2.0]))
    np.testing.assert_allclose(F.cross_entropy(z, target, reduction="none").numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("loss", [F.cross_entropy, F.nll_loss])
@pytest.mark.parametrize("wrong", [-1, 3, -100, 10**9])
def test_indices_out_of_range_are_refused(device: str, loss: Any, wrong: int) -> None:
    x = tg.zeros((2, 3), device=device)
    with pytest.raises(IndexError, match=rf"{loss.__name__}: .*not from 0 to 2 \(nor ignore_index=-5\)"):
        loss(x, tg.asarray([0, wrong], device=device), ignore_index=-5)


def test_ignored_elements_have_no_gradient_and_no_part_in_the_mean(device: str) -> None:
    x = tg.asarray([[1.0, 2.0], [3.0, 4.0], [5.0, -6.0]], device=device, requires_grad=True)
    loss = F.cross_entropy(x, tg.asarray([0, -100, 1], device=device))
    loss.backward()
    assert x.grad.tolist()[1] == [0, 0]
    counted = tg.asarray(x.detach().numpy()[[0, 2]], device=device)
    assert loss.item() == pytest.approx(F.cross_entropy(counted, tg.asarray([0, 1], device=device)).item())


def test_weights_below_zero_have_a_mean_too(agree: Any, torch: Any) -> None:
    x = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0]])
    target, weight = np.array([0, 2]), np.array([-1.0, 2.0, 0.5])
    for name in ("cross_entropy", "nll_loss"):
        ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
        agree(
            lambda t, ours=ours: ours(t, tg.asarray(target, device=t.device), tg.asarray(weight, device=t.device)),
            lambda t, theirs=theirs: theirs(t, torch.tensor(target), torch.tensor(weight)),
            x,
        )


def test_the_mean_of_nothing_is_nan(device: str) -> None:
    x = tg.zeros((2, 3), device=device)
    assert np.isnan(F.cross_entropy(x, tg.asarray([-100, -100], device=device)).item())
    empty = tg.zeros((0, 3), device=device), tg.zeros(0, dtype=tg.int64, device=device)
    assert np.isnan(F.cross_entropy(*empty).item())
    assert F.cross_entropy(*empty, reduction="sum").item() == 0


def test_targets_that_contradict_themselves_are_named(device: str) -> None:
    x = tg.zeros((2, 3), device=device)

    def zeros(*shape: int, dtype: Any) -> Any:
        return tg.zeros(shape, dtype=dtype, device=device)

    with pytest.raises(TypeError, match=r"class indices are integers: use target.astype\(tg.int64\)"):
        F.cross_entropy(x, zeros(2, dtype=tg.float32))
    with pytest.raises(TypeError, match=r"class probabilities are floating: use target.astype\(tg.float32\)"):
        F.cross_entropy(x, zeros(2, 3, dtype=tg.int64))
    with pytest.raises(ValueError, match=r"indices of shape \(2,\), or class probabilities of shape \(2, 3\)"):
        F.cross_entropy(x, zeros(2, 1, dtype=tg.int64))
    with pytest.raises(ValueError, match=r"indices of shape \(2,\), or class probabilities of shape \(2, 3\)"):
        F.cross_entropy(x, zeros(3, 2, dtype=tg.float32))
    with pytest.raises(ValueError, match=r"nll_loss: .*wanted are class indices of shape \(2,\)$"):
        F.nll_loss(x, zeros(2, 3, dtype=tg.float32))
    with pytest.raises(ValueError, match="the input needs an axis of classes"):
        F.cross_entropy(zeros(dtype=tg.float32), zeros(dtype=tg.int64))
    with pytest.raises(TypeError, match="cross_entropy: the target is a list; make a tensor of it"):
        F.cross_entropy(x, [0, 1])


def test_wrong_settings_are_named(device: str) -> None:
    x, t = tg.zeros((2, 3), device=device), tg.asarray([0, 1], device=device)
    weight = tg.ones(2, device=device)
    for target in (t, x):
        with pytest.raises(ValueError, match=r"weight has shape \(2,\), wanted is one for each class: \(3,\)"):
            F.cross_entropy(x, target, weight)
    with pytest.raises(ValueError, match=r"label_smoothing=1.5 must be from 0 to 1"):
        F.cross_entropy(x, t, label_smoothing=1.5)
    for loss in (F.cross_entropy, F.nll_loss):
        with pytest.raises(ValueError, match=f"{loss.__name__}: reduction='batchmean'"):
            loss(x, t, reduction="batchmean")


def test_a_program_computes_what_eager_does(device: str) -> None:
    random = np.random.default_rng(0)
    x, target = random.standard_normal((5, 3)), np.array([0, 2, -100, 1, 1])

    def step(x: Any, target: Any) -> Any:
        return F.cross_entropy(x, target)

    given = tg.asarray(x, device=device), tg.asarray(target, device=device)
    program = tg.trace(step, *given)
    other = tg.asarray(x[::-1].copy(), device=device), tg.asarray(np.array([1, 2, 0, -100, 2]), device=device)
    for inputs in (given, other):
        assert program(*inputs).item() == step(*inputs).item()
