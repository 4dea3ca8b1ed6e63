"""Initial values: their spread, their generator, and that they are written in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import init

ROWS, COLUMNS, FIELD = 60, 20, 25  # a convolution (60, 20, 5, 5)
FAN_IN, FAN_OUT = COLUMNS * FIELD, ROWS * FIELD

SPREADS: list[tuple[str, dict[str, Any], float]] = [
    ("uniform_", {"low": -2, "high": 2}, 2 / np.sqrt(3)),
    ("normal_", {"mean": 0, "std": 0.3}, 0.3),
    ("xavier_uniform_", {}, np.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("xavier_normal_", {"gain": 3.0}, 3 * np.sqrt(2 / (FAN_IN + FAN_OUT))),
    ("kaiming_uniform_", {}, np.sqrt(2 / FAN_IN)),
    ("kaiming_uniform_", {"a": np.sqrt(5)}, 1 / np.sqrt(3 * FAN_IN)),
    ("kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}, np.sqrt(2 / FAN_OUT)),
    ("kaiming_normal_", {"nonlinearity": "tanh"}, 5 / 3 / np.sqrt(FAN_IN)),
]


@pytest.mark.parametrize(("name", "settings", "std"), SPREADS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_spread_is_right(device: str, name: str, settings: Any, std: float, dtype: Any) -> None:
    tensor = tg.empty((ROWS, COLUMNS, 5, 5), dtype=dtype, device=device)
    memory = tensor.array
    assert getattr(init, name)(tensor, **settings, generator=tg.Generator(0, device)) is tensor
    assert tensor.array is memory
    values = tensor.numpy().astype(np.float64)
    assert values.std() == pytest.approx(std, rel=0.02)
    assert abs(values.mean()) < 0.03 * std
    if "uniform" in name:
        assert np.abs(values).max() <= std * np.sqrt(3) * 1.001
        assert np.abs(values).max() > std * np.sqrt(3) * 0.98
    else:
        assert np.abs(values).max() > 3 * std


@pytest.mark.parametrize("shape", [(4, 4), (3, 7), (7, 3), (6, 2, 3), (2, 5, 3, 3), (1, 1)])
def test_orthogonal_matrices_are(device: str, shape: tuple[int, ...]) -> None:
    tensor = init.orthogonal_(tg.empty(shape, dtype=tg.float64, device=device), 2.0, generator=tg.Generator(0, device))
    matrix = tensor.numpy().reshape(shape[0], -1)
    gram = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_orthogonal_matrices_favour_no_sign(device: str) -> None:
    generator = tg.Generator(0, device)
    matrix = tg.empty((2, 2), device=device)
    positive = [init.orthogonal_(matrix, generator=generator).tolist()[0][0] > 0 for _ in range(200)]
    assert 0.35 < np.mean(positive) < 0.65


def test_constants(device: str) -> None:
    tensor = tg.empty(2, device=device)
    assert init.zeros_(tensor).tolist() == [0, 0]
    assert init.ones_(tensor).tolist() == [1, 1]
    assert init.constant_(tensor, 0.5).tolist() == [0.5, 0.5]
    assert init.constant_(tg.empty((), device=device), 3).item() == 3


def test_parameters_are_filled_unrecorded_and_the_write_is_noticed(device: str) -> None:
    p = nn.Parameter(tg.ones(2, device=device))
    y = (p * p).sum()
    init.normal_(p, generator=tg.Generator(0, device))
    assert p.is_leaf
    assert p.requires_grad
    with pytest.raises(tg.GraphError, match="written in place"):
        y.backward()


def test_the_generator_decides_and_the_default_one_is_seeded(device: str) -> None:
    def drawn(generator: Any = None) -> Any:
        return init.xavier_normal_(tg.empty((3, 3), device=device), generator=generator).tolist()

    assert drawn(tg.Generator(1, device)) == drawn(tg.Generator(1, device)) != drawn(tg.Generator(2, device))
    tg.manual_seed(5)
    first = drawn()
    tg.manual_seed(5)
    assert drawn() == first


def test_gains_match_pytorch(torch: Any) -> None:
    for name in ("linear", "sigmoid", "tanh", "relu", "selu", "leaky_relu"):
        assert init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert init.calculate_gain("leaky_relu", 0.3) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.3))


def test_wrong_arguments_are_named(device: str) -> None:
    vector = tg.empty(3, device=device)
    for name in ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_"):
        with pytest.raises(ValueError, match=rf"{name}: the tensor has shape \(3,\); it needs at least two axes"):
            getattr(init, name)(vector)
    matrix = tg.empty((2, 2), device=device)
    with pytest.raises(ValueError, match="kaiming_normal_: mode='fan'; wanted is 'fan_in' or 'fan_out'"):
        init.kaiming_normal_(matrix, mode="fan")
    with pytest.raises(ValueError, match="calculate_gain: nonlinearity='swish'; known are linear"):
        init.kaiming_uniform_(matrix, nonlinearity="swish")


@pytest.mark.parametrize(("mean", "std", "a", "b"), [(0.0, 1.0, -2.0, 2.0), (1.0, 0.5, 0.9, 3.0)])
def test_a_normal_distribution_that_is_cut_off(device: str, mean: float, std: float, a: float, b: float) -> None:
    values = init.trunc_normal_(tg.empty(20_000, device=device), mean, std, a, b, generator=tg.Generator(0, device))
    drawn = np.random.default_rng(0).normal(mean, std, 200_000)
    kept = drawn[(drawn >= a) & (drawn <= b)]
    assert values.dtype == np.float32
    assert a <= values.min().item() <= values.max().item() <= b
    places = np.linspace(0.05, 0.95, 10)
    np.testing.assert_allclose(np.quantile(values.numpy(), places), np.quantile(kept, places), atol=0.04 * std)


def test_a_distribution_of_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="trunc_normal_: a=2.0 must be less than b=1.0"):
        init.trunc_normal_(tg.empty(2), a=2.0, b=1.0)
