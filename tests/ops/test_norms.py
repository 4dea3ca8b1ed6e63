"""Norms: PyTorch's subgradients, complex numbers, second order."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .against_torch import agrees, forward_mode_agrees, matrix

DTYPES = (np.float64, np.complex128)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ord", [0.5, 1, 2, 3, inf, -inf])
def test_vector_norm(ord: float, dtype: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    x = matrix(3, 4, dtype=dtype)
    agrees(lambda x: tg.linalg.vector_norm(x, axis=1, ord=ord), lambda x: torch.linalg.vector_norm(x, ord, 1), x,
           device=device)  # fmt: skip
    forward_mode_agrees(lambda x: tg.linalg.vector_norm(x, axis=1, ord=ord), x, device=device)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, inf, -inf])
def test_matrix_norm(ord: Any, dtype: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    x = matrix(2, 3, 4, dtype=dtype)
    agrees(lambda x: tg.linalg.matrix_norm(x, ord=ord), lambda x: torch.linalg.matrix_norm(x, ord), x, device=device)


@pytest.mark.parametrize("ord", [0.5, 1, 1.5, 2, 3, inf, -inf])
@pytest.mark.parametrize("x", [[0.0, 0.0, 0.0], [0.0, -2.0, 1.0], [2.0, -2.0, 2.0], [1.0, 0.0, -1.0]])
def test_subgradients_are_those_of_pytorch(x: list[float], ord: float, device: str) -> None:
    torch = pytest.importorskip("torch")
    ours = tg.asarray(x, tg.float64, device, requires_grad=True)
    theirs = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    tg.linalg.vector_norm(ours, ord=ord).backward()
    torch.linalg.vector_norm(theirs, ord).backward()
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("x", [[1e10, 1e-36], [inf, 2.0]])
def test_what_is_small_beside_the_norm_has_the_gradient_zero(x: list[float], device: str) -> None:
    with np.errstate(all="ignore"):
        g = tg.grad(lambda a: tg.linalg.vector_norm(a, ord=3))(tg.asarray(x, device=device))
    assert g.numpy()[1] == 0


def test_counting_has_the_gradient_zero(device: str) -> None:
    x = tg.asarray([0.0, 2.0], device=device, requires_grad=True)
    tg.linalg.vector_norm(x, ord=0).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 0])


def test_the_norm_of_complex_numbers_is_real(device: str) -> None:
    x = tg.asarray([3j, 4.0], device=device)
    for ord in (0, 1, 2, 3, inf, -inf):
        assert tg.linalg.vector_norm(x, ord=ord).dtype == tg.float32
    assert tg.linalg.vector_norm(x).item() == 5


def test_norms_of_nothing(device: str) -> None:
    for ord in (0, 1, 2, 3, inf):
        assert tg.linalg.vector_norm(tg.zeros((0,), device=device), ord=ord).item() == 0
    for ord in ("fro", "nuc", 1, 2, inf):
        assert tg.linalg.matrix_norm(tg.zeros((2, 0), device=device), ord=ord).item() == 0


def test_float16_is_summed_in_float32(device: str) -> None:
    x = tg.full((4,), 20000.0, tg.float16, device)
    y = tg.linalg.vector_norm(x)
    assert (y.dtype, y.item()) == (tg.float16, 40000)
