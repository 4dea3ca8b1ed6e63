"""Index expressions, and the indexing functions of the namespaces against NumPy's loops."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.devices import as_array, namespace_for, to_numpy
from tinygrad_nn.backend.indexing import chooses_once, grid_along, integer_parts, is_basic, linear_index

ROWS = np.array([0, 1])
MASK = np.array([True, False])


@pytest.mark.parametrize("index", [0, np.int8(1), slice(None), None, ..., (), (0, None, ..., slice(1, 2), np.int64(3))])
def test_basic(index):
    assert is_basic(index)
    assert chooses_once(index)


@pytest.mark.parametrize("index", [True, np.True_, MASK, (0, MASK), (False, 0)])
def test_masks_choose_once(index):
    assert not is_basic(index)
    assert chooses_once(index)


@pytest.mark.parametrize("index", [ROWS, (0, ROWS), [0, 1], (MASK, ROWS), np.array(1)])
def test_arrays_may_choose_twice(index):
    assert not is_basic(index)
    assert not chooses_once(index)


@pytest.mark.parametrize(
    ("index", "found"),
    [
        (ROWS, [(0, 0)]),
        ((slice(None), ROWS), [(1, 1)]),
        ((..., ROWS), [(1, 3)]),
        ((None, ROWS, ..., ROWS, 0), [(1, 0), (3, 2)]),
        ((np.ones((2, 2), np.bool_), ROWS), [(1, 2)]),
        ((True, ROWS, None), [(1, 0)]),
        ((np.int64(1), 0, slice(None)), []),
        (MASK, []),
    ],
)
def test_integer_parts(index, found):
    assert integer_parts(index, (2, 2, 2, 2)) == found


@st.composite
def arrays_and_indices(draw):
    """A shape, and an index of any kind within its range."""
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))
    kind = draw(st.sampled_from(["basic", "arrays", "mixed", "mask"]))
    if kind == "basic":
        return shape, draw(hnp.basic_indices(shape, allow_newaxis=True))
    if kind == "mask":
        return shape, draw(hnp.arrays(np.bool_, shape[: draw(st.integers(1, len(shape)))]))
    count = draw(st.integers(1, len(shape)))
    assume(all(shape if kind == "mixed" else shape[:count]))
    index_shapes = draw(hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=2, max_side=3)).input_shapes
    sizes = [min(shape)] * count if kind == "mixed" else shape  # an Ellipsis moves the parts to other axes
    parts = [
        draw(hnp.arrays(draw(st.sampled_from([np.int64, np.int32])), s, elements=st.integers(-n, n - 1)))
        for s, n in zip(index_shapes, sizes)
    ]
    if kind == "mixed":
        place = draw(st.integers(0, count - 1))
        parts[place] = draw(st.sampled_from([slice(None), slice(None, None, -1), 0, ...]))
    if draw(st.booleans()) and len(parts) == 1:
        return shape, parts[0]
    return shape, tuple(parts)


@given(arrays_and_indices())
def test_linear_index(shape_and_index):
    shape, index = shape_and_index
    expected = np.arange(np.prod(shape)).reshape(shape)[index]
    positions = linear_index(np, index, shape)
    assert np.shape(positions) == expected.shape
    np.testing.assert_array_equal(positions, expected)


@given(arrays_and_indices(), st.sampled_from([np.float16, np.float32, np.float64, np.complex64, np.int32, np.bool_]))
def test_getitem_assign_at_and_scatter_add(device, shape_and_index, dtype):
    shape, index = shape_and_index
    xp = namespace_for(device)
    x = (np.arange(np.prod(shape)) % 7).reshape(shape).astype(dtype)
    chosen = x[index]
    there = as_array(x, device=device)
    place = index if type(index) is tuple else (index,)
    place = tuple(as_array(part, device=device) if isinstance(part, np.ndarray) else part for part in place)
    place = place if type(index) is tuple else place[0]

    result = xp.wrap(xp.getitem(there, place))
    assert result.shape == chosen.shape
    np.testing.assert_array_equal(to_numpy(result), chosen)

    g = (np.arange(chosen.size) % 5).reshape(chosen.shape).astype(dtype)
    expected = np.zeros(shape, dtype)
    np.add.at(expected, index, g)
    result = xp.scatter_add(as_array(g, device=device), place, shape)
    assert result.shape == shape
    assert result.dtype == dtype
    np.testing.assert_array_equal(to_numpy(result), expected)

    expected = x.copy()
    expected[index] = 1
    np.testing.assert_array_equal(to_numpy(xp.assign_at(there, place, 1)), expected)
    np.testing.assert_array_equal(to_numpy(there), x)


@pytest.mark.parametrize("index", [2, -3, ([2],), ([-3],), (slice(None), [3]), ([0, 1], [0, 3]), (..., [-4])])
def test_out_of_range(index, device):
    xp = namespace_for(device)
    x = as_array(np.ones((2, 3), np.float32), device=device)
    if isinstance(index, tuple):
        index = tuple(as_array(part, device=device) if isinstance(part, list) else part for part in index)
    for compute in (
        lambda: xp.getitem(x, index),
        lambda: xp.assign_at(x, index, 0.0),
        lambda: xp.scatter_add(as_array(1.0, device=device), index, (2, 3)),
    ):
        with pytest.raises(IndexError):
            compute()


def test_scatter_add_is_exact_where_positions_repeat_often():
    g = np.full(100_000, 0.1, np.float32)
    out = cpu.scatter_add(g, np.zeros(100_000, np.int64), (3,))
    np.testing.assert_allclose(out, [np.float32(0.1) * 100_000, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scatter_add_of_few_rows_into_many(dtype):
    rng = np.random.default_rng(0)
    g = rng.standard_normal((5, 4)).astype(dtype)
    index = np.array([999, 0, 999, -1, 7])
    expected = np.zeros((1000, 4), dtype)
    np.add.at(expected, index, g)
    np.testing.assert_allclose(cpu.scatter_add(g, index, (1000, 4)), expected, rtol=1e-6)


@given(st.data())
def test_along_axis(device, data):
    xp = namespace_for(device)
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    count = data.draw(st.integers(0, 4))
    at = axis % len(shape)
    n = shape[at]
    chosen_shape = (*shape[:at], count, *shape[at + 1 :])
    indices = data.draw(hnp.arrays(np.int64, chosen_shape, elements=st.integers(-n, n - 1)))
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    there = as_array(indices, device=device)

    result = xp.take_along_axis(as_array(x, device=device), there, axis)
    np.testing.assert_array_equal(to_numpy(result), np.take_along_axis(x, indices, axis))

    g = np.arange(indices.size, dtype=np.float32).reshape(chosen_shape)
    expected = np.zeros(shape, np.float32)
    grid = list(np.ix_(*(np.arange(size) for size in chosen_shape)))
    grid[at] = indices
    np.add.at(expected, tuple(grid), g)
    result = xp.put_along_axis(as_array(g, device=device), there, axis, n)
    assert result.shape == shape
    np.testing.assert_array_equal(to_numpy(result), expected)


def test_along_axis_broadcasts(device):
    xp = namespace_for(device)
    x = np.arange(6.0).reshape(1, 6)
    indices = np.array([[0], [5], [-1]])
    result = xp.take_along_axis(as_array(x, device=device), as_array(indices, device=device), 1)
    np.testing.assert_array_equal(to_numpy(result), [[0], [5], [5]])


def test_along_axis_refusals(device):
    xp = namespace_for(device)
    x = as_array(np.ones((2, 3), np.float32), device=device)
    one = as_array([[0], [0]], device=device)
    with pytest.raises(IndexError, match="indices must be integers, not bool"):
        xp.take_along_axis(x, as_array([[True], [True]], device=device), 1)
    with pytest.raises(ValueError, match="indices with 1 axes"):
        xp.take_along_axis(x, as_array([0], device=device), 0)
    with pytest.raises(ValueError, match="along axis 2"):
        xp.take_along_axis(x, one, 2)
    for bad in (3, -4):
        with pytest.raises(IndexError):
            xp.take_along_axis(x, as_array([[bad], [0]], device=device), 1)
        with pytest.raises(IndexError):
            xp.put_along_axis(as_array([[1.0], [1.0]], device=device), as_array([[bad], [0]], device=device), 1, 3)


def test_grid_along():
    rows, columns = grid_along(np.arange, np.array([[0, 2]]), -1, (2, 3))
    assert rows.tolist() == [[0], [1]]
    assert columns.tolist() == [[0, 2]]
