"""Dropout: what it drops, when, and by which generator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dropped_elements_are_zero_and_the_mean_stays(device: str, dtype: Any) -> None:
    x = tg.ones(20_000, dtype=dtype, device=device, requires_grad=True)
    y = F.dropout(x, 0.2, generator=tg.Generator(0, device))
    y.sum().backward()
    values = y.detach().numpy()
    assert y.dtype == dtype
    assert set(values.tolist()) == {0.0, float(dtype(1) * dtype(1 / 0.8))}
    assert (values == 0).mean() == pytest.approx(0.2, abs=0.02)
    assert x.grad.tolist() == values.tolist()


def test_evaluation_and_p_zero_change_nothing(device: str) -> None:
    x = tg.ones(5, device=device)
    layer = nn.Dropout(0.5)
    assert layer.eval()(x) is x
    assert nn.Dropout(0.0)(x) is x
    assert F.dropout(x, 0.9, training=False) is x


def test_p_one_drops_everything(device: str) -> None:
    assert F.dropout(tg.ones(5, device=device), 1.0).tolist() == [0] * 5


def test_the_generator_decides(device: str) -> None:
    x = tg.ones(50, device=device)
    one, two = (nn.Dropout(0.5, generator=tg.Generator(3, device)) for _ in range(2))
    first = one(x).tolist()
    assert two(x).tolist() == first
    assert one(x).tolist() != first


def test_p_must_be_a_probability(device: str) -> None:
    for p in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"Dropout: p={p} must be a probability"):
            nn.Dropout(p)
        with pytest.raises(ValueError, match=f"dropout: p={p} must be a probability"):
            F.dropout(tg.ones(1, device=device), p)


def test_a_program_draws_anew(device: str) -> None:
    x = tg.ones(50, device=device)
    layer = nn.Dropout(0.5, generator=tg.Generator(3, device))
    program = tg.trace(layer, x)
    first, second = program(x).tolist(), program(x).tolist()
    assert first != second
    assert set(first) == {0, 2}


CHANNELS = [
    (nn.Dropout1d, (64, 50, 3), 1), (nn.Dropout1d, (2000, 3), 1), (nn.Dropout2d, (64, 50, 2, 3), 2),
    (nn.Dropout3d, (64, 50, 1, 2, 3), 3), (nn.Dropout3d, (2000, 1, 2, 3), 3),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "shape", "places"), CHANNELS)
def test_channels_are_dropped_as_a_whole(kind: Any, shape: tuple[int, ...], places: int, device: str) -> None:
    layer = kind(0.2, generator=tg.Generator(0, device))
    x = tg.ones(shape, device=device, requires_grad=True)
    y = layer(x)
    y.sum().backward()
    channels = y.detach().numpy().reshape(-1, np.prod(shape[-places:]))
    assert (channels == channels[:, :1]).all()
    assert set(channels[:, 0].tolist()) == {0, 1.25}
    assert (channels[:, 0] == 0).mean() == pytest.approx(0.2, abs=0.05)
    assert x.grad.tolist() == y.tolist()
    assert layer.eval()(x) is x


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_alpha_dropout_keeps_mean_and_variance(p: float, device: str) -> None:
    x = tg.randn(100_000, generator=tg.Generator(0, device)).requires_grad_()
    y = nn.AlphaDropout(p, generator=tg.Generator(1, device))(x)
    y.sum().backward()
    values, slopes = y.detach().numpy(), x.grad.numpy()
    assert values.mean() == pytest.approx(0, abs=0.02)
    assert values.std() == pytest.approx(1, abs=0.02)
    saturated = slopes == 0
    assert saturated.mean() == pytest.approx(p, abs=0.01)
    assert np.ptp(values[saturated]) < 1e-6


def test_alpha_dropout_is_that_of_pytorch(device: str) -> None:
    torch = pytest.importorskip("torch", reason="the oracle is not installed: pip install tinygrad_nn[oracle]")
    x = np.linspace(-2, 2, 400)
    ours, theirs = tg.asarray(x, device=device, requires_grad=True), torch.tensor(x, requires_grad=True)
    y = F.alpha_dropout(ours, 0.3, True, generator=tg.Generator(0, device))
    t = torch.nn.functional.alpha_dropout(theirs, 0.3, True)
    y.sum().backward(), t.sum().backward()
    kept, theirs_kept = ours.grad.numpy() != 0, theirs.grad.numpy() != 0
    y, t = y.detach().numpy(), t.detach().numpy()
    assert (kept & theirs_kept).sum() > 100
    np.testing.assert_allclose(y[kept & theirs_kept], t[kept & theirs_kept], rtol=1e-9)
    np.testing.assert_allclose(y[~kept].max(), t[~theirs_kept].min(), rtol=1e-9)
    assert F.alpha_dropout(tg.ones(5, device=device), 1.0, True).tolist() == [0] * 5


def test_feature_alpha_dropout_saturates_channels(device: str) -> None:
    layer = nn.FeatureAlphaDropout(0.5, generator=tg.Generator(0, device))
    channels = layer(tg.zeros((40, 50, 2, 3), device=device)).numpy().reshape(2000, 6)
    assert (channels == channels[:, :1]).all()
    assert np.ptp(np.unique(channels[:, 0])) > 1
    assert len(np.unique(channels[:, 0])) == 2
    assert (channels[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kind", [nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout])
def test_each_run_of_a_compiled_step_draws_anew(kind: Any, device: str) -> None:
    layer = kind(0.5, generator=tg.Generator(3, device))
    compiled = tg.compile(lambda x: layer(x))
    x = tg.ones((8, 8, 2, 2), device=device)
    runs = [compiled(x).tolist() for _ in range(3)]
    assert len(compiled.programs) == 1
    assert runs[0] != runs[1] != runs[2]
    layer.eval()
    assert compiled(x).tolist() == x.tolist()


def test_shapes_without_channels_are_named(device: str) -> None:
    with pytest.raises(ValueError, match=r"dropout2d: the input has shape \(2, 3, 4\), wanted \(N, C, H, W\)"):
        F.dropout2d(tg.ones((2, 3, 4), device=device))
    with pytest.raises(ValueError, match=r"dropout1d: .* wanted \(N, C, L\) or \(C, L\)"):
        F.dropout1d(tg.ones(2, device=device))
    with pytest.raises(ValueError, match="feature_alpha_dropout: .* wanted"):
        F.feature_alpha_dropout(tg.ones(2, device=device))
