"""Every activation and loss, with its backward, as a recorded program: it computes what eager computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

ACTIVATIONS = [
    nn.ReLU(), nn.LeakyReLU(), nn.ELU(), nn.SELU(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Softplus(),
    nn.Softsign(), nn.Sigmoid(), nn.LogSigmoid(), nn.Tanh(), nn.Hardtanh(), nn.Softmax(1), nn.LogSoftmax(1),
    nn.CELU(2.0), nn.GLU(0), nn.Hardshrink(), nn.Hardsigmoid(), nn.Hardswish(), nn.ReLU6(), nn.RReLU().eval(),
    nn.Softmin(1), nn.Softshrink(), nn.Tanhshrink(), nn.Threshold(0.5, 0.1),
]  # fmt: skip
WITH_NUMBERS = [
    nn.MSELoss(), nn.RMSELoss(), nn.L1Loss("sum"), nn.HuberLoss(), nn.SmoothL1Loss(), nn.BCELoss(),
    nn.BCEWithLogitsLoss(), nn.CrossEntropyLoss(), nn.KLDivLoss(), nn.PoissonNLLLoss(full=True), nn.SoftMarginLoss(),
    nn.HingeEmbeddingLoss(), nn.MultiLabelSoftMarginLoss(),
]  # fmt: skip
WITH_CLASSES = [
    nn.CrossEntropyLoss(), nn.CrossEntropyLoss(reduction="sum", label_smoothing=0.1), nn.NLLLoss(ignore_index=0),
    nn.MultiMarginLoss(p=2),
]  # fmt: skip
WITH_PAIRS = [nn.GaussianNLLLoss(), nn.TripletMarginLoss(swap=True), nn.MarginRankingLoss(margin=0.5)]


def arrays(seed: int) -> tuple[Any, Any, Any]:
    random = np.random.default_rng(seed)
    return random.uniform(0.1, 0.9, (4, 3)), random.uniform(0.1, 0.9, (4, 3)), random.integers(0, 3, 4)


def check(function: Any, device: str, *places: int) -> None:
    def step(x: Any, *rest: Any) -> Any:
        y = function(x, *rest)
        y.sum().backward()
        return y, x.grad

    def given(seed: int) -> Any:
        x, *rest = (tg.asarray(arrays(seed)[i], device=device) for i in (0, *places))
        return x.requires_grad_(), *rest

    program = tg.trace(step, *given(0))
    for seed in (0, 1):
        for found, wanted in zip(program(*given(seed)), step(*given(seed))):
            np.testing.assert_array_equal(found.detach().numpy(), wanted.detach().numpy())


@pytest.mark.parametrize("module", ACTIVATIONS, ids=repr)
def test_activations(module: nn.Module, device: str) -> None:
    check(module, device)


@pytest.mark.parametrize("module", WITH_NUMBERS, ids=repr)
def test_losses_of_numbers(module: nn.Module, device: str) -> None:
    check(module, device, 1)


@pytest.mark.parametrize("module", WITH_PAIRS, ids=repr)
def test_losses_of_pairs(module: nn.Module, device: str) -> None:
    check(module, device, 1, 1)


def test_losses_of_labels(device: str) -> None:
    check(lambda x, t: nn.CosineEmbeddingLoss()(x, 1 - x, 2 * (t > 0) - 1), device, 2)
    check(lambda x, t: nn.MultiLabelMarginLoss()(x, t[:, None] - tg.asarray([0, 1, 1], device=device)), device, 2)


@pytest.mark.parametrize("module", WITH_CLASSES, ids=repr)
def test_losses_of_classes(module: nn.Module, device: str) -> None:
    check(module, device, 2)


def test_a_training_step_of_a_model(device: str) -> None:
    model = nn.Sequential(nn.Linear(3, 8, device=device), nn.PReLU(device=device), nn.Linear(8, 3, device=device))
    model.to(tg.float64)

    def loss_of(x: Any, target: Any) -> Any:
        loss = nn.functional.cross_entropy(model(x), target) + 0.01 * nn.l2_penalty(model[0].weight)
        loss.backward()
        return loss

    x, _, target = arrays(0)
    given = tg.asarray(x, device=device), tg.asarray(target, device=device)
    program = tg.trace(loss_of, *given)
    assert program(*given).item() == loss_of(*given).item()
