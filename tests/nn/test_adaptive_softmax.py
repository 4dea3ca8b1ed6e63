"""The softmax over many classes against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


def layers(torch: Any, device: str, head_bias: bool = True) -> tuple[Any, Any]:
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 30, [3, 9, 20], 2.0, head_bias).double()
    ours = nn.AdaptiveLogSoftmaxWithLoss(16, 30, [3, 9, 20], 2.0, head_bias, device=device).to(tg.float64)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours, theirs


@pytest.mark.parametrize("targets", [[0, 2, 3, 8, 9, 19, 20, 29, 1], [1, 0, 2], [25], 4])
def test_it_is_pytorchs(torch: Any, device: str, targets: Any) -> None:
    ours, theirs = layers(torch, device)
    target = np.array(targets)
    x = np.random.default_rng(0).standard_normal((*target.shape, 16))
    a, b = tg.asarray(x, device=device, requires_grad=True), torch.tensor(x, requires_grad=True)
    found, wanted = ours(a, tg.asarray(target, device=device)), theirs(b, torch.tensor(target))
    assert found.output.shape == target.shape
    (found.loss + (found.output**2).sum()).backward()
    (wanted.loss + (wanted.output**2).sum()).backward()
    np.testing.assert_allclose(found.output.detach().numpy(), wanted.output.detach().numpy(), rtol=1e-10)
    assert found.loss.item() == pytest.approx(wanted.loss.item())
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-12)
    gradients = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        expected = gradients[name].grad
        if expected is None:  # no sample is in that cluster
            assert parameter.grad is None
        else:
            np.testing.assert_allclose(parameter.grad.numpy(), expected.numpy(), rtol=1e-9, atol=1e-12)


def test_all_probabilities_and_the_greatest_are_pytorchs(torch: Any, device: str) -> None:
    ours, theirs = layers(torch, device, head_bias=False)
    x = np.random.default_rng(0).standard_normal((20, 16)) * 3
    a, b = tg.asarray(x, device=device), torch.tensor(x)
    np.testing.assert_allclose(ours.log_prob(a).detach().numpy(), theirs.log_prob(b).detach().numpy(), rtol=1e-10)
    np.testing.assert_array_equal(ours.predict(a).numpy(), theirs.predict(b).numpy())


def test_a_program_computes_what_eager_does(device: str) -> None:
    layer = nn.AdaptiveLogSoftmaxWithLoss(6, 12, [2, 5], 2.0, device=device)

    def step(x: Any, target: Any) -> Any:
        output, loss = layer(x, target)
        return output, loss, *tg.autograd.grad([loss], [x, layer.head.weight])

    def given(targets: list[int]) -> Any:
        return tg.randn(3, 6, device=device).requires_grad_(), tg.asarray(targets, device=device)

    program = tg.trace(step, *given([0, 3, 11]))
    inputs = given([7, 8, 6])
    for found, wanted in zip(program(*inputs), step(*inputs)):
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_wrong_arguments_are_named(device: str) -> None:
    for cutoffs in ([], [0, 3], [3, 3], [3, 10]):
        with pytest.raises(ValueError, match="wanted are ascending integers from 1 to 9"):
            nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs)
    layer = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [2, 5], device=device)
    x, t = tg.ones((3, 4), device=device), tg.asarray([0, 1, 2], device=device)
    with pytest.raises(ValueError, match=r"the input has shape \(3, 3\), the target \(3,\); wanted are \(N, 4\)"):
        layer(x[:, :3], t)
    with pytest.raises(TypeError, match="classes are integers"):
        layer(x, x[:, 0])
    with pytest.raises(IndexError, match="classes that are not from 0 to 9"):
        layer(x, t + 8)
    assert "\n  in_features=4, n_classes=10, cutoffs=[2, 5]\n  (head)" in repr(layer)
