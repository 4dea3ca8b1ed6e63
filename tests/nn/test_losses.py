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


def losses_of_labels(device: str) -> list[tuple[nn.Module, Any, str]]:
    weight = tg.asarray([1.0, 2.0, 3.0], device=device)
    return [
        (nn.SoftMarginLoss("sum"), lambda x, t: F.soft_margin_loss(x, t, "sum"), "SoftMarginLoss(reduction='sum')"),
        (
            nn.MultiLabelMarginLoss("none"),
            lambda x, t: F.multilabel_margin_loss(x, t, "none"),
            "MultiLabelMarginLoss(reduction='none')",
        ),
        (
            nn.MultiLabelSoftMarginLoss(weight),
            lambda x, t: F.multilabel_soft_margin_loss(x, t, weight),
            "MultiLabelSoftMarginLoss(reduction='mean')",
        ),
        (
            nn.HingeEmbeddingLoss(0.5, "sum"),
            lambda x, t: F.hinge_embedding_loss(x, t, 0.5, "sum"),
            "HingeEmbeddingLoss(margin=0.5, reduction='sum')",
        ),
        (
            nn.PoissonNLLLoss(False, True, 0.1, "sum"),
            lambda x, t: F.poisson_nll_loss(x, t, False, True, 0.1, "sum"),
            "PoissonNLLLoss(log_input=False, full=True, eps=0.1, reduction='sum')",
        ),
        (
            nn.MultiMarginLoss(2, 0.5, weight, "none"),
            lambda x, t: F.multi_margin_loss(x, t[:, 0], 2, 0.5, weight, "none"),
            "MultiMarginLoss(p=2, margin=0.5, reduction='none')",
        ),
    ]


def losses_of_pairs(device: str) -> list[tuple[nn.Module, Any, str]]:
    return [
        (
            nn.MarginRankingLoss(0.5, "sum"),
            lambda x, y, t: F.margin_ranking_loss(x, y, t, 0.5, "sum"),
            "MarginRankingLoss(margin=0.5, reduction='sum')",
        ),
        (
            nn.CosineEmbeddingLoss(0.5, "none"),
            lambda x, y, t: F.cosine_embedding_loss(x, y, t[:, 0], 0.5, "none"),
            "CosineEmbeddingLoss(margin=0.5, reduction='none')",
        ),
        (
            nn.TripletMarginLoss(2.0, 1.0, 0.1, True, "none"),
            lambda x, y, t: F.triplet_margin_loss(x, y, t, 2.0, 1.0, 0.1, True, "none"),
            "TripletMarginLoss(margin=2.0, p=1.0, eps=0.1, swap=True, reduction='none')",
        ),
        (
            nn.TripletMarginWithDistanceLoss(margin=2.0, swap=True),
            lambda x, y, t: F.triplet_margin_with_distance_loss(x, y, t, margin=2.0, swap=True),
            "TripletMarginWithDistanceLoss(margin=2.0, swap=True, reduction='mean')",
        ),
        (
            nn.GaussianNLLLoss(full=True, eps=0.1, reduction="sum"),
            lambda x, y, t: F.gaussian_nll_loss(x, y, t * t, True, 0.1, "sum"),
            "GaussianNLLLoss(full=True, eps=0.1, reduction='sum')",
        ),
    ]


def test_losses_call_their_function(device: str) -> None:
    random = np.random.default_rng(0)
    x, t = (tg.asarray(random.random((2, 3)).astype(np.float32), device=device) for _ in range(2))
    for module, function, text in losses(device):
        assert module(x, t).tolist() == function(x, t).tolist()
        assert repr(module) == text


def test_losses_of_labels_call_their_function(device: str) -> None:
    x = tg.asarray(np.random.default_rng(0).random((2, 3)).astype(np.float32), device=device)
    t = tg.asarray([[1, 0, 1], [0, 1, 1]], device=device)
    for module, function, text in losses_of_labels(device):
        target = t[:, 0] if isinstance(module, nn.MultiMarginLoss) else t
        assert module(x, target).tolist() == function(x, t).tolist()
        assert repr(module) == text


def test_losses_of_pairs_call_their_function(device: str) -> None:
    random = np.random.default_rng(0)
    x, y = (tg.asarray(random.random((2, 3)).astype(np.float32), device=device) for _ in range(2))
    t = tg.asarray([[1, -1, 1], [-1, 1, 1]], dtype=tg.float32, device=device)
    for module, function, text in losses_of_pairs(device):
        targets = {nn.CosineEmbeddingLoss: t[:, 0], nn.GaussianNLLLoss: t * t}
        assert module(x, y, targets.get(type(module), t)).tolist() == function(x, y, t).tolist()
        assert repr(module) == text


def test_a_distance_may_be_a_module_that_learns() -> None:
    class Weighted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(tg.ones(3))

        def forward(self, a: Any, b: Any) -> Any:
            return (self.weight * (a - b) ** 2).sum(axis=-1)

    module = nn.TripletMarginWithDistanceLoss(distance_function=Weighted())
    assert list(module.state_dict()) == ["distance_function.weight"]
    x = tg.zeros((1, 3))
    module(x, x + 2, x + 1).backward()
    assert module.distance_function.weight.grad.tolist() == [3, 3, 3]


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
    for kind in (nn.MSELoss, nn.CrossEntropyLoss, nn.KLDivLoss, nn.TripletMarginLoss):
        with pytest.raises(ValueError, match=f"{kind.__name__}: reduction='avg'; wanted is"):
            kind(reduction="avg")


def test_wrong_settings_are_named() -> None:
    for kind in (nn.TripletMarginLoss, nn.TripletMarginWithDistanceLoss):
        with pytest.raises(ValueError, match=f"{kind.__name__}: margin=0 must be positive"):
            kind(margin=0)
    with pytest.raises(ValueError, match="MultiMarginLoss: p=3; wanted is 1 or 2"):
        nn.MultiMarginLoss(3)
    with pytest.raises(ValueError, match="GaussianNLLLoss: eps=0 must be positive"):
        nn.GaussianNLLLoss(eps=0)
