"""The complement and the inverse of the error function, against the C library and against each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.backend.error_functions import erfc, erfinv
from tinygrad_nn.backend.special import erf

reference = np.vectorize(math.erfc, otypes=[np.float64])


def test_erfc_is_within_8_units():
    x = np.concatenate([np.linspace(-7, 26.5, 20001), np.logspace(-323, 0, 1000)])
    expected = reference(x)
    assert np.max(np.abs(erfc(x) - expected) / np.spacing(expected)) <= 8


@given(st.floats(-5, 5))
def test_erfinv_undoes_erf(x):
    y = erf(np.array(x))
    slope = 2 / math.sqrt(math.pi) * math.exp(-x * x)
    error = np.spacing(np.abs(y)) / max(slope, 1e-300) + 8 * np.spacing(abs(x))  # what rounding erf(x) leaves unknown
    if np.abs(y) < 1:
        assert abs(float(erfinv(y)) - x) <= error


@given(st.floats(-1, 1, exclude_min=True, exclude_max=True))
def test_erfinv_is_odd(x):
    assert erfinv(np.array(-x)) == -erfinv(np.array(x))


@pytest.mark.parametrize("function", [erfc, erfinv])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes(function, dtype):
    x = np.array([[-0.5, 0.25], [0.0, 0.75]], dtype)
    y = function(x)
    assert (y.dtype, y.shape) == (dtype, x.shape)
    np.testing.assert_array_equal(y, function(x.astype(np.float64)).astype(dtype))
    assert function(np.array([0, 1])).dtype == np.float64


@pytest.mark.parametrize("function", [erfc, erfinv])
def test_limits_without_warnings(function):
    x = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 2.0, 5e-324, 1e300])
    with np.errstate(all="raise"):
        y = function(x)
    if function is erfc:
        np.testing.assert_array_equal(y[[0, 1, 4, 5, 8, 9]], [1, 1, 0, 2, 1, 0])
        assert np.isnan(y[6])
    else:
        np.testing.assert_array_equal(y[:4], [0, 0, np.inf, -np.inf])
        assert np.signbit(y[1])
        assert np.isnan(y[[4, 5, 6, 7, 9]]).all()


@pytest.mark.parametrize("function", [erfc, erfinv])
def test_complex_numbers_are_refused(function):
    with pytest.raises(TypeError, match=f"{function.__name__}: wanted is a real array, not one of dtype complex64"):
        function(np.ones(2, np.complex64))
