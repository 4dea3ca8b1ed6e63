"""Gradients of gradients, to the third order and beyond."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import autograd
from tinygrad_nn.testing import gradgradcheck


def leaf(values: Any, device: str) -> Any:
    return tg.asarray(values, dtype=tg.float64, device=device, requires_grad=True)


def test_every_derivative_of_a_power(device: str) -> None:
    x = leaf([1.5, -2.0], device)
    y, factor = x**5, 5
    for order in range(4, -1, -1):
        (y,) = autograd.grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(y.detach().numpy(), factor * np.array([1.5, -2.0]) ** order, rtol=1e-12)
        factor *= order


@pytest.mark.parametrize(
    ("f", "derivatives"),
    [
        (tg.sin, [np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin]),
        (tg.exp, [np.exp] * 4),
        (lambda x: tg.exp(tg.sin(x)), [
            lambda x: np.exp(np.sin(x)) * np.cos(x),
            lambda x: np.exp(np.sin(x)) * (np.cos(x) ** 2 - np.sin(x)),
            lambda x: np.exp(np.sin(x)) * np.cos(x) * (np.cos(x) ** 2 - 3 * np.sin(x) - 1),
        ]),
        (lambda x: 1 / x, [lambda x: -1 / x**2, lambda x: 2 / x**3, lambda x: -6 / x**4]),
        (tg.tanh, [
            lambda x: 1 - np.tanh(x) ** 2,
            lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
            lambda x: (1 - np.tanh(x) ** 2) * (6 * np.tanh(x) ** 2 - 2),
        ]),
        (tg.sqrt, [lambda x: 0.5 * x**-0.5, lambda x: -0.25 * x**-1.5, lambda x: 0.375 * x**-2.5]),
        (tg.log, [lambda x: 1 / x, lambda x: -(x**-2), lambda x: 2 * x**-3]),
    ],
)  # fmt: skip
def test_derivatives_to_the_third_order(f: Any, derivatives: Any, device: str) -> None:
    values = np.array([0.3, 0.9, 1.7])
    x = leaf(values, device)
    y = f(x)
    for derivative in derivatives:
        (y,) = autograd.grad(y.sum(), x, create_graph=True)
        np.testing.assert_allclose(y.detach().numpy(), derivative(values), rtol=1e-10)


def test_backward_with_create_graph_accumulates_recorded_gradients(device: str) -> None:
    x = leaf([2.0], device)
    (x**3).backward(create_graph=True)
    assert x.grad.requires_grad
    first = x.grad
    (x**2).backward(create_graph=True)
    np.testing.assert_allclose(x.grad.detach().numpy(), [16])
    total, x.grad = x.grad, None
    total.backward()
    np.testing.assert_allclose(x.grad.numpy(), [14])
    np.testing.assert_allclose(first.detach().numpy(), [12])


def test_plain_backward_leaves_plain_gradients(device: str) -> None:
    x = leaf([2.0], device)
    (x**3).backward()
    assert not x.grad.requires_grad
    assert x.grad.is_leaf


def test_create_graph_under_no_grad(device: str) -> None:
    x = leaf([2.0], device)
    y = x**3
    with tg.no_grad():
        (g,) = autograd.grad(y, x, create_graph=True)
    np.testing.assert_allclose(autograd.grad(g, x)[0].numpy(), [12])


def test_mixed_partial_derivatives_are_symmetric(device: str) -> None:
    x, y = leaf([0.7], device), leaf([1.3], device)
    z = tg.sin(x * y) * tg.exp(x - y * y)
    dx, dy = autograd.grad(z, (x, y), create_graph=True)
    (dxy,) = autograd.grad(dx, y, retain_graph=True)
    (dyx,) = autograd.grad(dy, x)
    np.testing.assert_allclose(dxy.numpy(), dyx.numpy(), rtol=1e-12)


def test_hessian_of_a_quadratic_form(device: str) -> None:
    a = np.random.default_rng(0).normal(size=(4, 4))
    x = leaf([1.0, -1.0, 0.5, 2.0], device)
    y = x @ tg.asarray(a, device=device) @ x
    (g,) = autograd.grad(y, x, create_graph=True)
    rows = [autograd.grad(g[i], x, retain_graph=True)[0].numpy() for i in range(4)]
    np.testing.assert_allclose(np.stack(rows), a + a.T, rtol=1e-12)


def test_gradient_of_the_starting_gradient(device: str) -> None:
    # The double VJP is a JVP.
    x, v = leaf([1.0, 2.0], device), leaf([0.0, 0.0], device)
    (g,) = autograd.grad(x**2, x, v, create_graph=True)
    (jvp,) = autograd.grad(g, v, tg.asarray([1.0, 10.0], dtype=tg.float64, device=device))
    np.testing.assert_allclose(jvp.numpy(), [2, 40])


def test_gradient_penalty(device: str) -> None:
    random = np.random.default_rng(0)
    w = leaf(random.normal(size=(3, 3)), device)
    gradgradcheck(lambda w, x: tg.tanh(x @ w).sum() ** 2, w, tg.asarray(random.normal(size=(2, 3)), device=device))
    x = leaf(random.normal(size=(2, 3)), device)
    (dx,) = autograd.grad(tg.tanh(x @ w).sum(), x, create_graph=True)
    (dx * dx).sum().backward()
    eps, base = 1e-6, w.detach().numpy()
    numeric = np.zeros((3, 3))
    for place in np.ndindex(3, 3):
        values = []
        for sign in (1, -1):
            moved = np.array(base)
            moved[place] += sign * eps
            t = np.tanh(x.detach().numpy() @ moved)
            values.append((((1 - t * t) @ moved.T) ** 2).sum())
        numeric[place] = (values[0] - values[1]) / (2 * eps)
    np.testing.assert_allclose(w.grad.numpy(), numeric, rtol=1e-6)


@pytest.mark.parametrize("use", [(0,), (1,), (0, 1)])
def test_several_outputs_some_unused(use: tuple[int, ...], device: str) -> None:
    target = tg.asarray([1, 0], device=device)

    def f(logits: Any) -> Any:
        outputs = tg.softmax_cross_entropy(logits, target)
        return sum((outputs[i] * outputs[i]).sum() for i in use)

    gradgradcheck(f, leaf([[1.0, 2.0, 0.5], [0.0, 1.0, -1.0]], device))


def test_third_order_through_many_kinds_of_operations(device: str) -> None:
    random = np.random.default_rng(0)
    index = tg.asarray([2, 0, 2], device=device)

    def f(x: Any) -> Any:
        h = tg.tanh(x @ x.mT)[index]  # (3, 3)
        h = tg.concat([h, tg.softmax(h, axis=1)], axis=1) * tg.logsumexp(h, axis=1, keepdims=True)
        h = tg.einsum("ij,kj->ik", h, h).cumulative_sum(axis=0)
        return (h / (1 + h * h)).mean()

    def gradient(x: Any) -> Any:
        with tg.enable_grad():
            x = x if x.requires_grad else x.detach().requires_grad_()
            return autograd.grad(f(x), x, create_graph=True)[0]

    gradgradcheck(gradient, tg.asarray(random.normal(size=(3, 2)), device=device), rtol=1e-4, atol=1e-6)


def test_a_hook_takes_part_in_a_recorded_backward(device: str) -> None:
    x = leaf([2.0], device)
    y = x * x
    y.register_hook(lambda g: g * x)  # as if y were x**3 / 3 * 2 ... : the gradient is 2 x**2
    (g,) = autograd.grad(y, x, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), [8])
    np.testing.assert_allclose(autograd.grad(g, x)[0].numpy(), [8])


def test_saved_values_written_between_the_orders(device: str) -> None:
    x, w = leaf([2.0], device), tg.asarray([3.0], dtype=tg.float64, device=device)
    (g,) = autograd.grad((x * w) ** 2, x, create_graph=True)
    w[0] = 5.0
    with pytest.raises(tg.GraphError, match="in place"):
        autograd.grad(g, x)


def test_a_recorded_backward_across_devices(device: str) -> None:
    other = "strict" if device == "cpu" else "cpu"
    gradgradcheck(lambda x: (x**3).to_device(other).sin().to_device(device) * x, leaf([0.5, 1.5], device))


def test_recorded_gradients_add_up_under_no_grad(device: str) -> None:
    x = tg.asarray([1.0, 2.0], dtype=tg.float64, device=device, requires_grad=True)
    y = (x * x * x).sum()
    with tg.no_grad():
        y.backward(create_graph=True)
        y.backward(create_graph=True)
    g, x.grad = x.grad, None
    g.sum().backward()  # twice 3 x**2
    np.testing.assert_allclose(x.grad.numpy(), [12, 24])
