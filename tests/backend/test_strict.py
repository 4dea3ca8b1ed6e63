"""The stand-in for a GPU refuses what a GPU would, and does what it would where that differs from NumPy."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_nn.backend.devices import as_array, device_of, namespace_for, resolve, to_numpy
from tinygrad_nn.backend.errors import DeviceError
from tinygrad_nn.backend.strict import StrictArray

xp = namespace_for("strict")


def strict(data, dtype=None):
    return as_array(data, dtype, "strict")


@pytest.fixture
def x():
    return strict([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize("other", [np.ones(3), np.array(1.0), [1.0, 2.0, 3.0], (1.0, 2.0, 3.0), None, object()])
def test_operands_from_the_host_are_refused(x, other):
    for compute in (
        lambda: x + other,
        lambda: other + x,
        lambda: xp.add(x, other),
        lambda: xp.add(other, x),
        lambda: x == other,
        lambda: xp.matmul(x, other),
    ):
        with pytest.raises(TypeError):
            compute()


def test_refusal_names_the_function(x):
    with pytest.raises(TypeError, match=r"^multiply: got a ndarray .*transfer it first"):
        x * np.ones(3)
    with pytest.raises(TypeError, match=r"^add: got a list"):
        x += [1.0, 2.0, 3.0]


def test_numbers_are_operands(x):
    np.testing.assert_array_equal(to_numpy(x + 1), to_numpy(x) + 1)
    np.testing.assert_array_equal(to_numpy(np.float32(2) * x), to_numpy(x) * 2)
    assert (2 * x).dtype == np.float32
    assert (2.0 * strict([1, 2])).dtype == np.float64


@pytest.mark.parametrize(
    "read", [float, int, bool, complex, np.asarray, list, lambda x: x.item(), lambda x: x.tolist()]
)
def test_values_are_not_read_unasked(read):
    with pytest.raises(TypeError):
        read(strict(1.0))
    with pytest.raises(TypeError):
        read(strict([1.0]))


def test_reading_error_tells_the_way(x):
    with pytest.raises(TypeError, match=r"float\(\).*strict.*x\.numpy\(\)"):
        float(x)


def test_functions_need_an_array():
    with pytest.raises(TypeError, match="sum: got a list"):
        xp.sum([1, 2])
    with pytest.raises(TypeError, match="none of the arguments"):
        xp.exp(1.0)


@pytest.mark.parametrize("keyword", ["where", "out", "order", "subok", "casting", "initial"])
def test_keywords_of_numpy_alone_are_refused(x, keyword):
    with pytest.raises(TypeError, match=f"sum: .*'{keyword}'"):
        xp.sum(x, **{keyword: None})


def test_where_with_a_condition_only_is_refused(x):
    with pytest.raises(TypeError, match="synchronise"):
        xp.where(x > 2)


def test_lists_and_host_arrays_are_no_indices(x):
    for index in ([0, 1], np.array([0, 1]), ([0, 1], 0), (slice(None), np.array([True, False, True]))):
        with pytest.raises(TypeError, match="getitem"):
            x[index]
        with pytest.raises(TypeError, match="getitem"):
            xp.getitem(x, index)
        with pytest.raises(TypeError, match="assign_at"):
            x[index] = 0.0
        with pytest.raises(TypeError, match="scatter_add"):
            xp.scatter_add(x, index, (2, 3))


def test_assigned_values_from_the_host_are_refused(x):
    for value in (np.ones(3), [1.0, 2.0, 3.0]):
        with pytest.raises(TypeError, match="assign_at"):
            x[0] = value


def test_reductions_and_elements_are_arrays(x):
    for y in (xp.sum(x), xp.max(x), xp.argmax(x), xp.all(x > 0), x[0, 0], x[1][2], xp.einsum("ij->", x)):
        assert type(y) is StrictArray
        assert y.shape == ()


def test_no_warnings_as_on_a_gpu():
    zero = strict([0.0, -1.0])
    y = to_numpy(xp.log(zero))
    assert y[0] == -np.inf
    assert np.isnan(y[1])
    assert to_numpy(1 / zero)[0] == np.inf


def test_operators_wrap_indices_and_functions_check_them(x):
    index = strict([2, -3])
    np.testing.assert_array_equal(to_numpy(x[index]), to_numpy(x)[[0, 1]])
    np.testing.assert_array_equal(to_numpy(x[:, strict([3])]), to_numpy(x)[:, [0]])
    y = xp.copy(x)
    y[index] = 0.0
    assert not to_numpy(y).any()
    for compute in (
        lambda: xp.getitem(x, index),
        lambda: xp.assign_at(x, index, 0.0),
        lambda: xp.scatter_add(x, index, (2, 3)),
        lambda: xp.take_along_axis(x, strict([[3], [0]]), 1),
        lambda: xp.put_along_axis(x, strict([[3, 0, 0], [0, 0, 0]]), 1, 3),
    ):
        with pytest.raises(IndexError):
            compute()
    with pytest.raises(IndexError):
        x[2]


def test_of_values_for_one_place_the_first_stays():
    x = strict([0.0, 0.0])
    x[strict([1, 1, 0])] = strict([5.0, 6.0, 7.0])
    np.testing.assert_array_equal(to_numpy(x), [7.0, 5.0])
    y = xp.assign_at(x, strict([0, 0]), strict([1.0, 2.0]))
    np.testing.assert_array_equal(to_numpy(y), [1.0, 5.0])
    np.testing.assert_array_equal(to_numpy(x), [7.0, 5.0])


def test_views_share_memory_and_say_so(x):
    row = x[0]
    assert xp.is_view(row)
    assert not xp.is_view(x + 1)
    assert not xp.is_view(x)
    row += 10.0
    x[1, 1] = 0.0
    x[:, 2] *= 2.0
    np.testing.assert_array_equal(to_numpy(x), [[11, 12, 26], [4, 0, 12]])
    element = x[0, 0]
    element += 1.0
    assert to_numpy(x)[0, 0] == 12
    assert xp.is_view(xp.real(x))
    assert xp.is_view(xp.permute_dims(x, (1, 0)))


def test_in_place_keeps_dtype_and_refuses_what_does_not_fit(x):
    x += strict(np.ones(3))
    assert x.dtype == np.float32
    integers = strict([1, 2])
    with pytest.raises(TypeError):
        integers += 0.5
    with pytest.raises(ValueError, match=r"broadcast"):
        x += strict(np.ones((4, 2, 3)))


def test_transfer_copies():
    host = np.ones(3)
    x = strict(host)
    x += 1.0
    assert host.sum() == 3
    back = to_numpy(x)
    back += 1.0
    assert to_numpy(x).sum() == 6


def test_mixing_with_another_device_is_refused(x):
    with pytest.raises(DeviceError, match=r"mul: operands are on strict and cpu.*to_device"):
        resolve("mul", StrictArray, np.ones(3))


def test_what_it_says_about_itself(x):
    assert repr(x) == "<strict float32[2, 3]>"
    assert device_of(x) == "strict"
    assert xp.is_available()
    assert xp.description()
    y = copy.deepcopy(x)
    y += 1.0
    assert to_numpy(x)[0, 0] == 1
    xp.synchronize()


ARRAYS = hnp.arrays(np.float32, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-5, 5, width=32))


@given(ARRAYS, st.data())
def test_basic_indexing_is_numpys(array, data):
    index = data.draw(hnp.basic_indices(array.shape, allow_newaxis=True))
    expected = array[index]
    for y in (strict(array)[index], xp.getitem(strict(array), index)):
        assert y.shape == np.shape(expected)
        np.testing.assert_array_equal(to_numpy(y), expected)


@given(ARRAYS, st.data())
def test_assignment_with_distinct_indices_is_numpys(array, data):
    n = array.shape[0]
    rows = data.draw(st.lists(st.integers(-n, n - 1), max_size=n, unique_by=lambda i: i % n))
    rows = np.array(rows, np.int64)
    values = np.arange(rows.size * array[0].size, dtype=np.float32).reshape(rows.shape + array.shape[1:])
    x, expected = strict(array), array.copy()
    x[strict(rows)] = strict(values)
    expected[rows] = values
    np.testing.assert_array_equal(to_numpy(x), expected)
