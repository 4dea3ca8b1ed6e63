"""The error function against the C library's."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinygrad_nn.backend.special import BLOCK, erf

reference = np.vectorize(math.erf, otypes=[np.float64])


def _points(dtype):
    tiny = np.logspace(-323 if dtype == np.float64 else -45, 0, 2000)
    return np.concatenate([np.linspace(-7, 7, 20001), tiny, -tiny]).astype(dtype)


def test_float64_is_within_1e_15():
    x = _points(np.float64)
    y, expected = erf(x), reference(x)
    normal = np.abs(expected) > 1e-307
    assert y.dtype == np.float64
    assert np.max(np.abs(y - expected)[normal] / np.abs(expected)[normal]) < 1e-15
    np.testing.assert_allclose(y[~normal], expected[~normal], rtol=0, atol=1e-322)


def test_float32_is_within_2_units():
    x = _points(np.float32)
    y, expected = erf(x), reference(x.astype(np.float64))
    assert y.dtype == np.float32
    unit = np.spacing(np.abs(expected).astype(np.float32)).astype(np.float64)
    assert np.max(np.abs(y - expected) / unit) < 2
    assert np.max(np.abs(y)) == 1


def test_float16_is_rounded_once():
    x = np.arange(-1000, 1000, dtype=np.float16) / 200
    y = erf(x)
    assert y.dtype == np.float16
    np.testing.assert_array_equal(y, reference(x.astype(np.float64)).astype(np.float16))


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.int64, np.uint16])
def test_integers_become_float64(dtype):
    x = np.array([0, 1, 1], dtype)
    assert erf(x).dtype == np.float64
    np.testing.assert_allclose(erf(x), reference(x), rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_limits(dtype):
    y = erf(np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 30.0, -30.0], dtype))
    assert y[0] == 1
    assert y[1] == -1
    assert np.isnan(y[2])
    assert y[3] == y[4] == 0
    assert np.signbit(y[4])
    assert not np.signbit(y[3])
    assert y[5] == 1
    assert y[6] == -1


def test_no_floating_point_warnings():
    with np.errstate(all="raise"):
        for dtype in (np.float32, np.float64):
            erf(np.array([np.inf, -np.inf, np.nan, 1e-40, 5e-324, 1e30, -7, 0.5], dtype))


def test_shapes_and_layouts():
    x = np.linspace(-3, 3, 24).reshape(2, 3, 4)
    for y in (x[:, ::2, ::-1], x.T, x[0, 0, 0], x[:, :0], np.asfortranarray(x)):
        assert np.shape(erf(y)) == np.shape(y)
        np.testing.assert_allclose(erf(y), reference(y) if np.size(y) else y, rtol=1e-15)


def test_blocks_join():
    x = np.linspace(-4, 4, 2 * BLOCK + 3)
    np.testing.assert_allclose(erf(x), reference(x), rtol=1e-15)


def test_complex_is_refused():
    with pytest.raises(TypeError, match="erf: wanted is a real array, not one of dtype complex64"):
        erf(np.ones(2, np.complex64))


@given(st.floats(allow_nan=False))
@example(0.46875)
@example(0.92)
@example(6.0)
def test_any_float(x):
    assert erf(np.array(x)) == pytest.approx(math.erf(x), rel=1e-15, abs=1e-322)
    assert erf(np.array(-x)) == -erf(np.array(x))
