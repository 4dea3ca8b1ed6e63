"""The loops for convolutions give what the plain way does, to what the order of additions leaves of float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tinygrad_nn.backend import direct_convolutions
from tinygrad_nn.backend.convolutions import Convolutions, output_sizes
from tinygrad_nn.backend.direct_convolutions import DirectConvolutions
from tinygrad_nn.backend.jit import installed

pytestmark = pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")

PLAIN, DIRECT = Convolutions(np, 4096), DirectConvolutions()


def close(found: Any, wanted: Any) -> None:
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * max(1, np.abs(wanted).max(initial=0)))


def compare(x_shape: Any, weight_shape: Any, geometry: dict[str, Any], seed: int = 0) -> None:
    draw = np.random.default_rng(seed).standard_normal
    x, weight = (draw(shape).astype(np.float32) for shape in (x_shape, weight_shape))
    y = PLAIN.convolution(x, weight, **geometry)
    g = draw(y.shape).astype(np.float32)
    close(DIRECT.convolution(x, weight, **geometry), y)
    out = np.full_like(y, 7)
    assert np.may_share_memory(DIRECT.convolution(x, weight, **geometry, out=out), out)
    close(out, y)
    back = {"shape": x.shape[2:], **geometry}
    close(DIRECT.convolution_input(g, weight, **back), PLAIN.convolution_input(g, weight, **back))
    out = np.full_like(x, 7)
    DIRECT.convolution_input(g, weight, **back, out=out)
    close(out, PLAIN.convolution_input(g, weight, **back))
    to_weight = {"shape": weight.shape[2:], **geometry}
    close(DIRECT.convolution_weight(x, g, **to_weight), PLAIN.convolution_weight(x, g, **to_weight))
    out = np.full_like(weight, 7)
    DIRECT.convolution_weight(x, g, **to_weight, out=out)
    close(out, PLAIN.convolution_weight(x, g, **to_weight))


@st.composite
def calls(draw: Any) -> Any:
    axes = draw(st.integers(1, 3))

    def some(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    size, kernel, stride, dilation = some(1, 40 // axes**2), some(1, 4), some(1, 3), some(1, 3)
    padding = tuple(zip(some(-1, 4), some(-1, 4)))
    assume(max(kernel) > 1)
    assume(all(n > max(-a, 0) + max(-b, 0) for n, (a, b) in zip(size, padding)))
    assume(min(output_sizes(size, kernel, stride, padding, dilation)) > 0)
    groups, inputs, outputs = (draw(st.integers(1, n)) for n in (3, 3, 9))
    geometry = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    shape = (draw(st.integers(1, 4)), groups * inputs, *size)
    return shape, (groups * outputs, inputs, *kernel), geometry


@settings(max_examples=40)
@given(call=calls(), room=st.sampled_from([1, 100, direct_convolutions.ROOM]), seed=st.integers(0, 99))
def test_all_settings(call: Any, room: int, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(direct_convolutions, "SMALL", 0)
        patch.setattr(direct_convolutions, "ROOM", room)
        direct_convolutions._forward_plan.cache_clear()
        direct_convolutions._input_parts.cache_clear()
        compare(*call, seed)


@pytest.mark.parametrize("stride", [1, 2])
def test_many_samples_on_several_threads(monkeypatch: pytest.MonkeyPatch, stride: int) -> None:
    monkeypatch.setattr(direct_convolutions, "SHARED", 0)
    monkeypatch.setattr(direct_convolutions, "count", lambda: 3)
    pair = (stride, stride)
    geometry = {"stride": pair, "padding": ((1, 1), (0, 2)), "dilation": (1, 1), "groups": 1}
    compare((17, 3, 19, 21), (10, 3, 3, 4), geometry)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("kernel", [1, 3])
def test_bias_and_activation(activation: str, kernel: int) -> None:
    draw = np.random.default_rng(0).standard_normal
    x, weight, bias = (draw(s).astype(np.float32) for s in ((8, 8, 20, 30), (6, 8, kernel, kernel), (6,)))
    settings = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    y = PLAIN.convolution(x, weight, **settings)
    z = y + bias[:, None, None]
    value = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    close(DIRECT.biased_convolution(None, x, weight, bias, **settings), z)
    close(DIRECT.activated_convolution(None, x, weight, bias, activation=activation, **settings), value(z))
    close(DIRECT.activated_convolution(None, x, weight, activation=activation, **settings), value(y))
    wide = DIRECT.biased_convolution(None, x, weight, bias.astype(np.float64), **settings)
    close(wide, y + bias.astype(np.float64)[:, None, None])


def test_arrays_that_do_not_lie_in_order() -> None:
    draw = np.random.default_rng(0).standard_normal
    x, weight = draw((9, 2, 20, 30)).astype(np.float32)[::2, ::-1, :, ::2], draw((3, 4, 3, 2)).astype(np.float32).T
    settings = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    weight = np.concatenate([weight] * 20)[:, :2]
    close(DIRECT.convolution(x, weight, **settings), PLAIN.convolution(x, weight, **settings))


def test_what_the_loops_are_not_for_goes_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_convolutions, "_filled", None)
    settings = {"stride": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}
    for kernel, dtype in ((1, np.float32), (3, np.float64), (3, np.int64)):
        x, weight = np.ones((4, 8, 1000), dtype), np.ones((8, 8, kernel), dtype)
        assert (DIRECT.convolution(x, weight, **settings) == 8 * kernel).all()
