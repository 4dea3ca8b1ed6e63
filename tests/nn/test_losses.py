"""Losses as modules call the functions with their settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F


def losses(device: str) -> list[tuple[nn.Module, Any, str]]:
    weight = tg.asarray([1.0, 2.0, 3.0], device=device)
    return [
        (nn.MSELoss("sum"), lambda x, t: F.mse_loss(x, t, "sum"), "MSELoss(reduction='sum')"),
        (nn.RMSELoss(), F.rmse_loss, "RMSELoss(reduction='mean')"),
        (nn.L1Loss("none"), lambda x, t: F.l1_loss(x, t, "none"), "L1Loss(reduction='none')"),
        (nn.HuberLoss(delta=0.2), lambda x, t: F.huber_loss(x, t, delta=0.2), "HuberLoss(reduction='mean', delta=0.2)"),
        (
            nn.SmoothL1Loss("sum", 0.2),
            lambda x, t: F.smooth_l1_loss(x, t, "sum", 0.2),
            "SmoothL1Loss(reduction='sum', beta=0.2)",
        ),
        (nn.BCELoss(weight), lambda x, t: F.binary_cross_entropy(x, t, weight), "BCELoss(reduction='mean')"),
        (
            nn.BCEWithLogitsLoss(weight, "sum", 2 * weight),
            lambda x, t: F.binary_cross_entropy_with_logits(x, t, weight, "sum", 2 * weight),
            "BCEWithLogitsLoss(reduction='sum')",
        ),
        (
            nn.CrossEntropyLoss(weight, reduction="sum", label_smoothing=0.1),
            lambda x, t: F.cross_entropy(x, t, weight, reduction="sum", label_smoothing=0.1),
            "CrossEntropyLoss(ignore_index=-100, reduction='sum', label_smoothing=0.1)",
        ),
        (
            nn.KLDivLoss("batchmean", log_target=True),
            lambda x, t: F.kl_div(x, t, "batchmean", True),
            "KLDivLoss(reduction='batchmean', log_target=True)",
        ),
    ]


def test_losses_call_their_function(device: str) -> None:
    random = np.random.default_rng(0)
    x, t = (tg.asarray(random.random((2, 3)).astype(np.float32), device=device) for _ in range(2))
    for module, function, text in losses(device):
        assert module(x, t).tolist() == function(x, t).tolist()
        assert repr(module) == text


def test_nll_loss_ignores(device: str) -> None:
    x = tg.asarray([[-1.0, -2.0], [-3.0, -4.0]], device=device)
    module = nn.NLLLoss(ignore_index=1)
    assert module(x, tg.asarray([1, 0], device=device)).item() == 3
    assert repr(module) == "NLLLoss(ignore_index=1, reduction='mean')"


def test_weights_are_buffers(device: str) -> None:
    module = nn.CrossEntropyLoss(tg.ones(3)).to(device)
    assert module.weight is not None
    assert module.weight.device == device
    assert list(module.parameters()) == []
    assert list(module.state_dict()) == ["weight"]
    assert list(nn.CrossEntropyLoss().state_dict()) == []


def test_wrong_reductions_are_named() -> None:
    for kind in (nn.MSELoss, nn.CrossEntropyLoss, nn.KLDivLoss):
        with pytest.raises(ValueError, match=f"{kind.__name__}: reduction='avg'; wanted is"):
            kind(reduction="avg")
