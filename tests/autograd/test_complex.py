"""Complex numbers: a gradient is dL/d Re + i dL/d Im, the direction of steepest ascent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

Z = np.array([1.0 + 2.0j, -0.5 + 0.3j, 0.7 - 1.1j])
W = np.array([0.3 - 0.2j, 1.5 + 0.4j, -0.8 + 0.9j])

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": lambda z, w: tg.abs(z * w).sum(),
    "real and imag": lambda z, w: (tg.real(z) * tg.imag(w)).sum() + tg.imag(z * z).sum(),
    "sign": lambda z, w: tg.real(tg.sign(z) * w + tg.sign(w)).sum(),
    "conj": lambda z, w: tg.real(tg.conj(z) * z * w).sum(),
    "divide": lambda z, w: tg.imag(z / w).sum(),
    "exp and log": lambda z, w: tg.real(tg.exp(z) * tg.log(w)).sum(),
    "sqrt and tanh": lambda z, w: tg.imag(tg.sqrt(z) * tg.tanh(w)).sum(),
    "pow": lambda z, w: tg.real(z**2 + z**w).sum(),
    "matmul": lambda z, w: tg.abs(z.reshape(1, 3) @ w.reshape(3, 1)).sum(),
    "prod": lambda z, w: tg.real(tg.prod(z) * tg.cumulative_prod(w, axis=0)).sum(),
    "einsum": lambda z, w: tg.abs(tg.einsum("i,j->ij", z, w)).sum(),
    "where and index": lambda z, w: tg.abs(tg.where(tg.real(z) > 0, z, w)[[0, 0, 2]] * w).sum(),
}


def steepest(f: Callable[..., Any], arrays: list[Any], place: int) -> Any:
    """The gradient by differences of the real and of the imaginary part."""
    eps = 1e-6
    found = np.zeros_like(arrays[place])
    for i in range(found.size):
        for step in (eps, 1j * eps):
            moved = [[a.copy() for a in arrays] for _ in range(2)]
            moved[0][place][i] += step
            moved[1][place][i] -= step
            above, below = (f(*map(tg.asarray, m)).item() for m in moved)
            found[i] += (above - below) / (2 * eps) * (step / eps)
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_against_differences(name: str, device: str) -> None:
    f = FUNCTIONS[name]
    z, w = (tg.asarray(a, device=device, requires_grad=True) for a in (Z, W))
    f(z, w).backward()
    for place, x in enumerate((z, w)):
        assert x.grad.dtype == np.complex128
        np.testing.assert_allclose(x.grad.numpy(), steepest(f, [Z, W], place), rtol=1e-6, atol=1e-8)
    found = tg.autograd.grad(f(z, w), (z, w))
    for g, x in zip(found, (z, w)):
        np.testing.assert_array_equal(g.numpy(), x.grad.numpy())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_order_against_differences(name: str, device: str) -> None:
    def slope(z: Any, w: Any, create_graph: bool = False) -> Any:
        z, w = (x if x.requires_grad else x.detach().requires_grad_() for x in (z, w))
        g_z, g_w = tg.autograd.grad(FUNCTIONS[name](z, w), (z, w), create_graph=create_graph)
        return tg.real(g_z * (0.7 - 0.2j) + g_w * (0.1 + 0.9j)).sum()

    z, w = (tg.asarray(a, device=device, requires_grad=True) for a in (Z, W))
    found = tg.autograd.grad(slope(z, w, create_graph=True), (z, w), allow_unused=True)
    for place, g in enumerate(found):
        wanted = steepest(slope, [Z, W], place)
        np.testing.assert_allclose(0 * wanted if g is None else g.numpy(), wanted, rtol=1e-5, atol=1e-7)


def test_descending_makes_it_smaller(device: str) -> None:
    z = tg.asarray(Z, device=device, requires_grad=True)
    optimizer = tg.optim.SGD([z], lr=0.1)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = (tg.abs(z - (2 - 1j)) ** 2).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-4 * losses[0]


def test_real_numbers_that_pass_through_complex_ones(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    tg.real(x * (3 + 4j)).sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad.numpy(), [3, 3])
    x.grad = None
    tg.imag(x.astype(tg.complex64) * (3 + 4j)).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [4, 4])


def test_second_derivatives(device: str) -> None:
    z = tg.asarray(Z, device=device, requires_grad=True)
    (g,) = tg.autograd.grad((tg.abs(z) ** 2).sum(), z, create_graph=True)  # 2 z
    (again,) = tg.autograd.grad((tg.abs(g) ** 2).sum(), z)  # of 4 |z|^2
    np.testing.assert_allclose(again.numpy(), 8 * Z, rtol=1e-12)


def test_hooks_see_the_conjugate_too(device: str) -> None:
    z = tg.asarray(Z, device=device, requires_grad=True)
    y = z * 1.0
    seen = []
    y.register_hook(lambda g: seen.append(g.numpy().copy()))
    y.register_hook(lambda g: g * 1j)
    (tg.abs(y) ** 2).sum().backward()
    np.testing.assert_allclose(seen[0], 2 * Z, rtol=1e-12)
    np.testing.assert_allclose(z.grad.numpy(), 2j * Z, rtol=1e-12)


def test_a_complex_root_needs_a_gradient(device: str) -> None:
    z = tg.asarray(Z[:1], device=device, requires_grad=True)
    with pytest.raises(tg.GraphError, match="complex"):
        (z * z).backward()
    (z * z).backward(tg.asarray([1.0 + 0j], device=device))
    np.testing.assert_allclose(z.grad.numpy(), np.conj(2 * Z[:1]), rtol=1e-6)
