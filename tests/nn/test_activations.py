"""Activations as modules call the functions with their settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F

ACTIVATIONS: list[tuple[nn.Module, Any, str]] = [
    (nn.ReLU(), F.relu, "ReLU()"),
    (nn.LeakyReLU(0.2), lambda x: F.leaky_relu(x, 0.2), "LeakyReLU(negative_slope=0.2)"),
    (nn.ELU(2.0), lambda x: F.elu(x, 2.0), "ELU(alpha=2.0)"),
    (nn.SELU(), F.selu, "SELU()"),
    (nn.GELU(), F.gelu, "GELU(approximate='none')"),
    (nn.GELU("tanh"), lambda x: F.gelu(x, "tanh"), "GELU(approximate='tanh')"),
    (nn.SiLU(), F.silu, "SiLU()"),
    (nn.Mish(), F.mish, "Mish()"),
    (nn.Softplus(2.0, 5.0), lambda x: F.softplus(x, 2.0, 5.0), "Softplus(beta=2.0, threshold=5.0)"),
    (nn.Softsign(), F.softsign, "Softsign()"),
    (nn.Sigmoid(), F.sigmoid, "Sigmoid()"),
    (nn.LogSigmoid(), F.logsigmoid, "LogSigmoid()"),
    (nn.Tanh(), F.tanh, "Tanh()"),
    (nn.Hardtanh(-2, 0.5), lambda x: F.hardtanh(x, -2, 0.5), "Hardtanh(min_val=-2, max_val=0.5)"),
    (nn.CELU(2.0), lambda x: F.celu(x, 2.0), "CELU(alpha=2.0)"),
    (nn.Tanhshrink(), F.tanhshrink, "Tanhshrink()"),
    (nn.ReLU6(), F.relu6, "ReLU6()"),
    (nn.Hardsigmoid(), F.hardsigmoid, "Hardsigmoid()"),
    (nn.Hardswish(), F.hardswish, "Hardswish()"),
    (nn.Hardshrink(0.7), lambda x: F.hardshrink(x, 0.7), "Hardshrink(lambd=0.7)"),
    (nn.Softshrink(0.7), lambda x: F.softshrink(x, 0.7), "Softshrink(lambd=0.7)"),
    (nn.Threshold(0.5, 9.0), lambda x: F.threshold(x, 0.5, 9.0), "Threshold(threshold=0.5, value=9.0)"),
    (nn.RReLU(0.1, 0.3).eval(), lambda x: F.leaky_relu(x, 0.2), "RReLU(lower=0.1, upper=0.3)"),
    (nn.GLU(0), lambda x: F.glu(x, 0), "GLU(axis=0)"),
    (nn.Softmin(0), lambda x: F.softmin(x, 0), "Softmin(axis=0)"),
    (nn.Softmax(0), lambda x: F.softmax(x, 0), "Softmax(axis=0)"),
    (nn.LogSoftmax(-1), lambda x: F.log_softmax(x, -1), "LogSoftmax(axis=-1)"),
]


@pytest.mark.parametrize(("module", "function", "text"), ACTIVATIONS, ids=lambda value: getattr(value, "__name__", ""))
def test_activations_call_their_function(device: str, module: nn.Module, function: Any, text: str) -> None:
    x = tg.asarray([[-3.0, -0.4, 0.0], [0.7, 2.0, 9.0]], device=device)
    assert module(x).tolist() == function(x).tolist()
    assert repr(module) == text


def test_prelu_learns_its_slopes(device: str) -> None:
    module = nn.PReLU(2, init=0.5, device=device)
    y = module(tg.asarray([[-2.0, 1.0], [-4.0, -6.0]], device=device))
    assert y.tolist() == [[-1, 1], [-2, -3]]
    y.sum().backward()
    assert module.weight.grad.tolist() == [-6, -6]
    assert repr(module) == "PReLU(num_parameters=2)"
    assert nn.PReLU().weight.tolist() == [0.25]


def test_rrelu_draws_a_slope_for_each_element_in_training(device: str) -> None:
    module = nn.RReLU(0.25, 0.5, generator=tg.Generator(0, device=device))
    x = tg.asarray([-1.0, 2.0] * 500, dtype=tg.float64, device=device, requires_grad=True)
    y = module(x)
    y.sum().backward()
    slopes = x.grad.numpy()
    np.testing.assert_array_equal(y.detach().numpy(), x.detach().numpy() * slopes)
    assert (slopes[1::2] == 1).all()
    drawn = np.sort(slopes[::2])
    assert 0.25 <= drawn[0] < 0.26 < 0.49 < drawn[-1] <= 0.5
    assert len(set(drawn)) == 500
    assert abs(drawn.mean() - 0.375) < 0.02
    assert (module(x) != y).any().item()


def test_softmax2d_is_over_channels(device: str) -> None:
    x = tg.asarray(np.random.default_rng(0).standard_normal((2, 3, 4, 5)), device=device)
    module = nn.Softmax2d()
    np.testing.assert_allclose(module(x).sum(axis=1).numpy(), np.ones((2, 4, 5)))
    np.testing.assert_array_equal(module(x)[0].numpy(), module(x[0]).numpy())
    with pytest.raises(ValueError, match=r"Softmax2d: the input has shape \(4, 5\); wanted is"):
        module(x[0, 0])


def test_wrong_settings_are_named() -> None:
    with pytest.raises(ValueError, match="Hardtanh: min_val=1 must be less than max_val=0"):
        nn.Hardtanh(1, 0)
    with pytest.raises(ValueError, match="RReLU: lower=1 must be no more than upper=0.5"):
        nn.RReLU(1, 0.5)
    with pytest.raises(ValueError, match="rrelu: lower=1 must be no more than upper=0.5"):
        F.rrelu(tg.ones(2), 1, 0.5)
    with pytest.raises(ValueError, match="Softshrink: lambd=-1 must be at least 0"):
        nn.Softshrink(-1)
    with pytest.raises(ValueError, match="CELU: alpha=0 must be another number"):
        nn.CELU(0)
    with pytest.raises(TypeError, match="GLU: there is no argument 'dim'; it is called 'axis' here"):
        nn.GLU(dim=1)
