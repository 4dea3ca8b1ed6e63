"""Standardised features and one-hot classes."""

import numpy as np
import pytest

from tinygrad_nn.data import Standardizer, one_hot, standardize


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(5, 3, (200, 4))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_mean_zero_and_deviation_one_in_the_same_dtype(x, dtype, tolerance):
    (y,) = standardize(x.astype(dtype))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=tolerance)
    np.testing.assert_allclose(y.std(axis=0), 1, atol=tolerance)


def test_others_are_scaled_by_the_numbers_of_the_training_data(x):
    train, validation, test = standardize(x[:100], x[100:150], x[150:])
    for scaled, raw in ((train, x[:100]), (validation, x[100:150]), (test, x[150:])):
        np.testing.assert_allclose(scaled, (raw - x[:100].mean(axis=0)) / x[:100].std(axis=0))


def test_inputs_are_left_alone(x):
    before = x.copy()
    standardize(x, x)
    np.testing.assert_array_equal(x, before)


def test_inverse(x):
    scaler = Standardizer.fit(x)
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(x)), x)


def test_can_be_rebuilt_from_its_numbers(x):
    scaler = Standardizer.fit(x)
    np.testing.assert_array_equal(Standardizer(scaler.mean, scaler.std).transform(x), scaler.transform(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e6, 1e-30])
def test_constant_features_become_zero(dtype, value):
    constant = np.full((777, 2), value, dtype)
    constant[:, 1] = np.arange(777)
    train, other = standardize(constant, constant + dtype(1))
    np.testing.assert_array_equal(train[:, 0], 0)
    assert np.isfinite(train).all()
    assert np.abs(other[:, 0]).max() <= 1.5


def test_deviation_that_underflows():
    x = np.zeros((10_000, 1), np.float16)
    x[0] = np.finfo(np.float16).smallest_subnormal
    assert np.abs(standardize(x)[0]).max() <= 1


def test_large_offset_keeps_its_precision_in_float32():
    x = (1000 + np.random.default_rng(0).normal(0, 1, (100_000, 1))).astype(np.float32)
    (y,) = standardize(x)
    assert abs(y.mean(dtype=np.float64)) < 1e-4
    assert abs(y.std(dtype=np.float64) - 1) < 1e-4


def test_channels_of_images():
    x = np.random.default_rng(0).normal(3, 2, (5, 3, 4, 4)) * np.array([1, 10, 100]).reshape(3, 1, 1)
    (y,) = standardize(x, axis=(0, 2, 3))
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), 1)


def test_integers_become_float32():
    (y,) = standardize(np.array([[0], [2]], np.uint8))
    assert y.dtype == np.float32
    assert y.tolist() == [[-1], [1]]


def test_one_sample_is_constant():
    assert standardize(np.array([[3.0, 4.0]]))[0].tolist() == [[0, 0]]


def test_no_data():
    with pytest.raises(ValueError, match="found no data"):
        standardize(np.zeros((0, 3)))


def test_one_hot():
    out = one_hot(np.array([2, 0, 1]), 4)
    assert out.dtype == np.float32
    assert out.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0]]


def test_one_hot_of_any_shape_and_dtype():
    out = one_hot(np.array([[1, 0], [0, 2]], np.uint8), dtype=np.bool_)
    assert out.shape == (2, 2, 3)
    assert out.dtype == np.bool_
    np.testing.assert_array_equal(out.argmax(axis=-1), [[1, 0], [0, 2]])
    assert one_hot(1, 3).tolist() == [0, 1, 0]


def test_one_hot_of_nothing():
    assert one_hot(np.zeros(0, np.int64), 3).shape == (0, 3)
    with pytest.raises(ValueError, match="pass num_classes"):
        one_hot(np.zeros(0, np.int64))


@pytest.mark.parametrize("labels", [np.array([0.0, 1.0]), np.array([True, False]), np.array(["a"])])
def test_one_hot_of_labels_that_are_no_integers(labels):
    with pytest.raises(TypeError, match=r"wanted integers; convert with \.astype"):
        one_hot(labels)


def test_one_hot_out_of_range():
    with pytest.raises(ValueError, match="labels run from 0 to 3, wanted 0 to 2"):
        one_hot([0, 3], 3)
    with pytest.raises(ValueError, match="labels run from -1 to 1"):
        one_hot([-1, 1])
