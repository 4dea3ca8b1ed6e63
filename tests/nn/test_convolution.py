"""Convolutions as modules: PyTorch's parameters, settings and representations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn import functional as F

LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Conv1d", (2, 4, 3), {"stride": 2, "padding": 1, "padding_mode": "reflect"}),
    ("Conv2d", (2, 4, (2, 3)), {"padding": "same", "dilation": (1, 2), "groups": 2}),
    ("Conv2d", (2, 4, 4), {"padding": "same", "bias": False, "padding_mode": "circular"}),
    ("Conv3d", (2, 3, 2), {"padding": (0, 1, 2), "padding_mode": "replicate"}),
    ("ConvTranspose1d", (2, 4, 3), {"stride": 2, "output_padding": 1, "groups": 2}),
    ("ConvTranspose2d", (2, 3, (2, 3)), {"padding": (1, 0), "dilation": 2}),
    ("ConvTranspose3d", (2, 1, 2), {"stride": (1, 2, 1), "bias": False}),
]


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize(("name", "arguments", "settings"), LAYERS, ids=str)
def test_matches_pytorch(torch: Any, device: str, name: str, arguments: Any, settings: Any) -> None:
    theirs = getattr(torch.nn, name)(*arguments, **settings, dtype=torch.float64)
    ours = getattr(nn, name)(*arguments, **settings, dtype=tg.float64, device=device)
    assert repr(ours) == repr(theirs)
    ours.load_state_dict({key: tg.asarray(value.numpy(), device=device) for key, value in theirs.state_dict().items()})
    size = (5, 6, 4)[: int(name[-2])]
    for shape in ((3, 2, *size), (2, *size)):
        x = np.random.default_rng(0).standard_normal(shape)
        tensors = tg.asarray(x, device=device, requires_grad=True), torch.tensor(x, requires_grad=True)
        found, wanted = ours(tensors[0]), theirs(tensors[1])
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-10, atol=1e-12)
        ours.zero_grad(), theirs.zero_grad()
        (found * found).sum().backward(), (wanted * wanted).sum().backward()
        of_both = zip((tensors[0], *ours.parameters()), (tensors[1], *theirs.parameters()))
        for one, other in of_both:
            np.testing.assert_allclose(one.grad.numpy(), other.grad.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("layer", [nn.Conv2d, nn.ConvTranspose2d])
def test_parameters_start_as_in_pytorch(layer: Any, device: str) -> None:
    made = layer(100, 100, 5, groups=4, generator=tg.Generator(0, device), device=device)
    bound = 1 / np.sqrt(25 * 25)
    for parameter in (made.weight, made.bias):
        values = parameter.detach().numpy()
        assert parameter.device == device
        assert parameter.dtype == tg.float32
        assert np.abs(values).max() <= bound
        assert np.std(values) == pytest.approx(bound / np.sqrt(3), rel=0.15)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", [nn.ReLU(), nn.Sigmoid(), nn.Tanh()], ids=repr)
def test_an_activation_is_computed_along(device: str, activation: Any, bias: bool) -> None:
    layer = nn.Conv2d(2, 5, 3, padding=1, bias=bias, padding_mode="circular", device=device)
    found = []
    for forward in (nn.Sequential(layer, activation), lambda x: activation(layer(x))):
        x = tg.asarray(np.random.default_rng(0).standard_normal((3, 2, 7, 8)).astype(np.float32), device=device)
        y = forward(x.requires_grad_())
        layer.zero_grad()
        (y * y).sum().backward()
        found.append([y.detach(), x.grad, *(p.grad for p in layer.parameters())])
    for one, other in zip(*found):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=1e-5)


def test_an_output_size_says_which_of_several(torch: Any, device: str) -> None:
    layer = nn.ConvTranspose2d(1, 1, 3, stride=3, device=device)
    x = tg.ones((1, 1, 4, 4), device=device)
    for size in ((12, 14), (1, 1, 13, 12)):
        assert layer(x, output_size=size).shape == (1, 1, *size[-2:])
    for size in ((11, 12), (15, 12), (12,)):
        with pytest.raises(ValueError, match=r"must be from \[12, 12\] to \[14, 14\] for x of shape"):
            layer(x, output_size=size)


def test_settings_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match="Conv1d: in_channels=3 cannot be divided into groups=2"):
        nn.Conv1d(3, 4, 3, groups=2)
    with pytest.raises(ValueError, match="Conv1d: padding_mode='mirror'; wanted is one of zeros, reflect"):
        nn.Conv1d(1, 1, 3, padding_mode="mirror")
    with pytest.raises(ValueError, match="ConvTranspose1d: padding_mode='reflect'; wanted is 'zeros'"):
        nn.ConvTranspose1d(1, 1, 3, padding_mode="reflect")
    with pytest.raises(ValueError, match="ConvTranspose1d: output_padding is -1, wanted at least 0"):
        nn.ConvTranspose1d(1, 1, 3, output_padding=-1)
    with pytest.raises(TypeError, match="ConvTranspose1d: padding is 'same', wanted an integer or 1 of them"):
        nn.ConvTranspose1d(1, 1, 3, padding="same")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Conv2d: kernel_size is 2.5, wanted an integer or 2 of them"):
        nn.Conv2d(1, 1, 2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="padding='same' keeps the shape, and a stride of"):
        nn.Conv2d(1, 1, 3, stride=2, padding="same")


def test_a_compiled_step_computes_what_eager_does(device: str) -> None:
    def trained(compiled: bool) -> Any:
        generator = tg.Generator(0, device)
        model = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1, generator=generator), nn.ReLU(),
            nn.Conv2d(4, 4, 3, stride=2, groups=2, bias=False, generator=generator), nn.Tanh(),
            nn.ConvTranspose2d(4, 2, 2, stride=2, generator=generator), nn.Flatten(),
            nn.Linear(2 * 6 * 6, 3, generator=generator),
        )  # fmt: skip
        optimizer = optim.Adam(model.parameters(), lr=0.01)

        def step(x: Any, t: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), t)
            loss.backward()
            optimizer.step()
            return loss

        random = np.random.default_rng(0)
        x = tg.asarray(random.standard_normal((5, 1, 7, 7)).astype(np.float32), device=device)
        t = tg.asarray(random.integers(0, 3, 5), device=device)
        run = tg.compile(step) if compiled else step
        losses = [run(x, t).item() for _ in range(3)]
        return losses, [p.detach().numpy() for p in model.parameters()]

    for found, wanted in zip(trained(device == "cpu"), trained(False)):
        for one, other in zip(found, wanted):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
