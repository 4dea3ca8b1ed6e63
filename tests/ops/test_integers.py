"""Integers, booleans and complex numbers through the operations that make sense for them, as NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

NAMES = {"acos": "arccos", "asin": "arcsin", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh",
         "pow": "power", "permute_dims": "transpose", "atan2": "arctan2", "concat": "concatenate"}  # fmt: skip
UNARY = [
    "negative", "positive", "square", "abs", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin",
        "cos",
    "tan", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "sign", "floor", "ceil", "round", "trunc", "conj", "real",
        "imag",
    "isfinite", "isinf", "isnan", "logical_not",
]  # fmt: skip
BINARY = ["add", "subtract", "multiply", "divide", "floor_divide", "remainder", "pow", "maximum", "minimum",
    "logaddexp",
          "hypot", "atan2", "copysign", "equal", "less", "logical_and"]  # fmt: skip
REDUCTIONS = ["sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "argmax", "argmin", "count_nonzero"]


def numpy_of(name: str) -> Any:
    return getattr(np, NAMES.get(name, name))


def check(found: Any, wanted: Any, kinds_only: bool = False) -> None:
    wanted = np.asarray(wanted)
    assert found.shape == wanted.shape
    assert found.dtype.kind == wanted.dtype.kind if kinds_only else found.dtype == wanted.dtype
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.int16])
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_integers(name: str, dtype: Any, device: str) -> None:
    x = np.array([[1, 2], [3, 4]], dtype)
    check(getattr(tg, name)(tg.asarray(x, device=device)), numpy_of(name)(x))


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_integers(name: str, dtype: Any, device: str) -> None:
    a, b = np.array([[1, 7], [3, 4]], dtype), np.array([2, 3], dtype)
    check(getattr(tg, name)(tg.asarray(a, device=device), tg.asarray(b, device=device)), numpy_of(name)(a, b))


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.bool_])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_integers(name: str, dtype: Any, device: str) -> None:
    x = np.array([[1, 0, 3], [0, 0, 1]]).astype(dtype)
    for axis in (None, 0, 1):
        check(getattr(tg, name)(tg.asarray(x, device=device), axis=axis), numpy_of(name)(x, axis=axis))


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_, np.complex64])
def test_shapes_of_anything(dtype: Any, device: str) -> None:
    x = np.array([[1, 0, 3], [0, 2, 1]]).astype(dtype)
    t = tg.asarray(x, device=device)
    check(t.reshape(3, 2), x.reshape(3, 2))
    check(tg.reshape(t, (3, 2), copy=True), x.reshape(3, 2))
    check(t.T, x.T)
    check(tg.concat([t, t], axis=1), np.concatenate([x, x], 1))
    check(tg.stack([t, t]), np.stack([x, x]))
    check(tg.flip(t), np.flip(x))
    check(tg.roll(t, 1), np.roll(x, 1))
    check(tg.tile(t, 2), np.tile(x, 2))
    check(tg.repeat(t, 2, axis=0), np.repeat(x, 2, 0))
    check(tg.pad(t, 1), np.pad(x, 1))
    check(tg.tril(t), np.tril(x))
    check(t[:, tg.asarray([2, 0], device=device)], x[:, [2, 0]])
    check(tg.where(t == 0, t, t + t), np.where(x == 0, x, x + x))
    check(tg.cumulative_sum(t, axis=1), np.cumsum(x, 1))
    check(
        tg.take_along_axis(t, tg.asarray([[1], [0]], device=device), 1), np.take_along_axis(x, np.array([[1], [0]]), 1)
    )


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
def test_products_of_integers(dtype: Any, device: str) -> None:
    a, b = np.array([[1, 2], [3, 4]], dtype), np.array([[0, 1], [1, 5]], dtype)
    x, y = tg.asarray(a, device=device), tg.asarray(b, device=device)
    check(x @ y, a @ b)
    check(tg.einsum("ij,jk->ik", x, y), np.einsum("ij,jk->ik", a, b))
    check(tg.tensordot(x, y, 1), np.tensordot(a, b, 1))


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.bool_])
def test_sorting_integers(dtype: Any, device: str) -> None:
    x = np.array([[3, 1, 2, 1], [0, 5, 5, 1]]).astype(dtype)
    t = tg.asarray(x, device=device)
    check(tg.sort(t), np.sort(x))
    check(tg.argsort(t), np.argsort(x, kind="stable"))
    check(tg.sort(t, descending=True), np.sort(x)[:, ::-1])
    values, places = tg.top_k(t, 2)
    check(values, np.sort(x)[:, ::-1][:, :2])
    assert places.dtype == tg.int64


@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_clip_of_integers(dtype: Any, device: str) -> None:
    x = np.array([0, 3, 7], dtype)
    check(tg.clip(tg.asarray(x, device=device), 1, 5), np.clip(x, 1, 5))


def test_scatter_add_of_integers(device: str) -> None:
    for dtype in (np.int64, np.int32, np.uint8, np.float16, np.complex64):
        x = tg.asarray(np.array([1, 2, 4], dtype), device=device)
        found = tg.scatter_add(x, tg.asarray([0, 2, 2], device=device), (4,))
        check(found, np.array([1, 0, 6, 0], dtype))


COMPLEX = ["negative", "square", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "conj",
    "real",
           "imag", "isfinite", "isnan", "reciprocal"]  # fmt: skip


@pytest.mark.parametrize("name", COMPLEX)
def test_functions_of_complex_numbers(name: str, device: str) -> None:
    x = np.array([1 + 2j, -0.5 - 1j, 3j])
    check(getattr(tg, name)(tg.asarray(x, device=device)), numpy_of(name)(x))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "pow", "equal"])
def test_functions_of_two_complex_numbers(name: str, device: str) -> None:
    a, b = np.array([1 + 2j, -0.5 - 1j]), np.array([2 - 1j])
    check(getattr(tg, name)(tg.asarray(a, device=device), tg.asarray(b, device=device)), numpy_of(name)(a, b))


def test_products_of_complex_numbers(device: str) -> None:
    a, b = np.array([[1 + 2j, 3]]), np.array([[2j], [1 - 1j]])
    x, y = tg.asarray(a, device=device), tg.asarray(b, device=device)
    check(x @ y, a @ b)
    check(tg.vecdot(x[0], y[:, 0]), np.vdot(a[0], b[:, 0]))
    for name in ("sum", "prod", "mean"):
        check(getattr(tg, name)(x), getattr(np, name)(a))


def test_activations_of_integers(device: str) -> None:
    x = tg.asarray([-1, 0, 2], device=device)
    assert tg.relu(x).tolist() == [0, 0, 2]
    assert tg.relu(x).dtype == tg.int64
    np.testing.assert_allclose(tg.sigmoid(x).numpy(), 1 / (1 + np.exp([1.0, 0, -2])))
    np.testing.assert_allclose(tg.softmax(x, axis=0).numpy(), np.exp([-1, 0, 2]) / np.exp([-1, 0, 2]).sum())


def test_a_mask_times_a_tensor_that_requires_a_gradient(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    mask = x > 1
    (x * mask).sum().backward()
    assert x.grad.tolist() == [0, 1]
    assert x.grad.dtype == tg.float32


def test_integers_beside_floats_that_require_a_gradient(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    n = tg.asarray([3, 4], device=device)
    (x * n + x / n - n**x).sum().backward()
    wanted = np.array([3, 4]) + 1 / np.array([3, 4]) - np.array([3.0, 4.0]) ** [1, 2] * np.log([3, 4])
    np.testing.assert_allclose(x.grad.numpy(), wanted, rtol=1e-5)


def test_modes_of_large_integers(device: str) -> None:
    big = 2**62 + 1
    x = tg.asarray([big, -big], device=device)
    assert x.max().item() == big
    assert x.tolist() == [big, -big]
    assert (x + 0).tolist() == [big, -big]
    assert tg.sum(x).item() == 0


@pytest.mark.parametrize("dtype", [tg.uint8, tg.int8, tg.bool])
def test_what_is_computed_of_short_integers_does_not_wrap(dtype: Any, device: str) -> None:
    values = {tg.uint8: [0, 3, 255], tg.int8: [-128, 3, 127], tg.bool: [False, True, True]}[dtype]
    x = tg.asarray(np.array(values, dtype), device=device)
    exact = tg.asarray(np.array(values, np.float64), device=device)
    one = tg.asarray(np.array([1, 1, 1], dtype), device=device)
    functions = [
        lambda x: tg.softmax(x, axis=0), lambda x: tg.log_softmax(x, axis=0), tg.logsumexp, tg.log_sigmoid, tg.mish,
        tg.softsign, tg.gelu_tanh, lambda x: tg.softplus(x, beta=2.0), lambda x: tg.absolute_error(x, one),
        lambda x: tg.squared_error(x, one), lambda x: tg.huber_error(x, one, delta=1.0),
        lambda x: tg.binary_cross_entropy_with_logits(x, one),
        lambda x: tg.softmax_cross_entropy(x[None], tg.asarray([1], device=device))[0],
    ]  # fmt: skip
    for f in functions:
        np.testing.assert_allclose(f(x).numpy(), f(exact).numpy(), rtol=1e-12)
