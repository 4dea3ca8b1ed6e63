"""Activations as modules call the functions with their settings."""

from __future__ import annotations

from typing import Any

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


def test_bounds_in_the_wrong_order_are_named() -> None:
    with pytest.raises(ValueError, match="Hardtanh: min_val=1 must be less than max_val=0"):
        nn.Hardtanh(1, 0)
