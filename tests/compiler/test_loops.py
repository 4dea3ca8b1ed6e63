"""Loops over indices and rows: equal to the functions of the vocabulary that they stand for."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.jit import installed
from tinygrad_nn.compiler.loops import BINDERS, bind_loop

FLOATS = ("float32", "float64")
SHAPES = [(), (0,), (1,), (7,), (300,), (3, 5), (2, 0, 3), (40, 2, 4)]  # of indices


@pytest.fixture
def numba() -> Any:
    if installed() is None:
        pytest.skip("there is no numba here, or it is switched off")
    return installed()


def looped(name: str, *args: Any, **kwargs: Any) -> Any:
    """The result of a loop, in memory that held something else."""
    out = np.empty_like(getattr(cpu, name)(*args, **kwargs))
    bound = bind_loop(name, args, kwargs, out)
    assert bound is not None
    function, arguments = bound
    for _ in range(2):  # as often as wanted
        out[...] = 77
        function(*arguments)
    return out


def assert_equal(name: str, *args: Any, **kwargs: Any) -> None:
    before = [np.array(a) for a in args if type(a) is np.ndarray]
    y, wanted = looped(name, *args, **kwargs), getattr(cpu, name)(*args, **kwargs)
    assert y.dtype == wanted.dtype
    np.testing.assert_array_equal(y, wanted)
    for a, b in zip((a for a in args if type(a) is np.ndarray), before):
        np.testing.assert_array_equal(a, b)


def floats(shape: Any, dtype: str, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def indices(shape: Any, size: int, dtype: str = "int64") -> Any:
    return np.random.default_rng(1).integers(-size, size, shape).astype(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("rest", [(), (4,), (2, 3), (0,)])
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_by_index(shape: Any, rest: Any, dtype: str, numba: Any) -> None:
    for size in (1, 6, 2000):
        for kind in ("int64", "int32"):
            index = indices(shape, size, kind)
            if shape or rest:
                assert_equal("scatter_add", floats((*shape, *rest), dtype), index, (size, *rest))
                assert_equal("scatter_add", floats((*shape, *rest), dtype), (index,), (size, *rest))
            assert_equal("getitem", floats((size, *rest), dtype), index)
            assert_equal("getitem", floats((size, *rest), dtype), (index,))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(0,), (1,), (5,), (200,), (3, 1), (30, 5), (0, 4), (4, 0), (2, 0, 3), (3, 4, 50)])
def test_elements_along_the_last_axis(shape: Any, dtype: str, numba: Any) -> None:
    for size in (1, 9, 3000):
        index = indices(shape, size)
        for axis in (-1, len(shape) - 1):
            assert_equal("put_along_axis", floats(shape, dtype), index, axis, size)
            if index.size:
                assert_equal("take_along_axis", floats((*shape[:-1], size), dtype), index, axis)


@pytest.mark.parametrize("dtype", FLOATS)
def test_many_small_numbers_add_up_as_in_eager(dtype: str, numba: Any) -> None:
    g = np.full((100_000, 2), 0.1, dtype)
    assert_equal("scatter_add", g, np.zeros(100_000, np.int64), (3, 2))
    assert_equal("put_along_axis", g.T.copy(), np.zeros((2, 100_000), np.int64), -1, 3)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(1,), (100,), (3, 1), (64, 10), (2, 3, 24)])
def test_along_rows(shape: Any, dtype: str, numba: Any) -> None:
    x = floats(shape, dtype)
    ties = np.round(x)
    holes = np.where(np.abs(x) > 1, np.array(np.nan, dtype), x)
    ends = np.where(np.abs(x) > 1, np.copysign(np.array(np.inf, dtype), x), x)
    for values in (x, ties, holes, ends, np.full_like(x, -np.inf), np.full_like(x, np.nan)):
        for axis in (-1, len(shape) - 1):
            assert_equal("argmax", values, axis)
            assert_equal("argmax", values, axis=axis, keepdims=True)
            with np.errstate(invalid="ignore"):
                assert_equal("cumulative_sum", values, axis)
    if len(shape) == 1:
        assert_equal("argmax", x)


@pytest.mark.parametrize("dtype", FLOATS)
def test_windows(dtype: str, numba: Any) -> None:
    for shape in ((9,), (3, 9), (2, 40, 9)):
        x = floats(shape, dtype)
        x.flat[::5] = np.nan
        windows, weights = indices((3, 5), 9) % 9, floats((3, 5), dtype, 1)
        assert_equal("window_argmax", x, windows)
        assert_equal("window_sum", x, windows, weights, windows, weights, -1)
        assert_equal("window_sum", np.stack([x, x], -1), windows, weights, windows, weights, axis=-2)


@given(st.data())
def test_any_rows(data: st.DataObject) -> None:
    if not installed():
        return
    size = data.draw(st.integers(1, 12))
    width = data.draw(st.integers(0, 40))
    index = np.array(data.draw(st.lists(st.integers(-size, size - 1), max_size=60)), np.int64)
    g = floats((index.size, width), data.draw(st.sampled_from(FLOATS)), data.draw(st.integers(0, 9)))
    assert_equal("scatter_add", g, index, (size, width))
    if index.size:
        assert_equal("put_along_axis", g.T.copy(), np.tile(index, (width, 1)), -1, size)


@pytest.mark.parametrize("bad", [3, -4, 2**40])
@pytest.mark.parametrize("shape", [(1,), (3, 50)])
def test_indices_out_of_range(bad: int, shape: Any, numba: Any) -> None:
    index = np.zeros(shape, np.int64)
    index.flat[-1] = bad
    x, g = floats((*shape[:-1], 3), "float32"), floats(shape, "float32")
    calls: list[tuple[str, tuple[Any, ...], int]] = [
        ("scatter_add", (g, index, (3,)), 0), ("getitem", (floats((3, 2), "float32"), index), 0),
        ("take_along_axis", (x, index, -1), len(shape) - 1), ("put_along_axis", (g, index, -1, 3), len(shape) - 1),
    ]  # fmt: skip
    for name, args, axis in calls:
        with pytest.raises(IndexError, match=f"index {bad} is out of bounds for axis . with size 3"):
            getattr(cpu, name)(*args)
        out = np.empty_like(getattr(cpu, name)(*[np.zeros_like(a) if a is index else a for a in args]))
        bound = bind_loop(name, args, {}, out)
        assert bound is not None
        function, arguments = bound
        with pytest.raises(IndexError, match=f"^index {bad} is out of bounds for axis {axis} with size 3$"):
            function(*arguments)


X, G, I = floats((4, 6), "float32"), floats((4, 6), "float32"), indices((4, 6), 4)  # noqa: E741
REFUSED = [
    ("exp", (X,)),
    ("scatter_add", (G, (slice(0, 4),), (9, 6))),
    ("scatter_add", (G, I > 0, (4, 6))),
    ("scatter_add", (G, (I, I), (9, 9))),
    ("scatter_add", (G[..., None], I[..., None], (4, 3))),  # repeated along the row
    ("scatter_add", (G[0, 0], I[0, 0], (9,))),
    ("scatter_add", (G.astype("float16"), I, (9,))),
    ("scatter_add", (G[:, ::2], I[:, ::2], (9,))),
    ("put_along_axis", (G, I, 0, 9)),
    ("put_along_axis", (G[:, :1], I, -1, 9)),
    ("put_along_axis", (G[0], I.astype("uint64"), -1, 9)),
    ("take_along_axis", (X, I, 0)),
    ("take_along_axis", (X, I[:1], -1)),
    ("take_along_axis", (I, I, -1)),
    ("getitem", (X, 2)),
    ("getitem", (X, (slice(None), I))),
    ("getitem", (X, I > 0)),
    ("getitem", (X.T, I)),
    ("getitem", (X.astype("float16"), I)),
    ("argmax", (X, 0)),
    ("argmax", (X,)),
    ("argmax", (floats((100, 100), "float32"), 1)),
    ("window_argmax", (I, I[:1])),
    ("window_argmax", (X.T, I[:1])),
    ("window_sum", (X.T, I[:1], X[:1], I, X, -1)),
    ("window_sum", (X, I[:1], X[:1].astype("float64"), I, X, -1)),
    ("cumulative_sum", (X, 0)),
    ("cumulative_sum", (I, 1)),
]


@pytest.mark.parametrize(("name", "args"), REFUSED)
def test_what_there_is_no_loop_for(name: str, args: tuple[Any, ...], numba: Any) -> None:
    assert bind_loop(name, args, {}, np.empty((4, 6), np.float32)) is None


def test_a_result_out_of_order(numba: Any) -> None:
    assert bind_loop("cumulative_sum", (X, 1), {}, np.empty((6, 4), np.float32).T) is None


def test_without_numba_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    installed.cache_clear()
    assert bind_loop("cumulative_sum", (X, 1), {}, np.empty((4, 6), np.float32)) is None
    installed.cache_clear()


def test_they_stand_for_functions_of_the_vocabulary() -> None:
    for name in BINDERS:
        assert callable(getattr(cpu, name))
