"""Batch and instance normalisation: PyTorch's values, gradients and running statistics, also in programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn import functional as F

LAYERS = [
    ("BatchNorm1d", {}, (4, 3)), ("BatchNorm1d", {"momentum": None}, (4, 3, 5)), ("BatchNorm2d", {}, (2, 3, 4, 5)),
    ("BatchNorm1d", {"affine": False}, (0, 3, 5)), ("BatchNorm2d", {"momentum": 0.8, "bias": False}, (2, 3, 4, 5)),
    ("BatchNorm2d", {"track_running_stats": False}, (2, 3, 4, 5)), ("BatchNorm3d", {"eps": 0.1}, (2, 3, 2, 2, 4)),
    ("InstanceNorm1d", {}, (4, 3, 5)), ("InstanceNorm1d", {"affine": True}, (3, 5)),
    ("InstanceNorm2d", {"affine": True, "track_running_stats": True}, (2, 3, 4, 5)),
    ("InstanceNorm2d", {"track_running_stats": True}, (3, 4, 5)), ("InstanceNorm3d", {}, (2, 3, 2, 2, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options", "shape"), LAYERS, ids=str)
def test_training_and_evaluation_match_pytorch(
    name: str, options: dict[str, Any], shape: tuple[int, ...], same_as_torch: Callable[..., None]
) -> None:
    same_as_torch(name, (3,), options, [shape], rounds=3)


def random(*shape: int, device: str, seed: int = 0) -> Any:
    return tg.asarray(np.random.default_rng(seed).normal(1, 2, shape), device=device)


def model_of(device: str) -> nn.Sequential:
    generator = tg.Generator(0, device)
    layers = nn.Linear(6, 5, generator=generator), nn.BatchNorm1d(5, device=device), nn.ReLU()
    return nn.Sequential(*layers, nn.Linear(5, 2, generator=generator)).to(tg.float64)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_a_compiled_training_step_keeps_track_as_eager(device: str, momentum: float | None) -> None:
    models = [model_of(device), model_of(device)]
    steps = []
    for model in models:
        model[1].momentum = momentum
        optimizer = optim.SGD(model.parameters(), 0.1)

        def step(x: Any, model: Any = model, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = (model(x) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        steps.append(step)
    compiled = tg.compile(steps[0])
    for seed in range(4):
        x = random(8, 6, device=device, seed=seed)
        np.testing.assert_allclose(compiled(x).item(), steps[1](x).item(), rtol=1e-12)
    assert len(compiled.programs) == 1
    states = [model.state_dict() for model in models]
    for name, found in states[0].items():
        np.testing.assert_allclose(found.numpy(), states[1][name].numpy(), rtol=1e-11)
    assert states[0]["1.num_batches_tracked"].item() == 4


def test_a_compiled_module_follows_the_mode(device: str) -> None:
    model, x = model_of(device), random(8, 6, device=device)
    compiled = tg.compile(model)
    for mode in (True, False, True, False):
        model.train(mode)
        with tg.no_grad():
            before = model[1].running_mean.tolist()
            y = compiled(x)
            assert (model[1].running_mean.tolist() != before) is mode
            after = nn.Sequential(*model) if mode else model
            state = {name: value.copy() for name, value in model.state_dict().items()}
            np.testing.assert_allclose(y.numpy(), after(x).numpy(), rtol=1e-12)
            model.load_state_dict(state)


def test_statistics_go_where_the_call_says(device: str) -> None:
    layer, x = nn.BatchNorm1d(3, device=device).to(tg.float64), random(8, 3, device=device)
    given = {name: value.copy() for name, value in layer.state_dict().items()}
    nn.functional_call(layer, given, x)
    assert layer.running_mean.tolist() == [0, 0, 0]
    assert layer.num_batches_tracked.item() == 0
    layer(x)
    for name, value in layer.state_dict().items():
        assert given[name].tolist() == value.tolist()


def test_a_checkpoint_counts_a_batch_once(device: str) -> None:
    one, two = (nn.BatchNorm1d(3, device=device).to(tg.float64) for _ in range(2))
    x, again = (random(8, 3, device=device).requires_grad_() for _ in range(2))
    (one(x) ** 3).sum().backward()
    (tg.checkpoint(two, again) ** 3).sum().backward()
    np.testing.assert_allclose(again.grad.numpy(), x.grad.numpy(), rtol=1e-12)
    for name, value in one.state_dict().items():
        assert two.state_dict()[name].tolist() == value.tolist()


def test_forward_mode_leaves_plain_statistics(device: str) -> None:
    layer, x = nn.BatchNorm1d(3, device=device).to(tg.float64), random(8, 3, device=device)
    _, dy = tg.jvp(layer, (x,), (tg.ones((8, 3), dtype=tg.float64, device=device),))
    np.testing.assert_allclose(dy.detach().numpy(), 0, atol=1e-12)  # a shift of all samples changes nothing
    np.testing.assert_allclose(layer.running_mean.numpy(), 0.1 * x.numpy().mean(0), rtol=1e-12)


def test_samples_of_vmap_have_statistics_of_their_own(device: str) -> None:
    layer, x = nn.BatchNorm1d(3, device=device), tg.rand(5, 4, 3, device=device)
    with pytest.raises(ValueError, match="in vmap, every sample has statistics of its own"):
        tg.vmap(layer)(x)
    assert layer.running_mean.tolist() == [0, 0, 0]
    each = {name: tg.stack([value] * 5) for name, value in layer.state_dict().items()}
    y = tg.vmap(lambda state, x: nn.functional_call(layer, state, x))(each, x)
    for i in range(5):
        np.testing.assert_allclose(y[i].detach().numpy(), layer(x[i]).detach().numpy(), rtol=1e-4, atol=1e-6)


def test_the_statistics_can_be_forgotten(device: str) -> None:
    layer = nn.BatchNorm2d(2, device=device)
    layer(tg.rand(2, 2, 3, 3, device=device))
    layer.reset_running_stats()
    assert layer.running_mean.tolist() == [0, 0]
    assert layer.running_var.tolist() == [1, 1]
    assert layer.num_batches_tracked.item() == 0


def test_half_precision_keeps_its_dtype(device: str) -> None:
    layer = nn.BatchNorm1d(3, device=device).to(tg.float16)
    x = (random(64, 3, device=device) * 100).astype(tg.float16)
    y = layer(x)
    assert y.dtype == tg.float16
    np.testing.assert_allclose(y.detach().numpy().astype(np.float64).std(0), 1, rtol=0.01)
    assert layer.eval()(x).dtype == tg.float16


def test_what_does_not_fit_is_named(device: str) -> None:
    one = tg.ones((1, 3), device=device)
    with pytest.raises(ValueError, match=r"shape \(1, 3\) has one value for each channel; training needs more"):
        nn.BatchNorm1d(3, device=device)(one)
    with pytest.raises(ValueError, match=r"BatchNorm2d: the input has shape \(1, 3\), wanted \(N, C, H, W\)"):
        nn.BatchNorm2d(3, device=device)(one)
    with pytest.raises(ValueError, match="BatchNorm1d: the input has 3 channels, wanted 4"):
        nn.BatchNorm1d(4, device=device).eval()(one)
    with pytest.raises(ValueError, match=r"running_mean has shape \(4,\), wanted \(3,\)"):
        F.batch_norm(one, tg.zeros(4, device=device), tg.ones(3, device=device))
    with pytest.raises(ValueError, match="BatchNorm1d: num_features is 3.0"):
        nn.BatchNorm1d(3.0, device=device)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="BatchNorm1d: x has dtype int64"):
        nn.BatchNorm1d(3, device=device)(tg.asarray([[1, 2, 3]], device=device))
    with pytest.raises(ValueError, match="there are no running statistics"):
        F.batch_norm(one, None, None)
    with pytest.raises(ValueError, match="has one place for each channel"):
        nn.InstanceNorm1d(3, device=device)(tg.ones((2, 3, 1), device=device))
