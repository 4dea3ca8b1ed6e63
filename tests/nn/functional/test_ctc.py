"""Connectionist temporal classification against PyTorch, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F


@st.composite
def cases(draw: Any) -> dict[str, Any]:
    """Scores, labels and lengths, most of which fit."""
    t, n, c, s = (draw(st.integers(low, high)) for low, high in ((1, 7), (1, 3), (2, 4), (0, 3)))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    blank = draw(st.sampled_from([0, c - 1]))
    labels = random.integers(0, c - 1, (n, s)) + (blank == 0)
    lengths = random.integers(0, t + 1, n), random.integers(0, s + 1, n)
    return {"x": random.standard_normal((t, n, c)), "targets": labels, "lengths": lengths, "blank": blank}


@settings(max_examples=40)
@given(case=cases(), reduction=st.sampled_from(["mean", "sum", "none"]), in_one=st.booleans(), as_lists=st.booleans())
def test_ctc_loss_matches_pytorch(
    agree: Any, torch: Any, case: Any, reduction: str, in_one: bool, as_lists: bool
) -> None:
    targets, (frames, sizes) = case["targets"], case["lengths"]
    if in_one:
        targets = np.concatenate([row[:size] for row, size in zip(targets, sizes)])
    if not targets.size:
        targets = targets.reshape(len(frames), 0)  # an empty row is no list of labels to PyTorch
    given: Any = {"blank": case["blank"], "reduction": reduction, "zero_infinity": True}

    def ours(x: Any) -> Any:
        lengths = [a.tolist() if as_lists else tg.asarray(a, device=x.device) for a in (frames, sizes)]
        return F.ctc_loss(tg.log_softmax(x, axis=2), tg.asarray(targets, device=x.device), *lengths, **given)

    def theirs(x: Any) -> Any:
        lengths = torch.tensor(frames), torch.tensor(sizes)
        return torch.nn.functional.ctc_loss(x.log_softmax(2), torch.tensor(targets), *lengths, **given)

    agree(ours, theirs, case["x"], second=False, rtol=1e-7)  # PyTorch has no second derivative


@pytest.mark.parametrize("lengths", [(5, 2), ((5,), [2]), (np.array(5), np.array([2]))])
def test_one_sequence_needs_no_batch(device: str, lengths: Any) -> None:
    x = tg.log_softmax(tg.asarray(np.random.default_rng(0).standard_normal((5, 4)), device=device), axis=1)
    targets = tg.asarray([1, 3], device=device)
    for reduction in ("mean", "sum", "none"):
        alone = F.ctc_loss(x, targets, *lengths, reduction=reduction)
        among = F.ctc_loss(x[:, None], targets[None], [5], [2], reduction=reduction)
        assert alone.shape == ()
        assert alone.item() == among.sum().item()


def test_labels_that_do_not_fit_have_an_infinite_loss_without_a_slope(device: str) -> None:
    x = tg.zeros((2, 2, 3), device=device, requires_grad=True)
    given = tg.asarray([[1, 1], [1, 2]], device=device), [2, 2], [2, 2]
    losses = F.ctc_loss(tg.log_softmax(x, axis=2), *given, reduction="none")
    assert losses.tolist() == [np.inf, pytest.approx(np.log(9))]
    losses.sum().backward()
    assert (x.grad[:, 0] == 0).all().item()
    assert (x.grad[:, 1] != 0).any().item()
    assert F.ctc_loss(tg.log_softmax(x, axis=2), *given, zero_infinity=True).item() == pytest.approx(np.log(9) / 4)


def test_classes_without_probability_keep_gradients_finite(device: str) -> None:
    impossible = [[[0.0, -np.inf, -np.inf]], [[-np.inf, 0.0, -np.inf]], [[-0.7, -0.7, -np.inf]]]
    x = tg.asarray(impossible, device=device, requires_grad=True)
    loss = F.ctc_loss(x, tg.asarray([[1]], device=device), [3], [1], reduction="sum")
    loss.backward()
    assert loss.item() == pytest.approx(0.7 - np.log(2), abs=1e-6)
    np.testing.assert_allclose(x.grad.numpy()[:, 0], [[-1, 0, 0], [0, -1, 0], [-0.5, -0.5, 0]], rtol=1e-6)


def test_a_long_sequence_is_as_exact_in_float32_as_in_float64(device: str) -> None:
    random = np.random.default_rng(0)
    x, targets = random.standard_normal((400, 1, 20)), random.integers(1, 20, (1, 60))
    losses = [
        F.ctc_loss(
            tg.log_softmax(tg.asarray(x, dtype, device), axis=2), tg.asarray(targets, device=device), [400], [60]
        )
        for dtype in (tg.float32, tg.float64)
    ]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=1e-5)


def test_a_program_computes_what_eager_does(device: str) -> None:
    random = np.random.default_rng(0)
    targets = tg.asarray([[1, 2], [2, 2]], device=device)

    def step(x: Any, frames: Any, sizes: Any) -> Any:
        loss = F.ctc_loss(tg.log_softmax(x, axis=2), targets, frames, sizes)
        return loss, *tg.autograd.grad([loss], [x])

    def given(*lengths: list[int]) -> Any:
        x = tg.asarray(random.standard_normal((5, 2, 3)), device=device, requires_grad=True)
        return x, *(tg.asarray(sizes, device=device) for sizes in lengths)

    program = tg.trace(step, *given([5, 4], [2, 2]))
    inputs = given([4, 5], [1, 2])
    for found, wanted in zip(program(*inputs), step(*inputs)):
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-10, atol=1e-12)
    with pytest.raises(ValueError, match="ctc_loss: the input_lengths are not all from 0 to 5"):
        program(*given([6, 5], [1, 2]))


def test_wrong_arguments_are_named(device: str) -> None:
    x, t = tg.zeros((4, 2, 3), device=device), tg.asarray([[1, 2], [2, 1]], device=device)
    for wrong in (x[0, 0], x.astype(tg.int64), x[:0]):
        with pytest.raises(ValueError, match=r"ctc_loss: log_probs is .*; wanted are floats, \(T, N, C\) or"):
            F.ctc_loss(wrong, t, [4, 4], [2, 2])
    with pytest.raises(TypeError, match=r"the targets are float32; labels are integers"):
        F.ctc_loss(x, t.astype(tg.float32), [4, 4], [2, 2])
    with pytest.raises(IndexError, match="ctc_loss: blank=3 is not from 0 to 2"):
        F.ctc_loss(x, t, [4, 4], [2, 2], blank=3)
    with pytest.raises(IndexError, match="ctc_loss: the targets are not all from 0 to 2"):
        F.ctc_loss(x, t + 1, [4, 4], [2, 2])
    with pytest.raises(ValueError, match="ctc_loss: the input_lengths are not all from 0 to 4"):
        F.ctc_loss(x, t, [4, 5], [2, 2])
    with pytest.raises(ValueError, match="ctc_loss: the target_lengths are not all from 0 to 2"):
        F.ctc_loss(x, t, [4, 4], [2, 3])
    with pytest.raises(ValueError, match=r"the target_lengths have shape \(1,\); wanted is one for each of 2"):
        F.ctc_loss(x, t, [4, 4], [2])
    with pytest.raises(TypeError, match="the input_lengths are float32; wanted are integers"):
        F.ctc_loss(x, t, [4.0, 4.0], [2, 2])
    with pytest.raises(ValueError, match=r"the targets have shape \(3,\); wanted are as many as .*, 4"):
        F.ctc_loss(x, t.reshape((-1,))[:3], [4, 4], [2, 2])
    with pytest.raises(ValueError, match=r"the targets have shape \(1, 2\); wanted are 2 rows, or all in one"):
        F.ctc_loss(x, t[:1], [4, 4], [2, 2])
    with pytest.raises(ValueError, match="ctc_loss: reduction='avg'"):
        F.ctc_loss(x, t, [4, 4], [2, 2], reduction="avg")
