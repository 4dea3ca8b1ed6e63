"""Functions that differentiate functions: values, nests, closures, and every order of nesting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

X = np.array([0.3, -0.8, 1.2])
V = np.array([1.0, 0.5, -2.0])


def tensor(x: Any, device: str, requires_grad: bool = False) -> Any:
    return tg.asarray(np.array(x, dtype=np.float64), device=device, requires_grad=requires_grad)


def f(x: Any) -> Any:
    return (tg.sin(x) * x * x).sum() + (x[0] * x[1] * x[2])


def numeric(g: Callable[[Any], Any], x: Any) -> Any:
    """The Jacobian of a function of arrays by differences: (*y, *x)."""
    eps = 1e-6
    columns = []
    for i in np.ndindex(*x.shape):
        e = np.zeros_like(x)
        e[i] = eps
        columns.append((g(x + e) - g(x - e)) / (2 * eps))
    y = np.asarray(g(x))
    return np.stack(columns, axis=-1).reshape(*y.shape, *x.shape)


def test_grad_and_value(device: str) -> None:
    x = tensor(X, device)
    value, slope = tg.value_and_grad(f)(x)
    np.testing.assert_allclose(value.numpy(), f(x).numpy())
    wanted = numeric(lambda a: f(tensor(a, device)).numpy(), X)
    np.testing.assert_allclose(slope.numpy(), wanted, rtol=1e-7)
    np.testing.assert_array_equal(tg.grad(f)(x).numpy(), slope.numpy())
    assert not any(t.requires_grad for t in (value, slope, x))
    assert x.grad is None


def test_arguments_are_chosen_by_number(device: str) -> None:
    a, b = tensor(2.0, device), tensor(3.0, device)
    h = lambda a, b, power=2: a**power * b  # noqa: E731
    assert tg.grad(h)(a, b).item() == 12
    assert tg.grad(h, argnums=1)(a, b).item() == 4
    assert tg.grad(h, argnums=-1)(a, b, power=3).item() == 8
    assert [g.item() for g in tg.grad(h, argnums=(1, 0))(a, b)] == [4, 12]
    with pytest.raises(ValueError, match=r"argument 2.*there are 2"):
        tg.grad(h, argnums=2)(a, b)


def test_nests_of_tensors(device: str) -> None:
    params = {"w": tensor(X, device), "layers": [tensor(2.0, device), (tensor(V, device),)]}

    def loss(p: Any) -> Any:
        return (p["w"] * p["layers"][0] * p["layers"][1][0]).sum()

    slope = tg.grad(loss)(params)
    np.testing.assert_allclose(slope["w"].numpy(), 2 * V)
    np.testing.assert_allclose(slope["layers"][0].numpy(), X @ V)
    np.testing.assert_allclose(slope["layers"][1][0].numpy(), 2 * X)
    assert isinstance(slope["layers"][1], tuple)


def test_something_beside_the_value(device: str) -> None:
    x = tensor(X, device)
    slope, aux = tg.grad(lambda x: ((x * x).sum(), "aux"), has_aux=True)(x)
    assert aux == "aux"
    np.testing.assert_allclose(slope.numpy(), 2 * X)
    (_, aux), _ = tg.value_and_grad(lambda x: ((x * x).sum(), x.shape), has_aux=True)(x)
    assert aux == (3,)
    _, pull, aux = tg.vjp(lambda x: (x * 2, 7), x, has_aux=True)
    assert aux == 7
    np.testing.assert_allclose(pull(tensor(V, device))[0].numpy(), 2 * V)


def test_what_does_not_depend_on_the_argument_has_gradient_zero(device: str) -> None:
    x, y = tensor(X, device), tensor(V, device)
    np.testing.assert_array_equal(tg.grad(lambda x: tg.sum(y))(x).numpy(), [0, 0, 0])
    a, b = tg.grad(lambda x, y: tg.sum(y * y), argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(a.numpy(), [0, 0, 0])
    np.testing.assert_array_equal(b.numpy(), 2 * V)
    np.testing.assert_array_equal(tg.jacobian(lambda x: y)(x).numpy(), np.zeros((3, 3)))
    np.testing.assert_array_equal(tg.jacobian(lambda x: y, mode="forward")(x).numpy(), np.zeros((3, 3)))


def test_vjp_runs_more_than_once(device: str) -> None:
    y, pull = tg.vjp(lambda a, b: {"product": a * b, "sum": a + b}, tensor(X, device), tensor(V, device))
    zero, one = tensor(np.zeros(3), device), tensor(np.ones(3), device)
    da, db = pull({"product": one, "sum": zero})
    np.testing.assert_array_equal(da.numpy(), V)
    np.testing.assert_array_equal(db.numpy(), X)
    da, db = pull({"product": zero, "sum": one})
    np.testing.assert_array_equal(da.numpy(), np.ones(3))
    assert not y["sum"].requires_grad
    with pytest.raises(TypeError, match="keys"):
        pull({"product": one})


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian(mode: str, device: str) -> None:
    def g(x: Any) -> Any:
        return tg.stack([x * x[0], tg.sin(x) * x[1]])

    found = tg.jacobian(g, mode=mode)(tensor(X, device))
    wanted = numeric(lambda a: g(tensor(a, device)).numpy(), X)
    assert found.shape == (2, 3, 3)
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_of_nests(mode: str, device: str) -> None:
    def g(p: Any, c: Any) -> Any:
        return {"y": p["w"] * c, "z": (p["w"] @ p["w"] * p["b"]).sum()}

    p = {"w": tensor(X, device), "b": tensor([2.0, 1.0], device)}
    found = tg.jacobian(g, argnums=(0, 1), mode=mode)(p, tensor(V, device))
    np.testing.assert_allclose(found["y"][0]["w"].numpy(), np.diag(V))
    np.testing.assert_allclose(found["y"][0]["b"].numpy(), np.zeros((3, 2)))
    np.testing.assert_allclose(found["y"][1].numpy(), np.diag(X))
    np.testing.assert_allclose(found["z"][0]["w"].numpy(), 6 * X)
    np.testing.assert_allclose(found["z"][0]["b"].numpy(), [X @ X] * 2)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_of_nothing(mode: str, device: str) -> None:
    empty = tensor(np.zeros((0,)), device)
    assert tg.jacobian(lambda x: x * 2, mode=mode)(empty).shape == (0, 0)
    assert tg.jacobian(lambda x: x[:0] * 2, mode=mode)(tensor(X, device)).shape == (0, 3)


def test_a_mode_that_is_none() -> None:
    with pytest.raises(ValueError, match="'sideways'"):
        tg.jacobian(f, mode="sideways")


def test_hessian_and_its_product(device: str) -> None:
    x, v = tensor(X, device), tensor(V, device)
    found = tg.hessian(f)(x).numpy()
    wanted = numeric(lambda a: tg.grad(f)(tensor(a, device)).numpy(), X)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-8)
    (product,) = tg.hvp(f, (x,), (v,))
    np.testing.assert_allclose(product.numpy(), found @ V, rtol=1e-12)
    blocks = tg.hessian(lambda a, b: (a * a * b).sum(), argnums=(0, 1))(x, v)
    np.testing.assert_allclose(blocks[0][1].numpy(), np.diag(2 * X))
    np.testing.assert_allclose(blocks[1][1].numpy(), np.zeros((3, 3)))


def derivative_by(kind: str, g: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative of a function of one number, by one of the transformations."""
    one = lambda x: tg.ones_like(x)  # noqa: E731
    return {
        "grad": lambda x: tg.grad(g)(x),
        "jvp": lambda x: tg.jvp(g, (x,), (one(x),))[1],
        "vjp": lambda x: tg.vjp(g, x)[1](one(x))[0],
        "jacobian": lambda x: tg.jacobian(g)(x),
        "forward jacobian": lambda x: tg.jacobian(g, mode="forward")(x),
        "vmap of grad": lambda x: tg.vmap(tg.grad(g))(tg.stack([x, x]))[1],
        "grad of vmap": lambda x: tg.grad(lambda x: tg.vmap(g)(tg.stack([x, x * 2]))[0])(x),
        "create_graph": lambda x: _recorded(g, x),
    }[kind]


def _recorded(g: Callable[[Any], Any], x: Any) -> Any:
    x = x * 1.0
    if not x.requires_grad:
        x.requires_grad_()
    return tg.autograd.grad(g(x), x, create_graph=True)[0]


KINDS = ("grad", "jvp", "vjp", "jacobian", "forward jacobian", "vmap of grad", "grad of vmap")


@pytest.mark.parametrize("outer", KINDS)
@pytest.mark.parametrize("middle", KINDS)
@pytest.mark.parametrize("inner", KINDS)
def test_they_nest_in_any_order(inner: str, middle: str, outer: str, device: str) -> None:
    third = derivative_by(outer, derivative_by(middle, derivative_by(inner, lambda x: tg.sin(x) * x**2)))
    x = 0.7
    wanted = 6 * np.cos(x) - 6 * x * np.sin(x) - x**2 * np.cos(x)
    np.testing.assert_allclose(third(tensor(x, device)).item(), wanted, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_backward_within(kind: str, device: str) -> None:
    second = derivative_by(kind, derivative_by("create_graph", lambda x: x**3))
    np.testing.assert_allclose(second(tensor(0.7, device)).item(), 6 * 0.7, rtol=1e-12)


@pytest.mark.parametrize("outer", KINDS)
@pytest.mark.parametrize("inner", KINDS)
def test_perturbations_are_not_confused(inner: str, outer: str, device: str) -> None:
    # d/dx (x * d/dy (x + y)) = 1 and d/dx (x * d/dy (x * y)) = 2 x
    def plus(x: Any) -> Any:
        return x * derivative_by(inner, lambda y: x + y)(tensor(1.0, device))

    def times(x: Any) -> Any:
        return x * derivative_by(inner, lambda y: x * y)(tensor(1.0, device))

    x = tensor(0.7, device)
    np.testing.assert_allclose(derivative_by(outer, plus)(x).item(), 1, rtol=1e-12)
    np.testing.assert_allclose(derivative_by(outer, times)(x).item(), 1.4, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_backward_reaches_what_a_transformed_function_closes_over(kind: str, device: str) -> None:
    w = tensor(1.5, device, requires_grad=True)
    x = tensor(0.7, device, requires_grad=True)
    y = derivative_by(kind, lambda x: tg.sin(w * x) * w)(x)  # w^2 cos(w x)
    y.backward()
    np.testing.assert_allclose(w.grad.item(), 2 * 1.5 * np.cos(1.05) - 1.5**2 * 0.7 * np.sin(1.05), rtol=1e-12)
    np.testing.assert_allclose(x.grad.item(), -(1.5**3) * np.sin(1.05), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_recorded_without_need(kind: str, device: str) -> None:
    assert not derivative_by(kind, lambda x: x**3)(tensor(0.7, device)).requires_grad
    x = tensor(0.7, device, requires_grad=True)
    with tg.no_grad():
        y = derivative_by(kind, lambda x: x**3)(x)
    assert not y.requires_grad
    np.testing.assert_allclose(y.item(), 3 * 0.49, rtol=1e-12)
    assert x.grad is None


def test_backward_inside_of_a_transformation(device: str) -> None:
    def slope(x: Any) -> Any:
        w = tensor(2.0, device, requires_grad=True)
        (w * w * x).backward()
        return w.grad  # 2 w x

    x = tensor(0.7, device)
    assert tg.jvp(slope, (x,), (tensor(1.0, device),))[1].item() == 4
    np.testing.assert_allclose(tg.vmap(slope)(tensor(X, device)).numpy(), 4 * X)


def test_detached_values_are_constant(device: str) -> None:
    x = tensor(X, device)
    _, t = tg.jvp(lambda x: x * x.detach(), (x,), (tensor(V, device),))
    np.testing.assert_allclose(t.numpy(), X * V)
    np.testing.assert_allclose(tg.grad(lambda x: (x * x.detach()).sum())(x).numpy(), X)
    _, t = tg.jvp(lambda x: tg.grad(lambda y: (y * y.detach() * x).sum())(x), (x,), (tensor(V, device),))
    np.testing.assert_allclose(t.numpy(), X * V)


def test_traced(device: str) -> None:
    def step(x: Any) -> Any:
        return tg.hvp(f, (x,), (x,))[0], tg.vmap(tg.grad(lambda a: a**3))(x)

    program = tg.trace(step, tensor(X, device))
    for found, wanted in zip(program(tensor(V, device)), step(tensor(V, device))):
        np.testing.assert_array_equal(found.numpy(), wanted.numpy())


def test_complex_numbers(device: str) -> None:
    z = tg.asarray(np.array([1 + 2j, -0.5j]), device=device)
    np.testing.assert_allclose(tg.grad(lambda z: (tg.abs(z) ** 2).sum())(z).numpy(), 2 * z.numpy(), rtol=1e-12)
    t = tg.asarray(np.array([1j, 2.0]), device=device)
    _, dy = tg.jvp(lambda z: tg.abs(z) ** 2, (z,), (t,))
    np.testing.assert_allclose(dy.numpy(), 2 * np.real(np.conj(z.numpy()) * t.numpy()), rtol=1e-12)
    _, dy = tg.jvp(lambda z: tg.real(z * z) + tg.imag(tg.conj(z)), (z,), (t,))
    np.testing.assert_allclose(dy.numpy(), np.real(2 * z.numpy() * t.numpy()) - np.imag(t.numpy()), rtol=1e-12)


def test_what_cannot_be_differentiated(device: str) -> None:
    x = tensor(X, device)
    with pytest.raises(tg.GraphError, match=r"shape \(3,\).*one element"):
        tg.grad(lambda x: x * 2)(x)
    with pytest.raises(tg.GraphError, match="2 tensors"):
        tg.grad(lambda x: (x.sum(), x.sum()))(x)
    with pytest.raises(TypeError, match="int64"):
        tg.grad(lambda x: x.sum())(tg.asarray([1, 2], device=device))
    with pytest.raises(TypeError, match="is a str"):
        tg.grad(lambda x: x)("x")
    with pytest.raises(TypeError, match="returns a int"):
        tg.vjp(lambda x: 3, x)
    assert tg.grad(lambda x: x * x)(3.0).item() == 6
    assert tg.jacobian(lambda x: x * x)(3.0).item() == 6
    assert tg.hessian(lambda x: x**3)(3.0).item() == 18
    assert tg.jvp(lambda x: x * x, (3.0,), (2.0,))[1].item() == 12
    for argnums in ((0, 0), (1, -1), "ab"):
        with pytest.raises(ValueError, match="some that differ"):
            tg.grad(lambda x, y: (x * y).sum(), argnums)(x, x)
        for mode in ("reverse", "forward"):
            with pytest.raises(ValueError, match="jacobian.*some that differ"):
                tg.jacobian(lambda x, y: x * y, argnums, mode)(x, x)
    with pytest.raises(ValueError, match=r"jacobian: argument 5 .*there are 2"):
        tg.jacobian(lambda x, y: x * y, 5)(x, x)
