"""Making tensors: shapes, dtypes, devices, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

INTEGERS = [tg.int8, tg.int16, tg.int32, tg.int64, tg.uint8, tg.uint16, tg.uint32, tg.uint64]
DTYPES = [tg.bool, *INTEGERS, tg.float16, tg.float32, tg.float64, tg.complex64, tg.complex128]


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (True, tg.bool), (3, tg.int64), (2.5, tg.float32), (1j, tg.complex64), ([1, 2], tg.int64),
            ([1, 2.5], tg.float32),
        ([[True], [False]], tg.bool), ([], tg.float32), (np.float64(2), tg.float64), (np.float16(2), tg.float16),
        ([np.float64(1), 2.0], tg.float64), (np.arange(3, dtype=np.int16), tg.int16), (np.ones(2), tg.float64),
        ((1, 2), tg.int64), (range(3), tg.int64), (np.array(5), tg.int64), ([np.ones(2), np.zeros(2)], tg.float64),
    ],
    ids=repr,
)  # fmt: skip
def test_dtype_of_data(data: Any, dtype: Any, device: str) -> None:
    x = tg.asarray(data, device=device)
    assert (x.dtype, x.device) == (dtype, device)
    np.testing.assert_array_equal(x.numpy(), np.asarray(data).astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype: Any, device: str) -> None:
    for x in (tg.zeros((2, 1), dtype, device), tg.ones((2, 1), dtype, device), tg.full((2, 1), 1, dtype, device),
              tg.empty((2, 1), dtype, device), tg.asarray([[1], [0]], dtype, device)):  # fmt: skip
        assert (x.dtype, x.shape, x.device) == (dtype, (2, 1), device)
    there = tg.asarray([0, 1], device=device).astype(dtype)
    assert tg.real(there).astype(tg.int64).tolist() == [0, 1]


def test_dtypes_by_other_names(device: str) -> None:
    assert tg.asarray([1], "float64", device).dtype == tg.float64
    assert tg.asarray([1], np.float16, device).dtype == tg.float16
    assert tg.zeros(2, "int32", device).dtype == tg.int32


def test_shapes(device: str) -> None:
    for make in (tg.zeros, tg.ones, tg.empty):
        assert make(3, device=device).shape == (3,)
        assert make((), device=device).shape == ()
        assert make([2, 0], device=device).shape == (2, 0)
        assert make((2, 3), device=device).dtype == tg.float32
    with pytest.raises(ValueError, match="wanted sizes of at least 0"):
        tg.zeros(-1, device=device)


def test_full(device: str) -> None:
    assert tg.full(2, 7, device=device).dtype == tg.int64
    assert tg.full(2, 7.0, device=device).dtype == tg.float32
    assert tg.full((), True, device=device).dtype == tg.bool
    assert tg.full((2, 2), 1.5, tg.float64, device).tolist() == [[1.5, 1.5], [1.5, 1.5]]


def test_arange(device: str) -> None:
    assert tg.arange(3, device=device).tolist() == [0, 1, 2]
    assert tg.arange(2, 8, 3, device=device).tolist() == [2, 5]
    assert tg.arange(3, 0, -1, device=device).tolist() == [3, 2, 1]
    assert tg.arange(0, 1, 0.25, device=device).dtype == tg.float32
    assert tg.arange(0, device=device).shape == (0,)
    assert tg.arange(3, dtype=tg.float64, device=device).dtype == tg.float64


def test_linspace(device: str) -> None:
    x = tg.linspace(0, 1, 5, device=device)
    assert (x.dtype, x.tolist()) == (tg.float32, [0, 0.25, 0.5, 0.75, 1])
    assert tg.linspace(2, 2, 1, device=device).tolist() == [2]
    assert tg.linspace(0, 1, 0, device=device).shape == (0,)
    assert tg.linspace(0, 1, 3, tg.float64, device).dtype == tg.float64


def test_eye(device: str) -> None:
    np.testing.assert_array_equal(tg.eye(2, 3, device=device).numpy(), np.eye(2, 3))
    assert tg.eye(2, dtype=tg.int64, device=device).dtype == tg.int64


def test_requires_grad(device: str) -> None:
    for x in (tg.zeros(2, device=device, requires_grad=True), tg.ones(2, device=device, requires_grad=True),
              tg.full(2, 1.0, device=device, requires_grad=True), tg.asarray([1.0], device=device, requires_grad=True),
              tg.rand(2, device=device, requires_grad=True), tg.randn(2, device=device,
                  requires_grad=True)):  # fmt: skip
        assert x.requires_grad
        assert x.is_leaf
    with pytest.raises(tg.GraphError):
        tg.full(2, 1, device=device, requires_grad=True)


def test_arrays_share_memory_where_they_can() -> None:
    array = np.zeros(2, np.float32)
    assert np.shares_memory(tg.asarray(array).numpy(), array)
    assert not np.shares_memory(tg.asarray(array, tg.float64).numpy(), array)


def test_arrays_of_every_layout(device: str) -> None:
    base = np.arange(12.0).reshape(3, 4)
    for array in (
        base.T,
        base[::2],
        base[:, ::-1],
        np.broadcast_to(base[0], (2, 4)),
        np.asfortranarray(base),
        base[:0],
    ):
        np.testing.assert_array_equal(tg.asarray(array, device=device).numpy(), array)


def test_other_byte_orders(device: str) -> None:
    x = tg.asarray(np.array([1.0, 2.0], ">f4"), device=device)
    assert (x * 2).tolist() == [2, 4]
    assert x.dtype == tg.float32


@pytest.mark.parametrize(
    ("data", "error", "match"),
    [
        (["a"], TypeError, "numbers or bools"),
        (None, TypeError, "numbers or bools"),
        ([[1, 2], [3]], ValueError, "different lengths"),
        (np.array(["2020"], "M8[Y]"), TypeError, "numbers or bools"),
        ({"a": 1}, TypeError, "numbers or bools"),
    ],
    ids=repr,
)
def test_what_is_no_array(data: Any, error: Any, match: str, device: str) -> None:
    with pytest.raises(error, match=match):
        tg.asarray(data, device=device)


def test_unknown_dtypes_and_devices() -> None:
    with pytest.raises(TypeError):
        tg.zeros(2, "U3")
    for make in (
        lambda: tg.zeros(2, device="gpu"),
        lambda: tg.asarray([1], device="moon"),
        lambda: tg.rand(2, device="cuda:x"),
    ):
        with pytest.raises(ValueError, match="unknown device"):
            make()


# Random numbers


def test_random_tensors(device: str) -> None:
    generator = tg.Generator(0, device=device)
    x = tg.rand(1000, device=device, generator=generator)
    assert (x.dtype, x.device) == (tg.float32, device)
    assert 0 <= x.min().item() < x.max().item() < 1
    y = tg.randn(50, 40, generator=generator, dtype=tg.float64)
    assert (y.shape, y.dtype, y.device) == ((50, 40), tg.float64, device)
    assert abs(y.mean().item()) < 0.1
    assert abs(y.std().item() - 1) < 0.1
    z = tg.randint(-2, 3, (500,), generator=generator)
    assert sorted(set(z.tolist())) == [-2, -1, 0, 1, 2]
    assert z.dtype == tg.int64


def test_random_numbers_repeat(device: str) -> None:
    def draw(generator: Any = None) -> list[Any]:
        return [
            tg.rand(3, device=device, generator=generator).tolist(),
            tg.randn(2, device=device, generator=generator).tolist(),
        ]

    assert draw(tg.Generator(3, device=device)) == draw(tg.Generator(3, device=device))
    assert draw(tg.Generator(3, device=device)) != draw(tg.Generator(4, device=device))
    tg.manual_seed(1)
    first = draw()
    assert draw() != first
    tg.manual_seed(1)
    assert draw() == first


def test_a_generator_of_another_device() -> None:
    with pytest.raises(ValueError, match="draws on strict, not on cpu"):
        tg.rand(2, device="cpu", generator=tg.Generator(0, device="strict"))


def test_random_shapes(device: str) -> None:
    assert tg.rand(device=device).shape == ()
    assert tg.rand(0, 2, device=device).shape == (0, 2)
    assert tg.randint(0, 2, 3, device=device).shape == (3,)


# Wrong arguments


@pytest.mark.parametrize("make", [tg.zeros, tg.ones, tg.empty, tg.rand, tg.randn, lambda s: tg.full(s, 1.0),
                                  lambda s: tg.randint(0, 3, s)])  # fmt: skip
def test_a_shape_that_is_none_is_named(make: Any) -> None:
    with pytest.raises(ValueError, match=r"^\w+: shape is \(-1, 2\), wanted sizes of at least 0"):
        make((-1, 2))
    with pytest.raises(TypeError, match=r"^\w+: shape is .*2\.0.*, wanted an integer or a sequence of integers"):
        make(2.0)


@pytest.mark.parametrize("make", [tg.rand, tg.randn])
def test_random_sizes_one_by_one_or_in_one_tuple(make: Any, device: str) -> None:
    one_by_one = make(2, 3, device=device, generator=tg.Generator(0, device))
    in_one = make((2, 3), device=device, generator=tg.Generator(0, device))
    np.testing.assert_array_equal(one_by_one.numpy(), in_one.numpy())
    assert make(device=device).shape == ()
    assert make(np.int64(4), device=device).shape == (4,)


def test_a_seed_is_an_integer_of_at_least_0() -> None:
    tg.manual_seed(3)
    wanted = tg.rand(3).tolist()
    tg.manual_seed(3)
    for use in (tg.manual_seed, tg.Generator, tg.Generator().seed):
        with pytest.raises(ValueError, match="the seed is -1, wanted at least 0"):
            use(-1)
        with pytest.raises(TypeError, match=r"the seed is 1\.5, wanted an integer"):
            use(1.5)  # type: ignore[arg-type]
    assert tg.rand(3).tolist() == wanted
