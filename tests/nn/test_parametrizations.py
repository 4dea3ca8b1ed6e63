"""Weight and spectral normalisation: PyTorch's values, gradients, states and what training makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

CASES = [
    ("weight_norm", "Linear", (4, 3), {}, (5, 4)), ("weight_norm", "Linear", (4, 3), {"axis": None}, (5, 4)),
    ("weight_norm", "Conv2d", (2, 3, 3), {"axis": 1}, (2, 2, 5, 5)), ("spectral_norm", "Linear", (4, 3), {}, (5, 4)),
    ("spectral_norm", "Conv2d", (2, 3, 3), {"n_power_iterations": 2}, (2, 2, 5, 5)),
    ("spectral_norm", "ConvTranspose1d", (2, 3, 3), {}, (2, 2, 5)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind", "arguments", "options", "shape"), CASES, ids=str)
def test_training_and_evaluation_match_pytorch(
    name: str, kind: str, arguments: Any, options: dict[str, Any], shape: tuple[int, ...], torch: Any, device: str
) -> None:
    theirs = {("dim" if key == "axis" else key): value for key, value in options.items()}
    t = getattr(torch.nn.utils.parametrizations, name)(getattr(torch.nn, kind)(*arguments).double(), **theirs)
    o = getattr(nn.parametrizations, name)(getattr(nn, kind)(*arguments, device=device).to(tg.float64), **options)
    assert list(o.state_dict()) == list(t.state_dict())
    o.load_state_dict({key: value.numpy() for key, value in t.state_dict().items()})
    draw = np.random.default_rng(0)
    for training in (True, True, False):
        o.train(training), t.train(training)
        o.zero_grad(), t.zero_grad()
        x = draw.normal(size=shape)
        (o(tg.asarray(x, device=device)) ** 2).sum().backward()
        (t(torch.tensor(x)) ** 2).sum().backward()
        for (key, p), (their_key, q) in zip(o.named_parameters(), t.named_parameters(), strict=True):
            assert key == their_key
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-9, atol=1e-11)
        for key, value in t.state_dict().items():
            np.testing.assert_allclose(o.state_dict()[key].numpy(), value.numpy(), rtol=1e-9)


def test_registering_keeps_the_weight(device: str) -> None:
    layer = nn.Linear(4, 3, device=device)
    before = layer.weight.detach().numpy().copy()
    nn.parametrizations.weight_norm(layer)
    np.testing.assert_allclose(layer.weight.detach().numpy(), before, rtol=1e-6)
    layer.weight = tg.asarray(before * 2, device=device)
    np.testing.assert_allclose(layer.weight.detach().numpy(), before * 2, rtol=1e-6)
    assert layer.parametrizations["weight"].original1.requires_grad


def test_the_largest_singular_value_is_one(device: str) -> None:
    layer = nn.parametrizations.spectral_norm(nn.Linear(6, 5, device=device), generator=tg.Generator(0, device))
    for _ in range(50):
        weight = layer.weight
    assert np.linalg.norm(weight.detach().numpy(), 2) == pytest.approx(1, abs=1e-3)
    frozen = layer.eval().weight.tolist()
    assert layer.weight.tolist() == frozen
    vector = nn.parametrizations.spectral_norm(nn.LayerNorm(4, device=device))
    np.testing.assert_allclose(vector.weight.detach().numpy(), 0.5)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="n_power_iterations=0, wanted at least 1"):
        nn.parametrizations.spectral_norm(nn.Linear(2, 2), n_power_iterations=0)
    with pytest.raises(ValueError, match="ReLU has no parameter or buffer 'weight'"):
        nn.parametrizations.spectral_norm(nn.ReLU())
