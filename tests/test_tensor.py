"""The tensor itself: what it says of itself, conversions, operators, methods."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg


def tensor(values: Any, device: str, dtype: Any = None) -> Any:
    return tg.asarray(values, dtype=dtype, device=device)


# What it says of itself


def test_attributes(device: str) -> None:
    x = tensor(np.zeros((2, 3), np.float32), device)
    assert (x.shape, x.ndim, x.size, x.dtype, x.device, len(x)) == ((2, 3), 2, 6, tg.float32, device, 2)
    assert x.is_leaf
    assert not x.requires_grad
    assert x.grad is None


def test_repr(device: str) -> None:
    where = "" if device == "cpu" else f", device='{device}'"
    assert repr(tensor([1.0, 2.5], device)) == f"Tensor([1. , 2.5], dtype=float32{where})"
    x = tg.asarray([[1.0], [2.0]], device=device, requires_grad=True)
    assert repr(x) == f"Tensor([[1.],\n        [2.]], dtype=float32{where}, requires_grad=True)"
    assert repr(tensor(3, device)) == f"Tensor(3, dtype=int64{where})"
    assert str(tensor([True], device)) == f"Tensor([ True], dtype=bool{where})"
    assert len(repr(tg.zeros(100_000, device=device))) < 200


def test_transposes(device: str) -> None:
    x = tensor(np.arange(6).reshape(2, 3), device)
    np.testing.assert_array_equal(x.T.numpy(), x.numpy().T)
    y = tensor(np.arange(12).reshape(2, 3, 2), device)
    np.testing.assert_array_equal(y.mT.numpy(), y.numpy().swapaxes(-1, -2))


def test_iteration(device: str) -> None:
    x = tg.asarray([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    rows = list(x)
    assert [row.tolist() for row in rows] == [[1, 2], [3, 4]]
    assert [row.tolist() for row in reversed(x.detach())] == [[3, 4], [1, 2]]
    (rows[1] * 2).sum().backward()
    assert x.grad.tolist() == [[0, 0], [2, 2]]


def test_membership_and_hashing(device: str) -> None:
    x = tensor([1, 2, 3], device)
    assert 2 in x
    assert 5 not in x
    assert len({x, x, tensor([1, 2, 3], device)}) == 2  # by identity


# Out of the framework


def test_conversions(device: str) -> None:
    x = tensor([1.5], device)
    assert (x.item(), float(x), int(x), complex(x), bool(x)) == (1.5, 1.5, 1, 1.5, True)
    assert [10, 20, 30][tensor(2, device)] == 30
    assert f"{x:.3f}" == "1.500"
    assert f"{tensor([1, 2], device)}" == str(tensor([1, 2], device))
    assert tensor([[1, 2], [3, 4]], device).tolist() == [[1, 2], [3, 4]]
    assert type(tensor(1, device).item()) is int


def test_conversions_that_are_refused(device: str) -> None:
    with pytest.raises(TypeError, match="integer tensor"):
        [1, 2][tensor(1.0, device)]
    many = tensor([1.0, 2.0], device)
    for convert in (float, int, bool, complex, lambda x: x.item()):
        with pytest.raises(ValueError, match=r"\(2,\)"):
            convert(many)


def test_numpy_shares_memory_on_the_cpu() -> None:
    array = np.zeros(3)
    x = tg.asarray(array)
    x[0] = 5.0
    assert array[0] == 5
    assert np.shares_memory(x.numpy(), array)
    assert np.shares_memory(np.asarray(x), array)


def test_arrays_from_other_devices_are_explicit() -> None:
    x = tg.ones(2, device="strict")
    assert type(x.numpy()) is np.ndarray
    with pytest.raises(TypeError, match=r"x\.numpy\(\)"):
        np.asarray(x)
    with pytest.raises(TypeError, match=r"x\.detach\(\)\.numpy\(\)"):
        np.asarray(x.requires_grad_())


def test_array_protocol() -> None:
    x = tg.asarray([1.0, 2.0])
    copied = np.array(x)
    copied[0] = 9
    assert x.tolist() == [1, 2]
    assert not np.shares_memory(np.asarray(x, copy=True), x.array)
    assert np.shares_memory(np.asarray(x, copy=False), x.array)
    assert np.asarray(x, np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(x, np.float64, copy=False)
    with pytest.raises(tg.GraphError, match="detach"):
        np.asarray(x.requires_grad_())


def test_copies(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    (x * x).sum().backward()
    twin = copy.deepcopy(x)
    assert twin.requires_grad
    assert twin.is_leaf
    assert twin.grad.tolist() == [2, 4]
    with tg.no_grad():
        twin += 1
        twin.grad[0] = 7.0
    assert x.tolist() == [1, 2]
    assert x.grad.tolist() == [2, 4]
    y = x.copy()
    assert y.requires_grad
    assert not y.is_leaf
    pair = [x, x]
    twins = copy.deepcopy(pair)
    assert twins[0] is twins[1]
    with pytest.raises(tg.GraphError, match="graph"):
        copy.deepcopy(x * 2)


def test_pickles(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    (x * x).sum().backward()
    twin, again = pickle.loads(pickle.dumps((x, x)))
    assert twin is again
    assert (twin.device, twin.requires_grad, twin.is_leaf) == (device, True, True)
    assert (twin.tolist(), twin.grad.tolist()) == ([1, 2], [2, 4])
    (twin * twin).sum().backward()
    assert (twin.grad.tolist(), x.grad.tolist()) == ([4, 8], [2, 4])
    with pytest.raises(tg.GraphError, match="graph"):
        pickle.dumps(x * 2)


def test_what_was_mapped_into_memory_is_a_tensor_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "values").write_bytes(np.asarray([1.0, 2.0], np.float32).tobytes())
    x = tg.ones(2)
    x.__setstate__((np.memmap(tmp_path / "values", np.float32, "r"), None, False))
    x += 1
    assert x.tolist() == [2, 3]


def test_to_device_is_itself_where_it_is_already(device: str) -> None:
    x = tensor([1.0], device)
    assert x.to_device(device) is x
    there = x.to_device("strict")
    assert (there.device, there.tolist()) == ("strict", [1])
    with pytest.raises(ValueError, match="unknown device"):
        x.to_device("moon")


def test_astype(device: str) -> None:
    x = tg.asarray([1.5, -2.5], device=device, requires_grad=True)
    assert x.astype(tg.int32).tolist() == [1, -2]
    assert x.astype("float16").dtype == tg.float16
    assert x.astype(float).dtype == tg.float32
    assert x.astype(bool).tolist() == [True, True]
    assert not x.astype(int).requires_grad
    assert x.astype(tg.float64).requires_grad
    with pytest.raises(TypeError, match="computed with"):
        x.astype("U3")


# Operators

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]
BITS = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def check(operate: Callable[..., Any], a: Any, b: Any, device: str) -> None:
    """Tensors with tensors, with numbers on either side, as NumPy."""
    x, y = np.array(a), np.array(b)
    for ours, theirs in (
        (lambda: operate(tensor(x, device), tensor(y, device)), lambda: operate(x, y)),
        (lambda: operate(tensor(x, device), b[0]), lambda: operate(x, b[0])),
        (lambda: operate(a[0], tensor(y, device)), lambda: operate(a[0], y)),
    ):
        found, wanted = ours(), theirs()
        assert isinstance(found, tg.Tensor)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found.numpy(), wanted)


@pytest.mark.parametrize("operate", BINARY + COMPARISONS)
def test_operators_on_floats(operate: Callable[..., Any], device: str) -> None:
    check(operate, [1.0, 2.5, 4.0], [2.0, 2.5, 3.0], device)


@pytest.mark.parametrize("operate", BINARY + COMPARISONS + BITS)
def test_operators_on_integers(operate: Callable[..., Any], device: str) -> None:
    check(operate, [1, 5, 4], [2, 3, 1], device)


@pytest.mark.parametrize("operate", [operator.and_, operator.or_, operator.xor, operator.eq, operator.ne])
def test_operators_on_booleans(operate: Callable[..., Any], device: str) -> None:
    check(operate, [True, False, True], [True, True, False], device)


def test_unary_operators(device: str) -> None:
    x = tensor([1.0, -2.0], device)
    assert (-x).tolist() == [-1, 2]
    assert (+x).tolist() == [1, -2]
    assert abs(x).tolist() == [1, 2]
    assert (~tensor([True, False], device)).tolist() == [False, True]
    assert (~tensor([0, 5], device)).tolist() == [-1, -6]


def test_matmul_operator(device: str) -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    np.testing.assert_array_equal((tensor(a, device) @ tensor(b, device)).numpy(), a @ b)


def test_operators_with_numpy_arrays() -> None:
    x, array = tg.asarray([1.0, 2.0]), np.array([3.0, 4.0], np.float32)
    for result in (x + array, array + x, array * x, x @ array, array @ x, array > x, array**x, array / x):
        assert isinstance(result, tg.Tensor)
    assert isinstance(np.float32(2) * x, tg.Tensor)
    assert (np.float32(2) * x).dtype == tg.float32


def test_operators_with_arrays_of_the_same_device(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    y = tensor([3.0, 4.0], device).array
    (x * y + y * x).sum().backward()
    assert x.grad.tolist() == [6, 8]


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32, tg.float64])
def test_numbers_do_not_change_the_dtype(dtype: Any, device: str) -> None:
    x = tensor([1.0, 2.0], device, dtype)
    for result in (x + 1, 2.0 * x, x / 3, x**2, x**0.5, 1 - x, True * x, x // 2, x % 2):
        assert result.dtype == dtype


def test_dtypes_are_promoted_as_in_numpy(device: str) -> None:
    dtypes = [np.bool_, np.int8, np.uint8, np.int32, np.int64, np.float16, np.float32, np.float64, np.complex64]
    for a in dtypes:
        for b in dtypes:
            found = tg.zeros(1, dtype=a, device=device) + tg.zeros(1, dtype=b, device=device)
            assert found.dtype == np.result_type(a, b)


def test_comparisons_are_tensors(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    y = x > 1
    assert (y.dtype, y.requires_grad, y.tolist()) == (tg.bool, False, [False, True])
    assert (x == x).all()


# Methods do what the functions of their names do


METHODS: dict[str, tuple[Any, ...]] = {
    "abs": (), "exp": (), "log": (), "sqrt": (), "square": (), "sin": (), "cos": (), "tanh": (), "sigmoid": (),
        "relu": (),
    "conj": (), "copy": (), "sum": (), "mean": (1,), "prod": (0,), "max": (), "min": (1,), "logsumexp": (1,), "any": (),
    "all": (0,), "var": (), "std": (1,), "argmax": (), "argmin": (1,), "softmax": (1,), "log_softmax": (0,),
    "cumulative_sum": (1,), "cumulative_prod": (0,), "clip": (1.0, 2.0), "reshape": ((3, 2),), "flatten": (),
    "permute_dims": ((1, 0),), "swapaxes": (0, 1), "moveaxis": (0, 1), "expand_dims": (0,), "squeeze": (),
    "broadcast_to": ((2, 2, 3),), "flip": (0,), "sort": (0,), "argsort": (1,), "astype": (tg.float64,),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str, device: str) -> None:
    x = tensor([[1.0, 3.0, 2.0], [2.5, 0.5, 4.0]], device)
    arguments = METHODS[name]
    if name in ("mean", "prod", "min", "logsumexp", "all", "std", "argmin", "softmax", "log_softmax",
                "cumulative_sum", "cumulative_prod"):  # fmt: skip
        function = getattr(tg, name)(x, axis=arguments[0])
    else:
        function = getattr(tg, name)(x, *arguments)
    found = getattr(x, name)(*arguments)
    np.testing.assert_array_equal(found.numpy(), function.numpy())
    assert found.dtype == function.dtype


def test_every_method_is_tested() -> None:
    functions = set(tg.ops.__all__)
    methods = {name for name in vars(tg.Tensor) if name in functions}
    assert sorted(methods - set(METHODS) - {"to_device"}) == []


def test_reductions_by_keywords(device: str) -> None:
    x = tensor(np.arange(6.0).reshape(2, 3), device)
    assert x.sum(axis=0, keepdims=True).shape == (1, 3)
    assert x.var(axis=1, correction=1).tolist() == [1, 1]
    assert x.std(correction=0, keepdims=True).shape == (1, 1)
    assert x.argmax(axis=1, keepdims=True).shape == (2, 1)


def test_reshape_takes_sizes_one_by_one(device: str) -> None:
    x = tg.zeros((2, 3), device=device)
    assert x.reshape(3, 2).shape == x.reshape((3, 2)).shape == x.reshape([3, 2]).shape == (3, 2)
    assert x.reshape(-1).shape == (6,)
    assert x[0, 0].reshape(()).shape == ()


# Indices


def test_indices(device: str) -> None:
    array = np.arange(24).reshape(2, 3, 4)
    x = tensor(array, device)
    for index in (0, -1, slice(1), (1, 2), (..., 0), (None, 0), (slice(None, None, -1), 1), (0, ..., 1), (), ..., None,
                  [1, 0], ([0, 1], [2, 0]), (slice(None), [True, False, True]), [], True, np.int64(1),
                  (np.int32(0), slice(2))):  # fmt: skip
        np.testing.assert_array_equal(x[index].numpy(), array[index])
    mask = tensor(array % 2 == 0, device)
    np.testing.assert_array_equal(x[mask].numpy(), array[array % 2 == 0])
    rows = tensor([1, 1], device)
    np.testing.assert_array_equal(x[rows].numpy(), array[[1, 1]])
    np.testing.assert_array_equal(x[0, rows, 1:].numpy(), array[0, [1, 1], 1:])
    np.testing.assert_array_equal(x[tensor(1, device)].numpy(), array[1])


def test_writes(device: str) -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    x = tensor(array.copy(), device)
    for index in (
        0,
        (1, 2),
        (..., 0),
        (slice(None, None, -1), 1),
        [1, 0],
        (slice(None), [True, False, True]),
        (0, 1, 2),
    ):
        x[index] = 7.5
        array[index] = 7.5
        x[index] = x[index] + 1
        array[index] = array[index] + 1
        np.testing.assert_array_equal(x.numpy(), array)
    x[x > 8] = 0
    array[array > 8] = 0
    np.testing.assert_array_equal(x.numpy(), array)
    x[0] = tensor([1.0, 2.0, 3.0, 4.0], device)
    array[0] = [1, 2, 3, 4]
    np.testing.assert_array_equal(x.numpy(), array)


def test_basic_indices_give_views_and_others_copies(device: str) -> None:
    x = tg.zeros((2, 3), device=device)
    x[0][1] = 1.0
    x.T[2, 1] = 2.0
    x.reshape(6)[3] = 3.0
    x[tensor([1], device)][0, 1] = 9.0
    assert x.tolist() == [[0, 1, 0], [3, 0, 2]]


# A tensor of a tensor


def test_one_memory_has_one_version(device: str) -> None:
    x = tensor([1.0, 2.0], device)
    w = tg.ones(2, device=device, requires_grad=True)
    y = (x * w).sum()
    again = tg.asarray(x)
    assert again is not x
    again[0] = 5.0
    assert x.tolist() == [5, 2]
    with pytest.raises(tg.GraphError, match="in place"):
        y.backward()


def test_a_tensor_of_a_tensor_is_detached(device: str) -> None:
    x = tg.asarray([1.0], device=device, requires_grad=True)
    y = tg.asarray(x * 2)
    assert not y.requires_grad
    assert y.is_leaf
    z = tg.asarray(x, requires_grad=True)
    (z * 3).backward()
    assert x.grad is None
    assert z.grad.item() == 3


def test_subclasses_give_tensors(device: str) -> None:
    class Marked(tg.Tensor):
        pass

    x = Marked([1.0, 2.0], device=device, requires_grad=True)
    y = x * 2
    assert type(y) is tg.Tensor
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]
    x2 = copy.deepcopy(x)
    assert type(x2) is Marked


def test_comparing_with_none_names_is_none(device: str) -> None:
    x = tg.ones(2, device=device)
    with pytest.raises(TypeError, match="use `x is None`"):
        x == None  # noqa: B015, E711
    with pytest.raises(TypeError, match="use `x is None`"):
        x != None  # noqa: B015, E711
