"""Inverses, equations and determinants against PyTorch, for real and complex matrices, and where they are singular."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .against_torch import agrees, forward_mode_agrees, matrix

DTYPES = (np.float64, np.complex128)
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.5, -1.0, 2.0]])


def regular(dtype: Any, *batch: int, seed: int = 0) -> Any:
    return matrix(*batch, 3, 3, dtype=dtype, seed=seed) + 3 * np.eye(3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["inv", "det", "slogdet"])
def test_of_one_matrix(name: str, dtype: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    agrees(getattr(tg.linalg, name), getattr(torch.linalg, name), regular(dtype, 2), device=device)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3,), (3, 2), (2, 3, 1)])
def test_solve(shape: tuple[int, ...], dtype: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    agrees(tg.linalg.solve, torch.linalg.solve, regular(dtype), matrix(*shape, dtype=dtype, seed=3), device=device)


def test_a_real_matrix_and_a_complex_side(device: str) -> None:
    a = tg.asarray(regular(np.float64), device=device, requires_grad=True)
    b = tg.asarray(matrix(3, 2, seed=3), device=device, requires_grad=True)
    y = tg.linalg.solve(a, b)
    np.testing.assert_allclose((a @ y).detach().numpy(), b.detach().numpy(), rtol=1e-12)
    tg.abs(y).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float64, np.complex128)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("f", [tg.linalg.inv, tg.linalg.det, tg.linalg.slogdet, tg.ops.cofactor])
def test_forward_mode(f: Any, dtype: Any, device: str) -> None:
    forward_mode_agrees(lambda x: tuple(f(x)) if f is tg.linalg.slogdet else f(x), regular(dtype, 2), device=device)


@pytest.mark.parametrize("dtype", DTYPES)
def test_forward_mode_of_solve(dtype: Any, device: str) -> None:
    b = matrix(2, 3, 2, dtype=dtype, seed=3)
    forward_mode_agrees(tg.linalg.solve, regular(dtype), b, device=device)
    forward_mode_agrees(lambda a: tg.linalg.solve(a, tg.asarray(b, device=device)), regular(dtype), device=device)
    forward_mode_agrees(lambda b: tg.linalg.solve(tg.asarray(regular(dtype), device=device), b), b, device=device)


def minors(x: Any) -> Any:
    places = range(len(x))
    return [[np.linalg.det(np.delete(np.delete(x, i, 0), j, 1)) * (-1) ** (i + j) for j in places] for i in places]


@pytest.mark.parametrize("x", [SINGULAR, np.zeros((2, 2)), np.zeros((1, 1)), np.diag([0.0, 2.0, 3.0]), SINGULAR * 1j])
def test_the_gradient_of_the_determinant_of_a_singular_matrix(x: Any, device: str) -> None:
    # PyTorch gives zeros where the graph of the gradient is not wanted, and this where it is
    leaf = tg.asarray(x, device=device, requires_grad=True)
    tg.real(tg.linalg.det(leaf)).backward()
    np.testing.assert_allclose(leaf.grad.numpy(), np.conj(minors(x)), atol=1e-12)


def test_one_singular_matrix_among_others(device: str) -> None:
    found = tg.ops.cofactor(tg.asarray(np.stack([SINGULAR, np.eye(3) * 2]), device=device)).numpy()
    np.testing.assert_allclose(found[0], minors(SINGULAR), atol=1e-12)
    np.testing.assert_allclose(found[1], np.eye(3) * 4, atol=1e-12)


@pytest.mark.parametrize("name", ["inv", "solve"])
def test_a_singular_matrix_is_named(name: str, device: str) -> None:
    if device.startswith("cuda"):
        pytest.skip("a GPU does not say so, it gives what is not finite")
    x = tg.asarray(SINGULAR, device=device)
    with pytest.raises(ValueError, match=rf"{name}\(float64\[3, 3\].*Singular matrix"):
        tg.linalg.inv(x) if name == "inv" else tg.linalg.solve(x, x)


def test_slogdet_of_a_singular_matrix(device: str) -> None:
    sign, logarithm = tg.linalg.slogdet(tg.zeros((2, 2), device=device))
    assert (sign.item(), logarithm.item()) == (0, -np.inf)


@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "eig", "eigvals"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), ()])
def test_what_is_not_square(name: str, shape: tuple[int, ...], device: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}: the tensor has shape .*wanted are square matrices"):
        getattr(tg.linalg, name)(tg.ones(shape, device=device))


def test_sides_that_do_not_fit(device: str) -> None:
    for shape in ((2,), (2, 3), ()):
        with pytest.raises(ValueError, match=r"solve: a has shape \(3, 3\)"):
            tg.linalg.solve(tg.eye(3, device=device), tg.ones(shape, device=device))


def test_integers_are_computed_in_float64(device: str) -> None:
    y = tg.linalg.inv(tg.asarray([[2, 0], [0, 4]], device=device))
    assert y.dtype == tg.float64
    np.testing.assert_array_equal(y.numpy(), [[0.5, 0], [0, 0.25]])
