"""Lazy layers: they become what PyTorch's would, whatever has been done with them before."""

from __future__ import annotations

import pickle
import warnings
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

LAYERS: dict[str, tuple[tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = {
    "Linear": ((4,), {}, (2, 3)),
    "Conv1d": ((4, 3), {"groups": 2}, (2, 6, 5)),
    "Conv2d": ((4, 3), {"bias": False, "padding": 1}, (2, 3, 5, 5)),
    "Conv3d": ((2, 2), {}, (2, 3, 3, 3, 3)),
    "ConvTranspose1d": ((4, 3), {"stride": 2}, (2, 3, 5)),
    "ConvTranspose2d": ((4, 3), {"groups": 2}, (2, 6, 5, 5)),
    "ConvTranspose3d": ((2, 2), {}, (2, 3, 3, 3, 3)),
    "BatchNorm1d": ((), {}, (4, 3)),
    "BatchNorm2d": ((), {"affine": False}, (4, 3, 2, 2)),
    "BatchNorm3d": ((), {"track_running_stats": False}, (4, 3, 2, 2, 2)),
    "InstanceNorm1d": ((), {"affine": True, "track_running_stats": False}, (4, 3, 5)),
    "InstanceNorm2d": ((), {"affine": True, "track_running_stats": False}, (4, 3, 2, 2)),
    "InstanceNorm3d": ((), {"affine": True, "track_running_stats": True}, (4, 3, 2, 2, 2)),
}


def lazy(name: str, **more: Any) -> Any:
    arguments, settings, _ = LAYERS[name]
    return getattr(nn, f"Lazy{name}")(*arguments, **settings, **more)


def of_input(name: str) -> Any:
    """The ordinary layer."""
    arguments, settings, shape = LAYERS[name]
    channels = shape[1]
    return getattr(nn, name)(channels, *arguments, **settings)


@pytest.mark.parametrize("name", LAYERS)
def test_the_first_input_makes_the_layer(name: str, device: str) -> None:
    shape = LAYERS[name][2]
    layer, ordinary = lazy(name, device=device).to(tg.float64), of_input(name).to(device).to(tg.float64)
    assert isinstance(layer, type(ordinary))
    assert repr(layer) == f"Lazy{ordinary!r}".replace(f"{shape[1]},", "0,", 1)
    held = list(layer.parameters())
    x = tg.asarray(np.random.default_rng(0).normal(size=shape), device=device)
    y = layer(x)
    assert type(layer) is type(ordinary)
    assert all(p is q for p, q in zip(layer.parameters(), held, strict=True))
    assert repr(layer) == repr(ordinary)
    assert vars(layer).keys() == vars(ordinary).keys()
    ordinary.load_state_dict(layer.state_dict())
    assert {p.dtype for p in layer.parameters()} <= {np.dtype("float64")}
    if not any(name.startswith("running") for name in layer.state_dict()):
        np.testing.assert_array_equal(y.detach().numpy(), ordinary(x).detach().numpy())


@pytest.mark.parametrize("name", LAYERS)
def test_the_states_are_pytorchs(name: str, torch: Any) -> None:
    arguments, settings, shape = LAYERS[name]
    theirs = getattr(torch.nn, f"Lazy{name}")(*arguments, **settings).double()
    ours = nn.Sequential(lazy(name)).to(tg.float64)
    assert list(ours[0].state_dict()) == list(theirs.state_dict())
    theirs(torch.ones(shape, dtype=torch.float64))
    ours.load_state_dict({f"0.{key}": value.numpy() for key, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(
        ours(tg.asarray(x)).detach().numpy(), theirs(torch.tensor(x)).detach().numpy(), rtol=1e-9, atol=1e-12
    )
    for key, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[f"0.{key}"].numpy(), value.numpy())


def model(device: str) -> nn.Sequential:
    draw = tg.Generator(0, device)
    return nn.Sequential(
        nn.LazyConv2d(4, 3, generator=draw), nn.LazyBatchNorm2d(device=device), nn.ReLU(), nn.Flatten(),
        nn.LazyLinear(3, generator=draw),
    )  # fmt: skip


def training_step(net: nn.Module) -> Any:
    optimizer = optim.Adam(net.parameters(), 0.05)

    def step(x: Any) -> Any:
        optimizer.zero_grad()
        loss = (net(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        return loss

    return step


def test_an_optimizer_may_be_there_before(device: str) -> None:
    net, x = model(device), tg.ones((8, 2, 5, 5), device=device)
    x[:4] = 0
    step = training_step(net)
    losses = [step(x).item() for _ in range(20)]
    assert losses[-1] < 0.5 * losses[0]
    ordinary = nn.Sequential(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3))
    assert repr(net) == repr(ordinary)
    assert [type(layer) for layer in net] == [type(layer) for layer in ordinary]


def test_a_program_is_made_after_the_first_input(device: str) -> None:
    x = tg.randn(8, 2, 5, 5, generator=tg.Generator(0, device), dtype=tg.float64)
    with pytest.warns(tg.CompileWarning, match="LazyConv2d waits for its first input: call the model once before"):
        tg.compile(training_step(model(device).to(tg.float64)))(x)
    nets = [model(device).to(tg.float64) for _ in range(2)]
    for net in nets:
        net(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        for run in (tg.compile(training_step(nets[0])), training_step(nets[1])):
            for _ in range(3):
                run(x)
    for name, value in nets[0].state_dict().items():
        np.testing.assert_allclose(value.numpy(), nets[1].state_dict()[name].numpy(), rtol=1e-7, atol=1e-10)


def test_copies_pickles_modes_and_hooks(device: str) -> None:
    layer = nn.LazyLinear(2, device=device).eval().requires_grad_(False)
    x, seen = tg.ones((4, 3), device=device), []
    for copy in (deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        remove = copy.register_forward_hook(lambda module, inputs, output: seen.append(output.shape))
        copy(x)
        copy(x)
        remove()
        assert seen == [(4, 2), (4, 2)]
        seen.clear()
        assert not copy.training
        assert not copy.weight.requires_grad
        assert copy.weight.shape == (2, 3)
    assert layer.weight.shape == (2, 0)
    assert nn.Sequential(nn.LazyLinear(2)).summary((4, 3)).parameters == 8


def test_derived_ones_and_parametrizations(device: str) -> None:
    class Derived(nn.LazyLinear):
        pass

    layer, x = Derived(2, device=device), tg.ones((4, 3), device=device)
    layer(x)
    assert type(layer) is nn.Linear
    with pytest.raises(TypeError, match="LazyLinear has no size yet: register parametrizations after its first input"):
        nn.parametrize.register_parametrization(nn.LazyLinear(2, device=device), "weight", nn.Softplus())(x)


def test_what_is_no_input_is_named_and_changes_nothing(device: str) -> None:
    layer = nn.LazyConv2d(4, 3, device=device)
    with pytest.raises(ValueError, match=r"LazyConv2d: x has shape \(3, 5\), wanted \(C, H, W\) or \(N, C, H, W\)"):
        layer(tg.ones((3, 5), device=device))
    with pytest.raises(ValueError, match=r"LazyBatchNorm1d: the input has shape \(3,\)"):
        nn.LazyBatchNorm1d(device=device)(tg.ones(3, device=device))
    with pytest.raises(ValueError, match=r"LazyLinear: x has shape \(\), wanted \(..., in\)"):
        nn.LazyLinear(2, device=device)(tg.ones((), device=device))
    assert layer.weight.shape == (4, 0, 3, 3)
    with pytest.raises(ValueError, match=r"weight has shape \(4, 2\), wanted \(4, 0, 3, 3\)"):
        layer.load_state_dict({"weight": tg.ones((4, 2)), "bias": tg.ones(4)})
    with pytest.raises(ValueError, match="missing: bias"):
        layer.load_state_dict({"weight": tg.ones((4, 2, 3, 3))})


def test_a_state_without_sizes_leaves_it_waiting(device: str) -> None:
    layer = nn.LazyLinear(2, device=device)
    layer.load_state_dict(nn.LazyLinear(2, device=device).state_dict())
    assert layer(tg.ones((5, 3), device=device)).shape == (5, 2)
