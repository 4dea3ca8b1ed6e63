"""Activations against PyTorch, and their arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F

# Without 0, the bounds of hardtanh and the thresholds of softplus, where second derivatives do not exist.
KINKS = (0, -1, 1, -0.7, 2.2, 4, 20 / 3, 20)
SMOOTH = st.floats(-30, 30).filter(lambda x: min(abs(x - kink) for kink in KINKS) > 1e-3)
INPUTS = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=4, max_side=4), elements=SMOOTH)

PLAIN = "logsigmoid mish relu selu sigmoid silu softsign tanh tanhshrink".split()
SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("celu", {}),
    ("celu", {"alpha": 2.5}),
    ("elu", {}),
    ("elu", {"alpha": 2.5}),
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("softplus", {}),
    ("softplus", {"beta": 3.0}),
    ("softplus", {"beta": 0.5, "threshold": 2.0}),
    ("hardtanh", {}),
    ("hardtanh", {"min_val": -0.7, "max_val": 2.2}),
]


@pytest.mark.parametrize("name", PLAIN)
@given(x=INPUTS)
def test_plain_activations_match_pytorch(agree: Any, torch: Any, name: str, x: Any) -> None:
    agree(getattr(F, name), getattr(torch.nn.functional, name), x)


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
@given(x=INPUTS)
def test_activations_with_settings_match_pytorch(agree: Any, torch: Any, name: str, settings: Any, x: Any) -> None:
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    agree(lambda t: ours(t, **settings), lambda t: theirs(t, **settings), x)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@given(x=INPUTS, data=st.data())
def test_softmax_matches_pytorch(agree: Any, torch: Any, name: str, x: Any, data: st.DataObject) -> None:
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    agree(lambda t: ours(t, axis), lambda t: theirs(t, axis), x)


@given(x=INPUTS, data=st.data())
def test_glu_matches_pytorch(agree: Any, torch: Any, x: Any, data: st.DataObject) -> None:
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    x = np.concatenate([x, x + 1], axis)
    agree(lambda t: F.glu(t, axis), lambda t: torch.nn.functional.glu(t, axis), x)


@given(x=INPUTS.filter(lambda x: x.ndim > 1), many=st.booleans())
def test_prelu_matches_pytorch(agree: Any, torch: Any, x: Any, many: bool) -> None:
    weight = np.linspace(-0.5, 0.5, x.shape[1] if many else 1)
    agree(F.prelu, torch.nn.functional.prelu, x, weight)


def test_prelu_with_one_slope_takes_any_shape(device: str) -> None:
    slope = tg.asarray([0.5], device=device)
    assert F.prelu(tg.asarray(-2.0, device=device), slope).item() == -1
    assert F.prelu(tg.asarray([-2.0], device=device), slope).tolist() == [-1]


@pytest.mark.parametrize("name", [*PLAIN, *dict.fromkeys(name for name, _ in SETTINGS)])
def test_activations_have_the_slopes_of_pytorch_at_zero(agree: Any, torch: Any, name: str) -> None:
    agree(getattr(F, name), getattr(torch.nn.functional, name), np.zeros(3), second=False)


@pytest.mark.parametrize("name", [*PLAIN, *dict.fromkeys(name for name, _ in SETTINGS)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_activations_are_finite_for_large_inputs_and_keep_the_dtype(device: str, name: str, dtype: Any) -> None:
    large = 90 if dtype == np.float16 else 1e4  # whose square overflows in float16
    x = tg.asarray(np.array([-large, -50.0, 50.0, large], dtype), device=device, requires_grad=True)
    y = getattr(F, name)(x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == dtype
    assert np.isfinite(y.detach().numpy()).all()
    assert np.isfinite(x.grad.numpy()).all()


def test_wrong_settings_are_named(device: str) -> None:
    x = tg.ones((2, 3), device=device)
    with pytest.raises(ValueError, match=r"gelu: approximate='erf'"):
        F.gelu(x, "erf")
    with pytest.raises(ValueError, match=r"hardtanh: min_val=1 must be less than max_val=1"):
        F.hardtanh(x, 1, 1)
    with pytest.raises(ValueError, match=r"prelu: weight has shape \(2,\), x \(2, 3\)"):
        F.prelu(x, tg.ones(2, device=device))


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32])
def test_softplus_of_the_largest_number_is_itself(dtype, device):
    largest = np.finfo(np.dtype(str(dtype))).max
    x = tg.asarray([largest], dtype, device=device)
    with np.errstate(over="ignore"):  # twice of it is infinite
        assert tg.softplus(x, beta=2.0).tolist() == F.softplus(x, 2.0).tolist() == [float(largest)]
