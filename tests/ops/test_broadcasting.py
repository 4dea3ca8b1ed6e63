"""Elementwise operations on whatever broadcasts: shapes drawn by Hypothesis, and Python numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.testing import broadcastable_shapes, gradcheck, in_layout, layouts, shapes

from .table import ROWS, Case, Row, distinct

PAIRS = [pytest.param(row, id=row.name) for row in ROWS if row.arity == 2]
SINGLES = [pytest.param(row, id=row.name) for row in ROWS if row.arity == 1]


def drawn(row: Row, group: Any, layout: str, device: str) -> list[Any]:
    arrays = row.arrays(Case(tuple(group), {}))
    return [in_layout(tg.asarray(x, device=device), layout) for x in arrays]


def check_value(row: Row, xs: list[Any]) -> None:
    y = row.call(*xs)
    with np.errstate(all="ignore"):
        wanted = np.asarray(row.oracle(*(np.array(x.numpy()) for x in xs)))
    assert y.shape == wanted.shape
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("row", SINGLES)
@given(shape=shapes(), layout=layouts())
@settings(max_examples=10)
def test_one_input(row: Row, shape: Any, layout: str, device: str) -> None:
    check_value(row, drawn(row, [shape], layout, device))


@pytest.mark.parametrize("row", PAIRS)
@given(group=broadcastable_shapes(2), layout=layouts())
@settings(max_examples=15)
def test_two_inputs(row: Row, group: Any, layout: str, device: str) -> None:
    xs = drawn(row, group, layout, device)
    check_value(row, xs)
    if sum(x.size for x in xs) <= 12 and layout != "broadcast":  # which would make ties
        gradcheck(row.call, *xs)


@given(group=broadcastable_shapes(3), seed=st.integers(0, 3))
@settings(max_examples=40)
def test_where_and_clip(group: Any, seed: int, device: str) -> None:
    random = np.random.default_rng(seed)
    condition = random.integers(0, 2, group[0]).astype(bool)
    a, b = distinct(list(group[1:]), random)
    tensors = [tg.asarray(x, device=device) for x in (condition, a, b)]
    np.testing.assert_array_equal(tg.where(*tensors).numpy(), np.where(condition, a, b))
    if max(a.size, b.size) <= 6:
        gradcheck(lambda a, b: tg.where(tensors[0], a, b), *tensors[1:])
    x, low, high = distinct(list(group), random)
    tensors = [tg.asarray(x, device=device) for x in (x, low, high)]
    np.testing.assert_array_equal(tg.clip(*tensors).numpy(), np.minimum(np.maximum(x, low), high))
    if max(x.size, low.size, high.size) <= 6:
        gradcheck(tg.clip, *tensors)


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32, tg.float64])
@pytest.mark.parametrize("row", PAIRS)
def test_python_numbers(row: Row, dtype: Any, device: str) -> None:
    # They take the dtype of the tensor beside them.
    number = 0.75
    for place in (0,) if row.name == "prelu" else (0, 1):
        x = tg.asarray([0.5, 0.875], dtype=dtype, device=device, requires_grad=True)
        y = row.call(x, number) if place == 0 else row.call(number, x)
        assert y.dtype == dtype
        y.backward(tg.ones(2, device=device))
        assert x.grad.dtype == dtype
        if dtype == tg.float64:
            array = np.array([0.5, 0.875])
            wanted = row.oracle(array, number) if place == 0 else row.oracle(number, array)
            np.testing.assert_allclose(y.detach().numpy(), wanted, rtol=1e-12)
            gradcheck(lambda x: row.call(x, number) if place == 0 else row.call(number, x), x)  # noqa: B023


@pytest.mark.parametrize("row", PAIRS)
def test_numpy_scalars(row: Row, device: str) -> None:
    x = tg.asarray([0.5, 0.875], dtype=tg.float64, device=device, requires_grad=True)
    y = row.call(x, np.float64(0.75))
    y.backward(tg.ones(2, device=device))
    np.testing.assert_allclose(y.detach().numpy(), row.oracle(np.array([0.5, 0.875]), 0.75), rtol=1e-12)
    assert x.grad.shape == (2,)


@pytest.mark.parametrize("row", PAIRS)
def test_shapes_that_do_not_broadcast_are_refused(row: Row, device: str) -> None:
    with pytest.raises(ValueError, match=rf"{row.name}.*\[2\].*\[3\]"):
        row.call(tg.ones(2, device=device), tg.ones(3, device=device))


def test_numbers_alone_make_a_tensor() -> None:
    y = tg.add(1.5, 2.0)
    assert isinstance(y, tg.Tensor)
    assert (y.item(), y.dtype, y.shape) == (3.5, tg.float32, ())
