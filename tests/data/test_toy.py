"""Toy data: shapes, dtypes, balance, reproducibility, and points where the formulas put them."""

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.data import make_blobs, make_moons, make_noisy_function, make_rings, make_spirals, make_xor

CLASSIFICATION = [make_blobs, make_moons, make_rings, make_spirals, make_xor]
ALL = [*CLASSIFICATION, make_noisy_function]


@pytest.mark.parametrize("make", CLASSIFICATION)
@pytest.mark.parametrize("n", [0, 1, 101])
def test_classification_shapes_and_balance(make, n):
    x, y = make(n, generator=tg.Generator(0))
    assert (x.shape, x.dtype) == ((n, 2), np.float32)
    assert (y.shape, y.dtype) == ((n,), np.int64)
    counts = np.bincount(y, minlength=2)
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("make", ALL)
def test_same_seed_same_data(make):
    first, second, other = (make(40, generator=tg.Generator(seed)) for seed in (1, 1, 2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (first[0] != other[0]).any()


@pytest.mark.parametrize("make", ALL)
def test_default_generator_is_seeded_by_manual_seed(make):
    tg.manual_seed(4)
    first = make(20)
    tg.manual_seed(4)
    np.testing.assert_array_equal(make(20)[0], first[0])


@pytest.mark.parametrize("make", ALL)
def test_arrays_live_on_the_host(make):
    assert all(type(array) is np.ndarray for array in make(5))


@pytest.mark.parametrize("make", CLASSIFICATION)
def test_classes_come_in_random_order(make):
    y = make(100, generator=tg.Generator(0))[1]
    assert 0 < (np.diff(y) != 0).sum() < 99


def test_blobs_lie_around_their_centers():
    centers = np.array([[0, 0, 0], [10, -10, 5]])
    x, y = make_blobs(2000, centers=centers, cluster_std=0.5, generator=tg.Generator(0))
    assert x.shape == (2000, 3)
    for k in (0, 1):
        np.testing.assert_allclose(x[y == k].mean(axis=0), centers[k], atol=0.1)
        np.testing.assert_allclose(x[y == k].std(axis=0), 0.5, atol=0.05)


def test_blobs_with_random_centers():
    x, y = make_blobs(30, 4, 5, cluster_std=0.0, generator=tg.Generator(0))
    assert x.shape == (30, 4)
    assert len(np.unique(x, axis=0)) == 5
    assert np.abs(x).max() <= 10
    assert set(y.tolist()) == set(range(5))


def test_moons_lie_on_half_circles():
    x, y = make_moons(200, noise=0.0, generator=tg.Generator(0))
    centers = np.array([[0, 0], [1, 0.5]])[y]
    np.testing.assert_allclose(np.linalg.norm(x - centers, axis=1), 1, rtol=1e-5)
    assert (x[y == 0, 1] >= 0).all()
    assert (x[y == 1, 1] <= 0.5).all()


def test_spirals_lie_on_their_arms():
    x, y = make_spirals(300, 3, turns=2, noise=0.0, generator=tg.Generator(0))
    radius = np.linalg.norm(x, axis=1)
    angle = 2 * np.pi * (2 * radius + y / 3)
    np.testing.assert_allclose(x, radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), atol=1e-5)
    assert radius.max() <= 1


def test_rings_lie_around_each_other():
    x, y = make_rings(300, 3, noise=0.0, generator=tg.Generator(0))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), (y + 1) / 3, rtol=1e-5)
    assert set(y.tolist()) == {0, 1, 2}


def test_clusters_of_a_class_lie_across():
    x, y = make_xor(4000, noise=0.2, generator=tg.Generator(0))
    signs = np.sign(x)
    assert ((signs[:, 0] != signs[:, 1]) == y).mean() > 0.999
    for corner in ([-1, -1], [-1, 1], [1, -1], [1, 1]):
        here = x[(signs == corner).all(axis=1)]
        assert abs(len(here) - 1000) < 10
        np.testing.assert_allclose(here.mean(axis=0), corner, atol=0.05)
        np.testing.assert_allclose(here.std(axis=0), 0.2, atol=0.02)


def test_noise_spreads_the_points():
    x, y = make_moons(4000, noise=0.3, generator=tg.Generator(0))
    offset = np.linalg.norm(x - np.array([[0, 0], [1, 0.5]])[y], axis=1) - 1
    assert 0.2 < offset.std() < 0.4


def test_noisy_function():
    x, y = make_noisy_function(3000, low=-1, high=2, noise=0.2, generator=tg.Generator(0))
    assert (x.shape, y.shape) == ((3000, 1), (3000, 1))
    assert x.dtype == y.dtype == np.float32
    assert -1 <= x.min() < -0.9
    assert 1.9 < x.max() <= 2
    assert abs((y - np.sin(x)).std() - 0.2) < 0.02


def test_noisy_function_of_any_kind():
    x, y = make_noisy_function(10, lambda x: x**3, noise=0.0)
    np.testing.assert_allclose(y, x**3, rtol=1e-6)
    with pytest.raises(ValueError, match=r"turned shape \(10, 1\) into \(\)"):
        make_noisy_function(10, np.sum)


@pytest.mark.parametrize("make", ALL)
def test_negative_counts_and_noise(make):
    with pytest.raises(ValueError, match="n_samples: found -1, wanted at least 0"):
        make(-1)
    name = "cluster_std" if make is make_blobs else "noise"
    with pytest.raises(ValueError, match=f"{name}: found -0.1, wanted at least 0"):
        make(5, **{name: -0.1})


def test_other_arguments_out_of_range():
    with pytest.raises(ValueError, match="centers: found 0"):
        make_blobs(5, centers=0)
    with pytest.raises(ValueError, match=r"centers: found shape \(2,\)"):
        make_blobs(5, centers=[1.0, 2.0])
    with pytest.raises(ValueError, match="n_features: found 0"):
        make_blobs(5, 0)
    for make in (make_rings, make_spirals):
        with pytest.raises(ValueError, match="n_classes: found 0"):
            make(5, 0)
    with pytest.raises(ValueError, match="high: found 0, wanted at least 1"):
        make_noisy_function(5, low=1, high=0)


def test_generator_of_another_device(device):
    if device == "cpu":
        pytest.skip("needs another device than the CPU")
    with pytest.raises(ValueError, match="wanted one on 'cpu'"):
        make_moons(5, generator=tg.Generator(0, device=device))
