"""The package as a namespace of the Array API standard 2025.12: its names, and what its own suite asks of few."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg

CONSTANTS = "e inf nan newaxis pi".split()
DTYPES = "bool complex64 complex128 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
FUNCTIONS = (
    "__array_namespace_info__ abs acos acosh add all any arange argmax argmin argsort asarray asin asinh astype atan "
    "atan2 atanh bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor "
    "broadcast_arrays broadcast_shapes broadcast_to can_cast ceil clip concat conj copysign cos cosh count_nonzero "
    "cumulative_prod cumulative_sum diff divide empty empty_like equal exp expand_dims expm1 eye finfo flip floor "
    "floor_divide from_dlpack full full_like greater greater_equal hypot iinfo imag isdtype isfinite isin isinf isnan "
    "less less_equal linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor matmul "
    "matrix_transpose max maximum mean meshgrid min minimum moveaxis multiply negative nextafter nonzero not_equal "
    "ones ones_like permute_dims positive pow prod real reciprocal remainder repeat reshape result_type roll round "
    "searchsorted sign signbit sin sinh sort sqrt square squeeze stack std subtract sum take take_along_axis tan tanh "
    "tensordot tile tril triu trunc unique_all unique_counts unique_inverse unique_values unstack var vecdot where "
    "zeros zeros_like"
).split()
LINALG = (
    "cholesky cross det diagonal eig eigh eigvals eigvalsh inv matmul matrix_norm matrix_power matrix_rank "
    "matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm"
).split()
FFT = "fft fftfreq fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftfreq rfftn".split()
ATTRIBUTES = "T device dtype mT ndim shape size to_device".split()
OPERATORS = (
    "abs add and array_namespace bool complex dlpack dlpack_device eq float floordiv ge getitem gt index int invert le "
    "lshift lt matmul mod mul ne neg or pos pow rshift setitem sub truediv xor"
).split()
REFLECTED = "add and floordiv lshift matmul mod mul or pow rshift sub truediv xor".split()

KEYWORDS = {  # arguments of the standard that others have no use for
    "argsort": "axis descending stable", "asarray": "dtype device copy", "astype": "copy device",
    "cumulative_prod": "axis dtype include_initial", "cumulative_sum": "axis dtype include_initial",
    "diff": "axis n prepend append", "eye": "k dtype device", "full_like": "dtype device", "isin": "invert",
    "linspace": "dtype device endpoint", "meshgrid": "indexing", "prod": "axis dtype keepdims", "reshape": "copy",
    "searchsorted": "side sorter", "sort": "axis descending stable", "sum": "axis dtype keepdims",
}  # fmt: skip


def test_the_names_of_the_standard() -> None:
    for names, holder in (
        ([*CONSTANTS, *DTYPES, *FUNCTIONS, "__array_api_version__"], tg), (LINALG, tg.linalg), (FFT, tg.fft),
        ([*ATTRIBUTES, *(f"__{n}__" for n in OPERATORS), *(f"__r{n}__" for n in REFLECTED),
          *(f"__i{n}__" for n in REFLECTED)], tg.Tensor),
    ):  # fmt: skip
        assert [name for name in names if name not in dir(holder)] == []
    assert set(CONSTANTS + DTYPES + FUNCTIONS) <= set(tg.__all__)
    assert tg.__array_api_version__ == "2025.12"


@pytest.mark.parametrize("name", KEYWORDS)
def test_the_keywords_of_the_standard(name: str) -> None:
    assert set(KEYWORDS[name].split()) <= set(inspect.signature(getattr(tg, name)).parameters)


def test_the_namespace_of_a_tensor(device: str) -> None:
    x = tg.ones(2, device=device)
    assert x.__array_namespace__() is x.__array_namespace__(api_version="2023.12") is tg
    with pytest.raises(ValueError, match="2025.12"):
        x.__array_namespace__(api_version="2999.12")
    assert x.to_device(device, stream=None) is x
    with pytest.raises(TypeError, match="stream"):
        x.to_device(device, stream=1)  # type: ignore[arg-type]


def test_inspection() -> None:
    info = tg.__array_namespace_info__()
    assert info.capabilities()["boolean indexing"] is True
    assert info.default_device() == info.devices()[0] == "cpu"
    assert sorted(info.dtypes()) == sorted(DTYPES)
    assert list(info.dtypes(kind=("bool", "signed integer"))) == ["bool", "int8", "int16", "int32", "int64"]
    for kind, dtype in info.default_dtypes(device="cpu").items():
        assert tg.isdtype(dtype, kind if kind != "indexing" else "integral")
    assert info.default_dtypes()["real floating"] == tg.asarray(1.0).dtype == tg.zeros(1).dtype


def test_limits_of_dtypes(device: str) -> None:
    for x in (tg.complex64, tg.ones(1, tg.float32, device), "float32"):
        found = tg.finfo(x)
        wanted = np.finfo(np.float32)
        assert (found.bits, found.dtype) == (32, tg.float32)
        assert type(found.eps) is float
        assert (found.eps, found.max, found.min, found.smallest_normal) == (
            wanted.eps, wanted.max, wanted.min, wanted.smallest_normal)  # fmt: skip
    assert tg.iinfo(tg.uint8) == (8, 255, 0, tg.uint8)
    with pytest.raises(ValueError, match="iinfo"):
        tg.finfo(tg.int8)
    with pytest.raises(ValueError, match="finfo"):
        tg.iinfo(tg.float32)


def test_questions_about_dtypes(device: str) -> None:
    assert tg.isdtype(tg.int8, "signed integer")
    assert tg.isdtype(tg.int8, (tg.uint8, "integral"))
    assert not tg.isdtype(tg.int8, ("real floating", tg.uint8))
    with pytest.raises(ValueError, match="whole"):
        tg.isdtype(tg.int8, "whole")
    assert tg.result_type(tg.int8, tg.ones(2, tg.uint8, device)) == tg.int16
    assert tg.result_type(tg.ones((), tg.float32, device), 1.5, 2) == tg.float32
    with pytest.raises(ValueError, match="neither"):
        tg.result_type(1, 2.0)
    assert tg.can_cast(tg.ones(1, tg.int8, device), tg.int16)
    assert not tg.can_cast(tg.float64, tg.float32)


def test_copies_that_are_asked_for(device: str) -> None:
    x = tg.zeros((2, 2), device=device)
    for copied in (tg.asarray(x, copy=True), tg.reshape(x, (4,), copy=True), tg.astype(x, tg.float32)):
        copied[...] = 1.0
        assert not tg.any(x).item()
    for shared in (tg.asarray(x), tg.asarray(x, copy=False), tg.reshape(x, (4,), copy=False)):
        shared[...] = shared + 1.0
    assert (x == 3).all()
    assert tg.astype(x, tg.float32, copy=False) is x
    for wrong in (lambda: tg.asarray([1.0], copy=False), lambda: tg.asarray(x, tg.float64, copy=False),
                  lambda: tg.reshape(x.mT, (4,), copy=False)):  # fmt: skip
        with pytest.raises(ValueError, match=r"copy"):
            wrong()


def test_nested_lists_of_tensors_are_numbers() -> None:
    x = tg.asarray([1.0, 2.0], tg.float64, requires_grad=True)
    for made in (tg.asarray([[x[0], x[1]], [x[1], 3.0]]), tg.Tensor([x, (x[1], 3.0)])):
        assert (made.dtype, made.requires_grad, made.tolist()) == (tg.float64, False, [[1, 2], [2, 3]])


def test_a_copy_keeps_the_gradient(device: str) -> None:
    x = tg.ones((2, 2), device=device, requires_grad=True)
    (tg.reshape(x, (4,), copy=True) * 2).sum().backward()
    assert (x.grad == 2).all()


def test_making(device: str) -> None:
    assert tg.eye(2, 3, k=1, device=device).tolist() == [[0, 1, 0], [0, 0, 1]]
    assert tg.linspace(0, 1, 4, endpoint=False, device=device).tolist() == [0, 0.25, 0.5, 0.75]
    x = tg.ones((2, 3), tg.int8, device)
    like = tg.empty_like(x, dtype=tg.float64)
    assert (like.shape, like.dtype, like.device) == ((2, 3), tg.float64, device)
    assert tg.zeros_like(x, device="cpu").device == "cpu"
    assert tg.ones_like(x, dtype=tg.complex64).dtype == tg.complex64


def test_gradients_through_dtypes(device: str) -> None:
    x = tg.asarray([1.0, 2.0, 3.0], device=device, requires_grad=True)
    tg.sum(x, dtype=tg.float64).backward()
    assert (x.grad.dtype, x.grad.tolist()) == (tg.float32, [1, 1, 1])
    x.grad = None
    tg.prod(x, dtype=tg.float64).backward()
    assert (x.grad.dtype, x.grad.tolist()) == (tg.float32, [6, 3, 2])
    x.grad = None
    tg.cumulative_sum(x, dtype=tg.float64, include_initial=True).sum().backward()
    assert (x.grad.dtype, x.grad.tolist()) == (tg.float32, [3, 2, 1])


def test_the_gradient_of_different_elements_goes_to_the_first(device: str) -> None:
    x = tg.asarray([3.0, 1.0, 3.0], device=device, requires_grad=True)
    for values in (tg.unique_values(x), tg.unique_all(x).values):
        x.grad = None
        (values * tg.asarray([10.0, 100.0], device=device)).sum().backward()
        assert x.grad.tolist() == [100, 10, 0]


def test_which_axis_of_several(device: str) -> None:
    with pytest.raises(ValueError, match="axis="):
        tg.cumulative_sum(tg.ones((2, 2), device=device))
    with pytest.raises(ValueError, match=r"searchsorted.*\(2, 2\)"):
        tg.searchsorted(tg.ones((2, 2), device=device), 1.0)
    with pytest.raises(ValueError, match="side"):
        tg.searchsorted(tg.ones(2, device=device), 1.0, side="middle")
    with pytest.raises(ValueError, match="nonzero"):
        tg.nonzero(tg.ones((), device=device))
    with pytest.raises(ValueError, match="diff"):
        tg.diff(tg.ones(2, device=device), n=-1)
    with pytest.raises(ValueError, match="indexing"):
        tg.meshgrid(tg.ones(2, device=device), indexing="yx")
    with pytest.raises(ValueError, match="vectors"):
        tg.meshgrid(tg.ones((2, 2), device=device))


@pytest.mark.parametrize("shapes", [((2,), (3,)), ((2, 1), (3, 2, 2), (3,)), ((0,), (2,))])
def test_shapes_that_do_not_fit(shapes: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        tg.broadcast_shapes(*shapes)


@given(st.lists(st.lists(st.integers(0, 3), max_size=3).map(tuple), max_size=4))
@settings(deadline=None)
def test_broadcast_shapes_is_numpys(shapes: list[tuple[int, ...]]) -> None:
    try:
        wanted = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ValueError, match="do not fit"):
            tg.broadcast_shapes(*shapes)
    else:
        assert tg.broadcast_shapes(*shapes) == wanted


ODD = [0.0, -0.0, 1.0, -1.0, 2.5, math.inf, -math.inf, math.nan]


def special(function: Any, x: Any, device: str) -> Any:
    """What a function gives for one number."""
    return function(tg.asarray([x], device=device)).numpy()[0]


def test_quotients_of_infinities(device: str) -> None:
    for a, b, wanted in (
        (math.inf, 2.0, math.inf), (math.inf, -2.0, -math.inf), (-math.inf, 2.0, -math.inf), (5.0, -math.inf, -0.0),
        (-5.0, math.inf, -0.0), (5.0, math.inf, 0.0), (math.inf, math.inf, math.nan), (7.0, 2.0, 3.0),
    ):  # fmt: skip
        x, y = tg.asarray([a], device=device), tg.asarray([b], device=device)
        for found in (tg.floor_divide(x, y), x // y, x // b, a // y):
            np.testing.assert_array_equal(found.numpy(), [wanted])
            assert np.signbit(found.numpy()[0]) == np.signbit(wanted) or math.isnan(wanted)


def test_expm1_of_complex_numbers(device: str) -> None:
    inf, nan = math.inf, math.nan
    for x, wanted in (
        (complex(0, 0), complex(0, 0)), (complex(-0.0, 0), complex(0, 0)), (complex(inf, 0), complex(inf, 0)),
        (complex(-inf, inf), complex(-1, 0)), (complex(inf, inf), complex(inf, nan)),
        (complex(-inf, nan), complex(-1, 0)), (complex(inf, nan), complex(inf, nan)),
        (complex(nan, 0), complex(nan, 0)),
    ):  # fmt: skip
        found = special(tg.expm1, x, device)
        np.testing.assert_equal(found, np.complex64(wanted))
        assert not np.signbit(found.real) or wanted.real
    tiny = 1e-9 + 1e-9j
    assert abs(tg.expm1(tg.asarray([tiny], tg.complex128, device)).item() - tiny) < 1e-17


@given(st.sampled_from(ODD), st.sampled_from(ODD))
@settings(deadline=None)
def test_quotient_and_remainder_of_finite_numbers_fit(a: float, b: float) -> None:
    x, y = tg.asarray([a], tg.float64), tg.asarray([b], tg.float64)
    if math.isfinite(a) and math.isfinite(b) and b:
        assert (x // y * y + x % y).item() == pytest.approx(a)


def test_integers_are_rounded_to_themselves(device: str) -> None:
    x = tg.asarray(np.array([-3, 0, 7], np.int8), device=device)
    for function in (tg.floor, tg.ceil, tg.round, tg.trunc):
        found = function(x)
        assert (found.dtype, found.tolist()) == (tg.int8, [-3, 0, 7])
