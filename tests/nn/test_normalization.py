"""Layer, root mean square, group and local response normalisation: PyTorch's values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F

LAYERS = [
    ("LayerNorm", (5,), {}, (4, 5)), ("LayerNorm", ([3, 5],), {"eps": 0.1, "bias": False}, (2, 3, 5)),
    ("LayerNorm", (5,), {"elementwise_affine": False}, (2, 3, 5)), ("LayerNorm", (5,), {}, (0, 5)),
    ("RMSNorm", (5,), {}, (4, 5)), ("RMSNorm", ([3, 5], 0.1), {"elementwise_affine": False}, (2, 3, 5)),
    ("GroupNorm", (3, 6), {}, (4, 6, 2, 3)), ("GroupNorm", (1, 6), {"bias": False}, (4, 6)),
    ("GroupNorm", (5, 5), {"affine": False}, (4, 5, 3)), ("LocalResponseNorm", (3,), {}, (1, 5, 7)),
    ("LocalResponseNorm", (2, 1.0, 0.5, 2.0), {}, (2, 5, 3, 3)), ("LocalResponseNorm", (1,), {}, (0, 5, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "options", "shape"), LAYERS, ids=str)
def test_training_and_evaluation_match_pytorch(
    name: str, arguments: tuple[Any, ...], options: dict[str, Any], shape: tuple[int, ...],
    same_as_torch: Callable[..., None],
) -> None:  # fmt: skip
    same_as_torch(name, arguments, options, [shape])


@pytest.mark.parametrize("shift", [0, 1e4])
def test_the_variance_does_not_suffer_from_a_large_mean(device: str, shift: float) -> None:
    x = np.random.default_rng(0).normal(0, 1, (20, 64)).astype(np.float32) + np.float32(shift)
    exact = x.astype(np.float64)
    wanted = (exact - exact.mean(1, keepdims=True)) / exact.std(1, keepdims=True)
    found = F.layer_norm(tg.asarray(x, device=device), 64, eps=0.0).numpy()
    np.testing.assert_allclose(found, wanted, atol=2e-3 if shift else 2e-6)


def test_half_precision_computes_in_single(device: str) -> None:
    x = tg.asarray(np.random.default_rng(0).normal(0, 300, (4, 64)).astype(np.float16), device=device)
    x.requires_grad_()
    for layer in (nn.LayerNorm(64, device=device), nn.RMSNorm(64, device=device)):
        y = layer.to(tg.float16)(x)
        (y * y).sum().backward()
        assert y.dtype == x.grad.dtype == tg.float16
        np.testing.assert_allclose((y.detach().numpy().astype(np.float64) ** 2).mean(1), 1, rtol=2e-3)


@pytest.mark.parametrize("layer", [nn.LayerNorm(6), nn.RMSNorm(6), nn.GroupNorm(2, 6), nn.GroupNorm(3, 6)], ids=repr)
def test_a_compiled_step_is_the_eager_one(device: str, layer: nn.Module) -> None:
    layer.to(device).to(tg.float64)
    x = tg.asarray(np.random.default_rng(0).normal(size=(4, 6)), device=device)

    def step(x: Any) -> Any:
        layer.zero_grad()
        (layer(x) ** 3).sum().backward()
        return [p.grad for p in layer.parameters()]

    compiled = tg.compile(step)
    for _ in range(2):
        for found, wanted in zip(compiled(x), step(x), strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-11, atol=1e-13)


def test_samples_one_by_one(device: str) -> None:
    layer = nn.GroupNorm(2, 6, device=device).to(tg.float64)
    x = tg.asarray(np.random.default_rng(0).normal(size=(3, 4, 6)), device=device)
    found = tg.vmap(layer)(x)
    for i in range(3):
        np.testing.assert_allclose(found[i].detach().numpy(), layer(x[i]).detach().numpy(), rtol=1e-12)


def test_what_does_not_fit_is_named(device: str) -> None:
    x = tg.ones((2, 6), device=device)
    with pytest.raises(ValueError, match=r"layer_norm: the input has shape \(2, 6\), wanted \(\.\.\., \*\(5,\)\)"):
        nn.LayerNorm(5, device=device)(x)
    for sizes in ((), 3.0, -3):
        with pytest.raises(ValueError, match="LayerNorm: normalized_shape is"):
            nn.LayerNorm(sizes)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="rms_norm: x has dtype int64, wanted a floating one"):
        nn.RMSNorm(3, device=device)(tg.asarray([1, 2, 3], device=device))
    with pytest.raises(ValueError, match="layer_norm: bias has shape"):
        F.layer_norm(x, 6, bias=tg.ones(5, device=device))
    with pytest.raises(ValueError, match="6 channels cannot be put into 4 groups"):
        F.group_norm(x, 4)
    with pytest.raises(ValueError, match="cannot be put into num_groups=4"):
        nn.GroupNorm(4, 6)
    with pytest.raises(ValueError, match="each group of an input of shape .* is a single element"):
        F.group_norm(x[:1], 6)
    with pytest.raises(ValueError, match="wanted .* with three axes"):
        nn.LocalResponseNorm(2)(x)
    with pytest.raises(ValueError, match="size=0, wanted at least 1"):
        F.local_response_norm(tg.ones((1, 2, 3), device=device), 0)
