"""What the CPU's namespace does otherwise than NumPy, and that the rest is NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.reductions import MOST_ROWS

REDUCED = st.sampled_from([np.bool_, np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64, np.complex64])


@given(st.data(), REDUCED)
def test_reductions(data, dtype):
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    x = (np.arange(np.prod(shape)) % 3).reshape(shape).astype(dtype)
    axes = st.sampled_from([None, *range(-len(shape), len(shape)), tuple(range(len(shape)))])
    axis, keepdims = data.draw(axes), data.draw(st.booleans())
    for name in ("sum", "prod", "any", "all", "max", "min"):
        if name in ("max", "min") and not x.size:
            continue
        expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
        result = getattr(cpu, name)(x, axis, keepdims)
        assert result.dtype == expected.dtype
        assert np.shape(result) == expected.shape
        np.testing.assert_array_equal(result, expected)


def test_extremes_of_nothing():
    for function in (cpu.max, cpu.min):
        with pytest.raises(ValueError, match="zero-size"):
            function(np.ones((0, 2)), 0)
        assert function(np.ones((0, 2)), 1).shape == (0,)


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.float32, np.float64])
def test_cumulative(dtype):
    x = np.array([[1, 0, 1], [1, 1, 1]], dtype)
    for axis in (0, 1, -1):
        for name, reference in (("cumulative_sum", np.cumsum), ("cumulative_prod", np.cumprod)):
            result = getattr(cpu, name)(x, axis)
            assert result.dtype == reference(x, axis).dtype
            np.testing.assert_array_equal(result, reference(x, axis))


def test_equal_elements_keep_their_order():
    x = np.tile(np.array([1, 0], np.float32), 500)
    order = cpu.argsort(x)
    assert order[:500].tolist() == list(range(1, 1000, 2))
    assert order[500:].tolist() == list(range(0, 1000, 2))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_sigmoid_has_no_overflow(dtype):
    x = np.array([-1e4, -20, -1, 0, 1, 20, 1e4], dtype)
    before = x.copy()
    y = cpu.sigmoid(x)
    assert y.dtype == dtype
    expected = 0.5 + 0.5 * np.tanh(x.astype(np.float64) / 2)
    np.testing.assert_allclose(y, expected, atol=np.finfo(dtype).eps)
    np.testing.assert_array_equal(x, before)
    assert cpu.sigmoid(np.array([0, 1])).dtype == np.float64
    assert cpu.sigmoid(np.array(0.0, dtype)) == 0.5


def test_sigmoid_is_exact_in_both_tails():
    x = np.linspace(-80, 20, 101, dtype=np.float32)
    np.testing.assert_allclose(cpu.sigmoid(x), 1 / (1 + np.exp(-x.astype(np.float64))), rtol=3e-6)


def test_pow_takes_the_short_way():
    x = np.array([1.1, -2.3, 3.7], np.float32)
    np.testing.assert_array_equal(cpu.pow(x, 2), x * x)
    np.testing.assert_array_equal(cpu.pow(2.0, x), np.pow(np.float32(2), x))


def test_wrap_and_views():
    x = np.ones((2, 3))
    y = cpu.wrap(cpu.sum(x))
    assert type(y) is np.ndarray
    assert y.shape == ()
    assert cpu.is_view(x[0])
    assert not cpu.is_view(x + 1)
    assert not cpu.is_view(y)


def test_getitem_of_rows_in_any_layout():
    x = np.arange(12.0).reshape(3, 4)
    index = np.array([[2, -3], [0, 0]])
    for y in (x, x.T, x[:, ::-1], np.asfortranarray(x)):
        np.testing.assert_array_equal(cpu.getitem(y, index), y[index])
        assert not cpu.is_view(cpu.getitem(y, index[0]))
    np.testing.assert_array_equal(cpu.getitem(x, (index % 3).astype(np.uint64)), x[index % 3])
    with pytest.raises(IndexError):
        cpu.getitem(np.array(1.0), index)


@given(st.data(), st.sampled_from([np.int64, np.float16, np.float32, np.float64, np.complex64]))
def test_sums_over_rows_and_products(data, dtype):
    sides = st.integers(0, 40)
    rows, inner, columns = data.draw(sides), data.draw(sides), data.draw(sides)
    x = (np.arange(rows * inner) % 7 - 3).reshape(rows, inner).astype(dtype)
    y = (np.arange(inner * columns) % 5 - 2).reshape(columns, inner).astype(dtype).T
    layouts = [x, np.asfortranarray(x), np.repeat(x, 2, 1)[:, ::2], x[::-1]]
    for a in layouts:  # small integers: exact, in whatever order they are added
        for axis in (0, 1, -1):
            expected = a.sum(axis, dtype)
            assert cpu.sum(a, axis).dtype == cpu.sum(a, axis, True).dtype == dtype
            np.testing.assert_array_equal(cpu.sum(a, axis), expected)
            np.testing.assert_array_equal(cpu.sum(a, axis, True), np.expand_dims(expected, axis))
        product = cpu.matmul(a, y)
        assert product.dtype == dtype
        np.testing.assert_array_equal(product, np.matmul(a, y))


def test_sums_over_rows_take_infinities_and_many_rows():
    with np.errstate(invalid="ignore"):
        x = np.array([[np.inf, np.nan, -np.inf, np.inf], [1, 1, 1, -np.inf]], np.float32)
        np.testing.assert_array_equal(cpu.sum(x, 0), x.sum(0))
    long = np.ones((MOST_ROWS + 1, 2), np.float32)
    assert cpu.sum(long, 0).tolist() == [len(long)] * 2


@pytest.mark.parametrize("shape", [(64, 1), (64, 16), (100, 3), (64, 17), (63, 3), (64, 2, 2)])
@pytest.mark.parametrize("dtype", [np.bool_, np.int64, np.float32])
def test_extremes_of_short_rows(shape, dtype):
    x = np.random.default_rng(0).integers(-9, 9, shape).astype(dtype)
    if dtype == np.float32:
        x[3] = np.nan
    for a in (x, np.asfortranarray(x), x[::-1]):
        for axis in (0, 1, -1):
            for keepdims in (False, True):
                for name in ("max", "min"):
                    expected = getattr(np, name)(a, axis, keepdims=keepdims)
                    np.testing.assert_array_equal(getattr(cpu, name)(a, axis, keepdims), expected)
    with pytest.raises(ValueError, match="zero-size"):
        cpu.max(np.ones((64, 0), dtype), 1)


def test_log1p_of_large_arrays():
    random = np.random.default_rng(0)
    large, small = np.exp(random.uniform(-80, 80, 4000)), np.exp(random.uniform(-80, -1e-3, 4000))
    x = np.concatenate([large, -small, random.uniform(-0.9, 2, 4000), [0, 1e-45, 3e38]]).astype(np.float32)
    expected = np.log1p(x.astype(np.float64))
    error = np.abs(cpu.log1p(x) - expected)
    assert np.max(error / np.spacing(np.abs(expected).astype(np.float32))) < 4.5
    edges = np.resize(np.array([-1, np.inf, np.nan, -2, 0], np.float32), 5000)
    assert cpu.log1p(edges)[:5].tolist()[:2] == [-np.inf, np.inf]
    assert np.isnan(cpu.log1p(edges)[2:4]).all()
    assert cpu.log1p(x).dtype == np.float32


def test_large_products_are_those_of_matmul():
    x = np.random.default_rng(0).standard_normal((cpu.FEW // 64, 5)).astype(np.float32)
    y = np.ones((5, 65), np.float32)
    for columns in (64, 65):
        np.testing.assert_array_equal(cpu.matmul(x, y[:, :columns]), np.matmul(x, y[:, :columns]))


def test_sums_of_float16_are_added_up_in_float32():
    x = np.ones((6000, 2), np.float16)
    for found in (cpu.sum(x, 0), cpu.sum(x.T, 1), cpu.cumulative_sum(x, 0)[-1], cpu.einsum("ij->j", x)):
        assert found.dtype == np.float16
        assert found.tolist() == [6000, 6000]
    assert cpu.sum(x) == 12000
    assert cpu.sum(x, (0, 1), True).tolist() == [[12000]]
    assert cpu.einsum("ij,ik->jk", x, x).tolist() == [[6000] * 2] * 2


def test_products_of_float16_are_added_up_in_float32():
    random = np.random.default_rng(0)
    for shape in ((3, 500), (200, 500)):
        x, y = random.standard_normal(shape).astype(np.float16), random.standard_normal((500, 100)).astype(np.float16)
        product = cpu.matmul(x, y)
        assert product.dtype == np.float16
        np.testing.assert_array_equal(product, (x.astype(np.float32) @ y.astype(np.float32)).astype(np.float16))
