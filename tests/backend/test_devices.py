"""Devices by name, arrays made on them, and the way between them."""

import sys

import numpy as np
import pytest

from tinygrad_nn.backend import cpu, devices
from tinygrad_nn.backend.devices import NAMESPACES, as_array, device_of, is_available, namespace_for, parse_device
from tinygrad_nn.backend.errors import DeviceError


@pytest.mark.parametrize(
    ("given", "full_name"),
    [("cpu", "cpu"), ("strict", "strict"), ("cuda", "cuda:0"), ("cuda:0", "cuda:0"), ("cuda:12", "cuda:12")],
)
def test_names(given, full_name):
    assert parse_device(given) == full_name


@pytest.mark.parametrize("given", ["gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "cuda:1.0", "cpu:0", "", None, 0])
def test_unknown_names(given):
    with pytest.raises(ValueError, match=r"unknown device .*\"cpu\".*\"cuda:0\".*\"strict\""):
        parse_device(given)


def test_missing_cupy_names_the_extras(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    monkeypatch.delitem(sys.modules, "tinygrad_nn.backend.cuda", raising=False)
    monkeypatch.delattr("tinygrad_nn.backend.cuda", raising=False)
    with pytest.raises(DeviceError, match=r"cuda:1.*pip install tinygrad_nn\[cuda13\].*tinygrad_nn\[cuda12\]"):
        namespace_for("cuda:1")
    assert not is_available("cuda")
    with pytest.raises(DeviceError, match="cuda13"):
        as_array([1.0], device="cuda")
    with pytest.raises(DeviceError, match="cuda13"):
        devices.transfer(np.ones(2), "cuda")


def test_availability():
    assert is_available("cpu")
    assert is_available("strict")
    with pytest.raises(ValueError, match="unknown device"):
        is_available("tpu")


def test_namespaces():
    assert namespace_for("cpu") is cpu
    strict = namespace_for("strict")
    assert NAMESPACES[strict.kind] is strict


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float32), (1, np.int64), (True, np.bool_), (1j, np.complex64), ([1, 2], np.int64),
        ([[1, 2.5]], np.float32), ([1, 2.5j], np.complex64), ([True, False], np.bool_), ([], np.float32),
        ([[], []], np.float32), (2**63, np.uint64), ((1.0, 2.0), np.float32), (range(3), np.int64),
        (np.float64(1), np.float64), (np.int8(1), np.int8), ([np.float64(1)], np.float64),
        ([[1.0, 2.0], [np.float64(1), 3.0]], np.float64), ([np.ones(2)], np.float64), ([np.float16(1)], np.float16),
        (np.ones(2), np.float64), (np.ones(2, np.float16), np.float16), (np.ones(2, np.uint8), np.uint8),
        (np.array(3.0), np.float64), (b"ab", None), (memoryview(b"ab"), np.uint8),
    ],
)  # fmt: skip
def test_what_data_become(data, dtype, device):
    if dtype is None:
        with pytest.raises(TypeError, match="cannot be computed with"):
            as_array(data, device=device)
        return
    array = as_array(data, device=device)
    assert array.dtype == dtype
    assert device_of(array) == device
    assert array.shape == np.shape(data)
    np.testing.assert_array_equal(devices.to_numpy(array), data)


def test_dtype_given(device):
    assert as_array([1.5], np.int32, device).dtype == np.int32
    assert as_array(np.ones(2), "float16", device).dtype == np.float16
    assert as_array(as_array([1, 2], device=device), np.float32).dtype == np.float32
    assert device_of(as_array(as_array([1, 2], device=device))) == device


def test_memory_is_shared_on_the_cpu():
    x = np.ones(3)
    assert as_array(x) is x
    assert as_array(x, np.float64, "cpu") is x
    assert devices.transfer(x, "cpu") is x
    assert as_array(x, np.float32) is not x


def test_other_byte_order(device):
    x = as_array(np.array([1, 256], ">i4"), device=device)
    assert x.dtype == np.int32
    assert x.dtype.isnative
    assert devices.to_numpy(x).tolist() == [1, 256]


def test_subclasses_of_numpys_array(device):
    class Special(np.ndarray):
        pass

    x = as_array(np.ones(2).view(Special), device=device)
    assert type(x) is namespace_for(device).kind


@pytest.mark.parametrize(
    "data", ["abc", ["a"], [None], None, object(), np.array(["a"]), np.array([1, "a"], object),
             np.array(["2020-01-01"], "datetime64[D]")],
)  # fmt: skip
def test_what_is_no_number(data, device):
    with pytest.raises(TypeError, match=r"dtype .* cannot be computed with; wanted are numbers or bools"):
        as_array(data, device=device)
    with pytest.raises(TypeError, match="cannot be computed with"):
        as_array([1.0], object, device)


@pytest.mark.parametrize("data", [[[1, 2], [3]], [1, [2]], [np.ones(2), np.ones(3)]])
def test_ragged(data, device):
    with pytest.raises(ValueError, match="different lengths"):
        as_array(data, device=device)


def test_transfer_there_and_back(device):
    host = np.arange(6.0).reshape(2, 3)[:, ::-1]
    there = devices.transfer(host, device)
    assert device_of(there) == device
    assert devices.transfer(there, device) is there
    np.testing.assert_array_equal(devices.transfer(there, "cpu"), host)
    np.testing.assert_array_equal(devices.to_numpy(there), host)


def test_making_arrays(device):
    made = [
        (devices.zeros((2, 3), np.float32, device), np.zeros((2, 3), np.float32)),
        (devices.ones(3, np.int64, device), np.ones(3, np.int64)),
        (devices.full((2,), 1.5, np.float64, device), np.full(2, 1.5)),
        (devices.full((2,), 1.5, None, device), np.full(2, 1.5, np.float32)),
        (devices.full((), 3, None, device), np.array(3)),
        (devices.full((2,), True, None, device), np.array([True, True])),
        (devices.arange(4, None, 1, None, device), np.arange(4)),
        (devices.arange(1, 7, 2, np.float32, device), np.arange(1, 7, 2, np.float32)),
        (devices.arange(0.0, 1.0, 0.25, None, device), np.arange(0, 1, 0.25, np.float32)),
        (devices.linspace(0, 1, 5, None, device), np.linspace(0, 1, 5, dtype=np.float32)),
        (devices.linspace(0, 1, 4, np.float64, device, endpoint=False), np.linspace(0, 1, 4, endpoint=False)),
        (devices.eye(2, 3, 1, np.float32, device), np.eye(2, 3, 1, np.float32)),
        (devices.eye(2, None, 0, np.int64, device), np.eye(2, dtype=np.int64)),
    ]
    for array, expected in made:
        assert device_of(array) == device
        assert array.dtype == expected.dtype
        assert array.shape == expected.shape
        np.testing.assert_allclose(devices.to_numpy(array), expected, rtol=1e-7)
    assert devices.empty((2, 0), np.float16, device).shape == (2, 0)
    with pytest.raises(TypeError, match="cannot be computed with"):
        devices.zeros(2, object, device)


def test_resolve(device):
    x = as_array([1.0], device=device)
    assert devices.resolve("add", None, x) is type(x)
    assert devices.resolve("add", type(x), np.float32(1)) is type(x)
    with pytest.raises(TypeError, match=r"add: an operand is a list.*tg\.asarray"):
        devices.resolve("add", None, [1.0])


def test_devices_describe_themselves(device):
    xp = namespace_for(device)
    assert xp.is_available()
    assert xp.description()
    xp.synchronize()
