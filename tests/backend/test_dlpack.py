"""DLPack: memory shared with NumPy, PyTorch and the libraries of a GPU, and what cannot be shared."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
from tinygrad_nn.backend import dlpack
from tinygrad_nn.backend.dtypes import DTYPES


def values(dtype: Any) -> Any:
    """A matrix with different elements, of any dtype."""
    return (np.arange(6).reshape(2, 3) % 3).astype(dtype)


class Elsewhere:
    """An array that says it is on a device of some kind."""

    def __init__(self, kind: int) -> None:
        self.kind = kind

    def __dlpack__(self, **request: Any) -> Any:
        raise AssertionError("nobody but the library of that device asks for the memory")

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.kind, 1


# To NumPy and back


def test_numpy_shares_memory_both_ways() -> None:
    array = np.zeros(3)
    x = tg.from_dlpack(array)
    x[0] = 1.0
    array[1] = 2.0
    assert x.tolist() == array.tolist() == [1, 2, 0]
    again = np.from_dlpack(x)
    again[2] = 3.0
    assert x.tolist() == [1, 2, 3]
    assert np.shares_memory(again, array)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtypes(dtype: Any) -> None:
    array = values(dtype)
    x = tg.from_dlpack(array)
    assert (x.dtype, x.shape, x.requires_grad) == (dtype, (2, 3), False)
    back = np.from_dlpack(x)
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize(
    "x", [tg.zeros((0, 3)), tg.asarray(2.5), tg.asarray(values(float)).T, tg.asarray(values(float))[:, ::2]],
    ids=["empty", "0-d", "transposed", "strided"],
)  # fmt: skip
def test_shapes_and_layouts(x: Any) -> None:
    array = np.from_dlpack(x)
    assert array.shape == x.shape
    np.testing.assert_array_equal(array, x.numpy())
    assert np.shares_memory(array, x.numpy()) or not x.size
    assert tg.from_dlpack(array).tolist() == x.tolist()


@given(st.data())
def test_any_view_is_shared_or_refused(data: st.DataObject) -> None:
    shape = data.draw(hnp.array_shapes(max_dims=3, min_side=0, max_side=4))
    x = tg.asarray(np.arange(np.prod(shape)).reshape(shape))
    view = x[data.draw(hnp.basic_indices(shape, min_dims=1))]
    if min(view.numpy().strides) < 0:
        with pytest.raises(BufferError, match="backwards"):
            np.from_dlpack(view)
    else:
        np.from_dlpack(view)[...] = -1
        assert (view.numpy() == -1).all()


def test_memory_outlives_the_tensor() -> None:
    array = np.from_dlpack(tg.arange(1000))
    assert array.sum() == 499_500


def test_copy() -> None:
    array = np.zeros(2)
    x = tg.from_dlpack(array, copy=True)
    x[0] = 1.0
    assert array[0] == 0
    assert np.shares_memory(tg.from_dlpack(array, copy=False).numpy(), array)
    assert not np.shares_memory(np.from_dlpack(x, copy=True), x.numpy())


def test_the_device_says_where_the_memory_is() -> None:
    assert tg.ones(2).__dlpack_device__() == (1, 0)


# What is not shared


def test_a_gradient_is_not_lost(device: str) -> None:
    x = tg.ones(2, device=device, requires_grad=True)
    with pytest.raises(tg.GraphError, match=r"x\.detach\(\)"):
        x.__dlpack__()


def test_read_only_memory_is_not_shared() -> None:
    x = tg.broadcast_to(tg.ones(1), (3,))
    with pytest.raises(BufferError, match=r"read-only.*x\.copy\(\)"):
        np.from_dlpack(x)
    assert np.from_dlpack(x.copy()).tolist() == [1, 1, 1]
    assert np.from_dlpack(x, copy=True).tolist() == [1, 1, 1]


def test_memory_that_is_read_backwards_is_not_shared() -> None:
    x = tg.arange(3).flip()  # torch.from_dlpack would end the process
    with pytest.raises(BufferError, match=r"backwards.*x\.copy\(\)"):
        np.from_dlpack(x)
    assert np.from_dlpack(x.copy()).tolist() == [2, 1, 0]


def test_strict_memory_is_not_shared() -> None:
    with pytest.raises(TypeError, match=r"strict.*x\.numpy\(\)"):
        np.from_dlpack(tg.ones(2, device="strict"))


def test_traced_tensors_have_no_memory_to_share() -> None:
    with pytest.raises(tg.TraceError, match="DLPack"):
        tg.trace(np.from_dlpack, tg.ones(2))


def test_what_does_not_speak_dlpack() -> None:
    with pytest.raises(AttributeError, match=r"list.*tg\.asarray"):
        tg.from_dlpack([1.0, 2.0])


# Between devices


def test_to_another_device() -> None:
    array = np.ones(2)
    assert tg.from_dlpack(array, device="strict").device == "strict"
    assert tg.from_dlpack(array, device="cpu", copy=False).device == "cpu"
    with pytest.raises(ValueError, match="copy=False.*on cpu.*on strict"):
        tg.from_dlpack(array, device="strict", copy=False)


def test_the_memory_of_a_gpu_goes_to_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    cuda = SimpleNamespace(from_dlpack=lambda x: asked.append(x) or np.ones(2))
    monkeypatch.setattr(dlpack, "namespace_for", lambda device: {"cuda:1": cuda}[device])
    for kind in (2, 13):
        x = Elsewhere(kind)
        assert tg.asarray(x).tolist() == [1, 1]
        assert asked.pop() is x
    with pytest.raises(ValueError, match="copy=False.*on cuda:1.*on cpu"):
        tg.from_dlpack(Elsewhere(2), device="cpu", copy=False)


def test_an_unknown_kind_of_device() -> None:
    with pytest.raises(BufferError, match="kind 8.*CPU"):
        tg.from_dlpack(Elsewhere(8))


def test_with_the_library_of_the_device(device: str) -> None:
    on_gpu = device.startswith("cuda")
    library = pytest.importorskip("cupy") if on_gpu else np
    x = tg.zeros(3, device=device if on_gpu else "cpu")
    library.from_dlpack(x)[1] = 5
    assert x.tolist() == [0, 5, 0]
    y = tg.from_dlpack(library.ones(2))
    assert (y.device, y.tolist()) == (x.device, [1, 1])


# PyTorch


def test_torch_shares_memory_both_ways() -> None:
    torch = pytest.importorskip("torch")
    x = tg.zeros((2, 2))
    theirs = torch.from_dlpack(x)
    theirs[0, 1] = 3
    x[1, 0] = 4.0
    assert x.tolist() == theirs.tolist() == [[0, 3], [4, 0]]
    for share in (tg.from_dlpack, tg.asarray):
        ours = share(theirs)
        ours[0, 0] = theirs[0, 0].item() + 1
        assert theirs.tolist() == ours.tolist()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_torch_dtypes(dtype: Any) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.from_dlpack(tg.asarray(values(dtype)))
    assert theirs.numpy().dtype == dtype
    back = tg.asarray(theirs.T)
    assert (back.dtype, back.shape) == (dtype, (3, 2))
    np.testing.assert_array_equal(back.numpy(), values(dtype).T)


def test_torch_in_another_dtype_or_on_another_device(device: str) -> None:
    torch = pytest.importorskip("torch")
    x = tg.asarray(torch.tensor([1.0, 2.0]), dtype=tg.float64, device=device, requires_grad=True)
    assert (x.dtype, x.device, x.tolist()) == (tg.float64, device, [1, 2])


def test_what_torch_cannot_share_is_explained() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match="bfloat16.*convert"):
        tg.asarray(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises((BufferError, RuntimeError), match="detach"):
        tg.asarray(torch.ones(2, requires_grad=True))
    with pytest.raises(TypeError, match=r"torch\.Tensor.*tg\.asarray"):
        tg.ones(2) + torch.ones(2)


def test_other_libraries_read_only_arrays_stay_read_only() -> None:
    array = np.ones(2)
    array.flags.writeable = False
    x = tg.from_dlpack(array)
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 2.0
    assert array.tolist() == [1, 1]
