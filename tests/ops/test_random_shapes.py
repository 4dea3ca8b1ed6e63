"""Reductions, indices, products and rearrangements of whatever shape Hypothesis draws, against NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
from tinygrad_nn.testing import broadcastable_shapes, gradcheck, in_layout, layouts, shapes

from .table import distinct

SHAPES = shapes(max_ndim=4, max_size=4)


def made(shape: Any, layout: str, device: str) -> Any:
    (array,) = distinct([shape], np.random.default_rng(0))
    return in_layout(tg.asarray(array, device=device), layout)


def is_small(x: Any) -> bool:
    return x.size <= 12


@st.composite
def shapes_with_axes(draw: Any) -> Any:
    shape = draw(SHAPES)
    axes = draw(st.none() | st.lists(st.integers(-len(shape), len(shape) - 1),
        unique_by=lambda a: a % len(shape)).map(tuple)
                if shape else st.none())  # fmt: skip
    return shape, axes


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "max", "min", "logsumexp"])
@given(drawn=shapes_with_axes(), keepdims=st.booleans(), layout=layouts())
@settings(max_examples=25)
def test_reductions(name: str, drawn: Any, keepdims: bool, layout: str, device: str) -> None:
    shape, axes = drawn
    reduced = math.prod(shape if axes is None else [shape[a] for a in axes])
    assume(reduced or name in ("sum", "prod"))
    x = made(shape, layout, device)
    array = np.array(x.numpy())
    function = getattr(np, name, lambda a, axis, keepdims: np.log(np.exp(a).sum(axis=axis, keepdims=keepdims)))
    y = getattr(tg, name)(x, axis=axes, keepdims=keepdims)
    wanted = np.asarray(function(array, axis=axes, keepdims=keepdims))
    assert y.shape == wanted.shape
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-12, atol=1e-12)
    if is_small(x) and not (layout == "broadcast" and name in ("max", "min")):
        gradcheck(lambda x: getattr(tg, name)(x, axis=axes, keepdims=keepdims), x)


def places(index: Any) -> Any:
    return index if isinstance(index, tuple) else (index,)


def on_device(index: Any, device: str) -> Any:
    parts = tuple(tg.asarray(p, device=device) if isinstance(p, np.ndarray) else p for p in places(index))
    return parts if isinstance(index, tuple) else parts[0]


@st.composite
def shapes_with_indices(draw: Any) -> Any:
    shape = draw(shapes(min_ndim=1, max_ndim=3, min_size=1, max_size=4))
    kind = draw(st.sampled_from(["basic", "integers", "mixed", "mask"]))
    if kind == "basic":
        return shape, draw(hnp.basic_indices(shape, allow_newaxis=True, max_dims=5))
    if kind == "integers":
        return shape, draw(
            hnp.integer_array_indices(shape, result_shape=shapes(max_ndim=2, max_size=3), dtype=np.int64)
        )
    if kind == "mask":
        ndim = draw(st.integers(1, len(shape)))
        return shape, draw(hnp.arrays(np.bool_, shape[:ndim]))
    index = []
    for size in shape:
        choices = [
            st.integers(-size, size - 1),
            st.slices(size),
            hnp.arrays(np.int64, 2, elements=st.integers(-size, size - 1)),
        ]
        index.append(draw(st.one_of(choices)))
    return shape, tuple(index)


@given(drawn=shapes_with_indices(), layout=layouts())
@settings(max_examples=200)
def test_reading_at_an_index(drawn: Any, layout: str, device: str) -> None:
    shape, index = drawn
    x = made(shape, layout, device).requires_grad_()
    array = np.array(x.detach().numpy())
    y = x[on_device(index, device)]
    np.testing.assert_array_equal(y.detach().numpy(), array[index])
    g = np.random.default_rng(1).normal(size=y.shape)
    y.backward(tg.asarray(g, device=device))
    wanted = np.zeros(shape)
    np.add.at(wanted, index, g)
    np.testing.assert_allclose(x.grad.numpy(), wanted, rtol=1e-12, atol=1e-12)
    assert x.grad.dtype == tg.float64


@given(drawn=shapes_with_indices(), scalar=st.booleans(), data=st.data())
@settings(max_examples=200)
def test_writing_at_an_index(drawn: Any, scalar: bool, data: Any, device: str) -> None:
    shape, index = drawn
    positions = np.arange(math.prod(shape)).reshape(shape)[index]
    assume(len(np.unique(positions)) == positions.size)  # else it is undefined which value stays
    value_shape = (
        () if scalar else data.draw(st.sampled_from([positions.shape, positions.shape[1:], (1, *positions.shape[1:])]))
    )
    try:
        np.broadcast_to(np.empty(value_shape), positions.shape)
    except ValueError:
        assume(False)
    random = np.random.default_rng(0)
    a, v = random.normal(size=shape), random.normal(size=value_shape)
    x, value = (tg.asarray(t.copy(), device=device, requires_grad=True) for t in (a, v))
    h = x * 1
    h[on_device(index, device)] = value
    wanted = a.copy()
    wanted[index] = v
    np.testing.assert_array_equal(h.detach().numpy(), wanted)
    functional = tg.assign_at(x, on_device(index, device), value)
    np.testing.assert_array_equal(functional.detach().numpy(), wanted)
    g = random.normal(size=shape)
    kept = g.copy()
    kept[index] = 0
    for result in (h, functional):
        x.grad = value.grad = None
        result.backward(tg.asarray(g, device=device))
        np.testing.assert_array_equal(x.grad.numpy(), kept)
        np.testing.assert_allclose(value.grad.numpy().sum(), g[index].sum(), atol=1e-12)
        assert value.grad.shape == value_shape


@st.composite
def matmul_shapes(draw: Any) -> Any:
    n, k, m = (draw(st.integers(0, 3)) for _ in range(3))
    left, right = draw(broadcastable_shapes(2, max_ndim=2))
    a = draw(st.sampled_from([(k,), (*left, n, k)]))
    b = draw(st.sampled_from([(k,), (*right, k, m)]))
    return a, b


@given(pair=matmul_shapes(), layout=layouts())
@settings(max_examples=100)
def test_matmul(pair: Any, layout: str, device: str) -> None:
    arrays = distinct(list(pair), np.random.default_rng(0))
    a, b = (in_layout(tg.asarray(x, device=device), layout) for x in arrays)
    wanted = np.matmul(np.array(a.numpy()), np.array(b.numpy()))
    y = a @ b
    assert y.shape == wanted.shape
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-12, atol=1e-12)
    if a.size <= 8 and b.size <= 8:
        gradcheck(tg.matmul, a, b)


@given(shape=shapes(min_ndim=1, max_ndim=4, max_size=3), data=st.data(), layout=layouts())
@settings(max_examples=100)
def test_rearrangements(shape: Any, data: Any, layout: str, device: str) -> None:
    x = made(shape, layout, device)
    array = np.array(x.numpy())
    ndim = len(shape)
    axis = data.draw(st.integers(-ndim, ndim - 1))
    order = tuple(data.draw(st.permutations(range(ndim))))
    widths = tuple(data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in shape)
    counts = tuple(data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=ndim + 1)))
    shift = data.draw(st.integers(-4, 4))
    pairs = [
        (lambda x: tg.permute_dims(x, order), lambda x: np.transpose(x, order)),
        (lambda x: tg.flip(x, axis), lambda x: np.flip(x, axis)),
        (lambda x: tg.roll(x, shift, axis), lambda x: np.roll(x, shift, axis)),
        (lambda x: tg.roll(x, shift), lambda x: np.roll(x, shift)),
        (lambda x: tg.pad(x, widths), lambda x: np.pad(x, widths)),
        (lambda x: tg.tile(x, counts), lambda x: np.tile(x, counts)),
        (lambda x: tg.repeat(x, 2, axis), lambda x: np.repeat(x, 2, axis)),
        (lambda x: tg.reshape(x, shape[::-1]), lambda x: np.reshape(x, shape[::-1])),
        (lambda x: tg.concat([x, x], axis), lambda x: np.concatenate([x, x], axis)),
        (lambda x: tg.stack([x, x], axis), lambda x: np.stack([x, x], axis)),
        (lambda x: tg.expand_dims(x, axis), lambda x: np.expand_dims(x, axis)),
        (lambda x: tg.moveaxis(x, axis, 0), lambda x: np.moveaxis(x, axis, 0)),
        (lambda x: tg.cumulative_sum(x, axis=axis), lambda x: np.cumsum(x, axis)),
        (lambda x: tg.cumulative_prod(x, axis=axis), lambda x: np.cumprod(x, axis)),
        (lambda x: tg.sort(x, axis), lambda x: np.sort(x, axis)),
        (lambda x: tg.tril(x) if ndim > 1 else x, lambda x: np.tril(x) if ndim > 1 else x),
    ]
    for ours, theirs in pairs:
        y, wanted = ours(x), theirs(array)
        assert y.shape == wanted.shape
        np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-12)
    if x.size <= 4 and layout != "broadcast":
        for ours, _ in pairs:
            gradcheck(ours, x)


LETTERS = "abcd"


@st.composite
def einsum_calls(draw: Any) -> Any:
    sizes = {label: draw(st.integers(0 if label == "d" else 1, 3)) for label in LETTERS}
    terms = draw(st.lists(st.text(LETTERS, max_size=3), min_size=1, max_size=3))
    labels = sorted(set("".join(terms)))
    result = "".join(draw(st.permutations(labels))[: draw(st.integers(0, len(labels)))])
    return ",".join(terms) + "->" + result, [tuple(sizes[label] for label in term) for term in terms]


@given(call=einsum_calls(), layout=layouts())
@settings(max_examples=150)
def test_einsum(call: Any, layout: str, device: str) -> None:
    subscripts, group = call
    arrays = distinct(group, np.random.default_rng(0))
    xs = [in_layout(tg.asarray(x, device=device), layout) for x in arrays]
    wanted = np.einsum(subscripts, *(np.array(x.numpy()) for x in xs))
    y = tg.einsum(subscripts, *xs)
    assert y.shape == wanted.shape
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-11, atol=1e-12)
    if sum(x.size for x in xs) <= 12:
        gradcheck(lambda *xs: tg.einsum(subscripts, *xs), *xs)
