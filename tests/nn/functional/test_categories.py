"""One-hot encoding and Gumbel's softmax."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim
from tinygrad_nn.nn import functional as F

LOGITS = np.random.default_rng(0).normal(size=(4, 5))


@pytest.mark.parametrize(("axis", "tau", "hard"), [(-1, 1.0, False), (0, 0.5, False), (1, 2.0, True), (0, 1.0, True)])
def test_gumbel_softmax_is_pytorchs_of_the_same_noise(
    axis: int, tau: float, hard: bool, agree: Any, torch: Any, monkeypatch: Any, device: str
) -> None:
    u = tg.Generator(3, device).uniform(LOGITS.shape, dtype=np.float64)
    exponential = -np.log(tg.asarray(u).numpy())
    monkeypatch.setattr(torch.Tensor, "exponential_", lambda empty: torch.tensor(exponential))
    agree(
        lambda x: F.gumbel_softmax(x, tau, hard, axis, generator=tg.Generator(3, device)),
        lambda x: torch.nn.functional.gumbel_softmax(x, tau, hard, dim=axis),
        LOGITS,
    )


def test_samples_have_the_probabilities_of_the_logits(device: str) -> None:
    logits = tg.log(tg.asarray([0.1, 0.2, 0.7], device=device))
    samples = F.gumbel_softmax(tg.broadcast_to(logits, (20_000, 3)), hard=True, generator=tg.Generator(0, device))
    np.testing.assert_allclose(samples.numpy().mean(0), [0.1, 0.2, 0.7], atol=0.02)
    half = F.gumbel_softmax(tg.zeros((1000, 2), tg.float16, device=device), generator=tg.Generator(0, device))
    assert half.dtype == np.float16
    assert np.isfinite(half.numpy()).all()


def test_what_is_no_temperature_or_logits_is_named(device: str) -> None:
    with pytest.raises(ValueError, match=r"gumbel_softmax: tau=0 must be above 0"):
        F.gumbel_softmax(tg.zeros(3, device=device), 0)
    with pytest.raises(TypeError, match="gumbel_softmax: x has dtype int64, wanted a floating one"):
        F.gumbel_softmax(tg.zeros(3, tg.int64, device=device))
    with pytest.raises(TypeError, match="gumbel_softmax: there is no argument 'dim'; it is called 'axis' here"):
        F.gumbel_softmax(tg.zeros(3, device=device), dim=0)


def test_one_hot(torch: Any, device: str) -> None:
    for classes in (np.array([[0, 2], [1, 0]]), np.array(1), np.array([3], np.int32)):
        x, t = tg.asarray(classes, device=device), torch.tensor(classes, dtype=torch.int64)
        for count in (-1, 5):
            found = F.one_hot(x, count)
            assert found.dtype == np.int64
            assert found.tolist() == torch.nn.functional.one_hot(t, count).tolist()
    assert F.one_hot(tg.zeros((0,), tg.int64, device=device), 3).shape == (0, 3)


def test_what_is_no_class_is_named(device: str) -> None:
    for wrong in ([3], [-1, 0]):
        with pytest.raises(IndexError, match="one_hot: x has classes that are not from 0 to 2"):
            F.one_hot(tg.asarray(wrong, device=device), 3)
    with pytest.raises(TypeError, match="one_hot: the classes are float32; wanted are integers"):
        F.one_hot(tg.ones(2, device=device))
    with pytest.raises(ValueError, match=r"x of shape \(0,\) has no class to tell their number from"):
        F.one_hot(tg.zeros((0,), tg.int64, device=device))


def test_a_compiled_step_is_the_eager_one(device: str) -> None:
    def weights_after(wrap: Any) -> Any:
        logits, draws = tg.zeros((6, 3), device=device, requires_grad=True), tg.Generator(0, device)
        optimizer = optim.SGD([logits], 0.5)

        def step(classes: Any) -> Any:
            optimizer.zero_grad()
            y = F.gumbel_softmax(logits, 0.7, True, generator=draws)
            loss = ((y - F.one_hot(classes, 3)) ** 2).sum()
            loss.backward()
            optimizer.step()

        run, classes = wrap(step), tg.asarray([0, 1, 2, 0, 1, 2], device=device)
        for _ in range(4):
            run(classes)
        return logits.detach().numpy()

    np.testing.assert_allclose(weights_after(tg.compile), weights_after(lambda step: step), rtol=1e-5, atol=1e-6)
