"""Generators: distributions, reproducibility, and what a checkpoint needs."""

import json
import pickle

import numpy as np
import pytest

from tinygrad_nn.backend.devices import device_of, namespace_for, to_numpy
from tinygrad_nn.backend.random import Generator, default_generator, manual_seed

DRAWS = [
    ("uniform", ((3, 4),), {"low": -1.0, "high": 2.0}),
    ("normal", ((3, 4),), {"mean": 1.0, "std": 0.5}),
    ("integers", (0, 10, (5,)), {}),
    ("permutation", (7,), {}),
    ("bernoulli", (0.3, (3, 4)), {}),
]


@pytest.fixture
def generator(device):
    return Generator(0, device)


@pytest.mark.parametrize(("method", "args", "kwargs"), DRAWS)
def test_same_seed_same_numbers(method, args, kwargs, device):
    x = getattr(Generator(3, device), method)(*args, **kwargs)
    y = Generator(3, device).draw(method, *args, **kwargs)
    z = getattr(Generator(4, device), method)(*args, **kwargs)
    assert type(x) is namespace_for(device).kind
    assert device_of(x) == device
    np.testing.assert_array_equal(to_numpy(x), to_numpy(y))
    assert (to_numpy(x) != to_numpy(z)).any()


@pytest.mark.parametrize(("method", "args", "kwargs"), DRAWS)
def test_strict_draws_what_cpu_draws(method, args, kwargs):
    x = getattr(Generator(3), method)(*args, **kwargs)
    y = getattr(Generator(3, "strict"), method)(*args, **kwargs)
    np.testing.assert_array_equal(x, to_numpy(y))
    assert x.dtype == y.dtype


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_uniform(dtype, generator):
    x = generator.uniform((100, 100), -2.0, 3.0, dtype)
    assert x.dtype == dtype
    x = to_numpy(x).astype(np.float64)
    assert x.min() >= -2
    assert x.max() <= 3
    assert abs(x.mean() - 0.5) < 6 * 5 / np.sqrt(12 * x.size)
    assert abs(x.var() - 25 / 12) < 0.1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_normal(dtype, generator):
    x = generator.normal((100, 100), 1.0, 2.0, dtype)
    assert x.dtype == dtype
    x = to_numpy(x).astype(np.float64)
    assert abs(x.mean() - 1) < 6 * 2 / np.sqrt(x.size)
    assert abs(x.std() - 2) < 0.1
    assert abs(((x - 1) ** 4).mean() / x.var() ** 2 - 3) < 0.3


def test_integers(generator):
    x = to_numpy(generator.integers(-3, 4, (7000,)))
    assert x.dtype == np.int64
    values, counts = np.unique(x, return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert counts.min() > 800
    for low, high in ((3, 3), (3, 2)):
        with pytest.raises(ValueError, match=f"low={low} must be less than high={high}"):
            generator.integers(low, high, (2,))


def test_permutation(generator):
    x = to_numpy(generator.permutation(1000))
    assert x.dtype == np.int64
    assert sorted(x.tolist()) == list(range(1000))
    assert x.tolist() != sorted(x.tolist())
    assert generator.permutation(0).shape == (0,)


def test_bernoulli(generator):
    x = generator.bernoulli(0.3, (100, 100))
    assert x.dtype == np.float32
    assert set(np.unique(to_numpy(x)).tolist()) == {0.0, 1.0}
    assert abs(to_numpy(x).mean() - 0.3) < 0.03
    assert generator.bernoulli(0.5, (2,), np.bool_).dtype == np.bool_
    assert to_numpy(generator.bernoulli(0, (100,))).max() == 0
    assert to_numpy(generator.bernoulli(1, (100,))).min() == 1
    for p in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"p=.* must be a probability"):
            generator.bernoulli(p, (2,))


def test_shapes(generator):
    for shape in ((), (0, 3), (2, 3)):
        assert generator.uniform(shape, -1.0).shape == shape
        assert generator.normal(shape, 1.0, 2.0).shape == shape
        assert generator.bernoulli(0.5, shape).shape == shape
        assert generator.integers(0, 2, shape).shape == shape
    assert generator.uniform(4).shape == (4,)


def test_integer_dtypes_are_refused(generator):
    with pytest.raises(TypeError, match="uniform: wanted is a floating dtype, not int64"):
        generator.uniform((2,), dtype=np.int64)
    with pytest.raises(TypeError, match="normal: wanted is a floating dtype"):
        generator.normal((2,), dtype=np.complex64)


def test_a_pickle_goes_on_from_the_same_place(generator, device):
    generator.uniform((3,))
    twin = pickle.loads(pickle.dumps(generator))
    assert twin.device == device
    assert (to_numpy(twin.normal((5,))) == to_numpy(generator.normal((5,)))).all()


def test_state_goes_through_json(generator, device):
    generator.integers(0, 10, (3,))
    state = json.loads(json.dumps(generator.state()))
    assert all(isinstance(value, int) for value in state.values())
    x = to_numpy(generator.uniform((5,)))
    other = Generator(99, device)
    other.set_state(state)
    np.testing.assert_array_equal(to_numpy(other.uniform((5,))), x)
    with pytest.raises(ValueError, match=r"a generator on .* wants"):
        generator.set_state({"something": 1})


def test_spawned_generators_differ_and_repeat(device):
    first = [to_numpy(g.uniform((4,))) for g in Generator(5, device).spawn(3)]
    again = [to_numpy(g.uniform((4,))) for g in Generator(5, device).spawn(3)]
    np.testing.assert_array_equal(first, again)
    assert len({x.tobytes() for x in first}) == 3
    assert Generator(5, device).spawn(1)[0].device == device


def test_without_a_seed_runs_differ(device):
    x, y = (to_numpy(Generator(device=device).uniform((4,))) for _ in range(2))
    assert (x != y).any()


def test_draw_refuses_other_names(generator):
    with pytest.raises(ValueError, match=r"method='seed': a generator draws bernoulli, .*uniform"):
        generator.draw("seed", 3)


def test_unusable_arguments():
    with pytest.raises(ValueError, match="unknown device"):
        Generator(0, "gpu")
    with pytest.raises(ValueError, match="the seed is -1, wanted at least 0"):
        Generator(-1)


def test_default_generators(device):
    manual_seed(7)
    generator = default_generator(device)
    assert generator is default_generator(device)
    x = to_numpy(generator.uniform((3,)))
    manual_seed(7)
    np.testing.assert_array_equal(to_numpy(default_generator(device).uniform((3,))), x)
    assert default_generator(device) is generator
    np.testing.assert_array_equal(to_numpy(Generator(7, device).uniform((3,))), x)
    assert repr(generator) == f"<generator on {device}>"
