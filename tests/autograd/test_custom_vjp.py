"""`custom_vjp`: rules for functions of nests, against the same computation without one, under every transformation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg


def tensor(values: Any, device: str, **kwargs: Any) -> Any:
    return tg.asarray(np.asarray(values, float), device=device, **kwargs)


def flat(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    return [leaf for part in tree for leaf in flat(part)] if isinstance(tree, (tuple, list)) else [tree]


def close(ours: Any, theirs: Any) -> None:
    assert len(flat(ours)) == len(flat(theirs))
    for x, y in zip(flat(ours), flat(theirs)):
        np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), rtol=1e-11, atol=1e-12)


def affine(p: Any, x: Any, power: int = 2) -> Any:
    """A dictionary of the parameters, a tensor and a number; a dictionary of results."""
    return {"y": p["w"] * x**power + p["b"], "x": x * 2}


def made() -> Any:
    own = tg.custom_vjp(affine)

    def forward(p: Any, x: Any, power: int) -> Any:
        return affine(p, x, power), (p["w"], x, [x ** (power - 1)], power)  # one of them is computed here

    def backward(residuals: Any, g: Any) -> Any:
        w, x, (lower,), power = residuals
        return {"w": g["y"] * lower * x, "b": g["y"]}, g["y"] * w * power * lower + 2 * g["x"], None

    own.defvjp(forward, backward)
    return own


def loss(f: Any) -> Any:
    def value(p: Any, x: Any) -> Any:
        found = f(p, x, 2)
        return (tg.sin(found["y"]) * found["x"]).sum()

    return value


def inputs(device: str) -> Any:
    return {"w": tensor([1, 2, 3], device), "b": tensor([0.5, 1, 0], device)}, tensor([0.3, -1, 2], device)


TRANSFORMATIONS = {
    "grad": lambda f: tg.grad(f, (0, 1)),
    "hessian": lambda f: tg.hessian(f, (0, 1)),
    "reverse over reverse": lambda f: tg.jacobian(tg.grad(f, (0, 1)), (0, 1)),
    "vmap": lambda f: tg.vmap(f),
    "vmap of grad": lambda f: tg.vmap(tg.grad(f, (0, 1))),
    "grad of vmap": lambda f: tg.grad(lambda p, x: tg.vmap(f)(p, x).sum(), (0, 1)),
    "vmap of hessian": lambda f: tg.vmap(tg.hessian(f, (0, 1))),
    "jvp": lambda f: lambda p, x: tg.jvp(f, (p, x), (p, x + 1)),
    "hvp": lambda f: lambda p, x: tg.hvp(f, (p, x), (p, x + 1)),
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_transformations(name: str, device: str) -> None:
    transform = TRANSFORMATIONS[name]
    close(transform(loss(made()))(*inputs(device)), transform(loss(affine))(*inputs(device)))


def test_backward(device: str) -> None:
    def gradients(f: Any) -> Any:
        p, x = inputs(device)
        leaves = [p["w"].requires_grad_(), p["b"].requires_grad_(), x.requires_grad_()]
        loss(f)(p, x).backward()
        return [leaf.grad for leaf in leaves]

    close(gradients(made()), gradients(affine))


def test_a_part_that_needs_no_gradient(device: str) -> None:
    p, x = inputs(device)
    p["w"].requires_grad_()
    loss(made())(p, x).backward()
    close(p["w"].grad, tg.grad(loss(affine))(*inputs(device))["w"])
    assert x.grad is None


def test_a_program(device: str) -> None:
    p, x = inputs(device)
    program = tg.trace(tg.grad(loss(made()), 1), p, x)
    close(program(p, x + 1), tg.grad(loss(affine), 1)(p, x + 1))


def test_arguments_by_name(device: str) -> None:
    p, x = inputs(device)
    own = made()
    close(tg.grad(lambda p: own(x=x, p=p, power=3)["y"].sum())(p), tg.grad(lambda p: affine(p, x, 3)["y"].sum())(p))

    @tg.custom_vjp
    def named(x: Any, *, scale: float) -> Any:
        return x * scale

    named.defvjp(lambda x: (x, None), lambda residuals, g: (g,))
    with pytest.raises(TypeError, match=r"named: \['scale'\] go by name only"):
        named(x, scale=2.0)


def test_the_function_itself_is_called_where_nothing_is_differentiated(device: str) -> None:
    own = tg.custom_vjp(lambda x: x * 2)
    own.defvjp(lambda x: (x * 3, None), lambda residuals, g: (g,))
    x = tensor([1], device)
    assert own(x).tolist() == [2]
    x.requires_grad_()
    with tg.no_grad():
        assert own(x).tolist() == [2]
    assert own(x).tolist() == [3]


def test_it_looks_like_its_function() -> None:
    own = made()
    assert own.__name__ == "affine"
    assert own.__doc__ == affine.__doc__


def test_a_number_instead_of_a_gradient_on_its_way(device: str) -> None:
    @tg.custom_vjp
    def clipped(x: Any, limit: float) -> Any:
        return x

    clipped.defvjp(lambda x, limit: (x, limit), lambda limit, g: (tg.clip(g, -limit, limit), None))
    x = tensor([1, 2, 3], device)
    assert tg.grad(lambda x: (clipped(x, 1.5) * tensor([1, 2, -3], device)).sum())(x).tolist() == [1, 1.5, -1.5]


# Mistakes


def test_without_a_rule(device: str) -> None:
    @tg.custom_vjp
    def bare(x: Any) -> Any:
        return x

    with pytest.raises(TypeError, match=r"bare: its gradient is not stated; call bare\.defvjp\(forward, backward\)"):
        bare(tensor([1], device))


MISTAKES: list[tuple[Any, Any, type[Exception], str]] = [
    (lambda p, k: p["w"], None, TypeError, r"rule: forward must give a pair"),
    (lambda p, k: (2.0, None), None, TypeError, r"rule: forward gave a float for the result"),
    (None, lambda r, g: g, TypeError, r"rule: backward must give a tuple .* each of the 2 arguments, it gave a Tensor"),
    (None, lambda r, g: ({"w": g},), TypeError, r"rule: backward must give a tuple .* it gave 1"),
    (None, lambda r, g: ({"v": g}, None), TypeError, r"a dictionary with the keys \['w'\], found one with the keys"),
    (None, lambda r, g: ({"w": g}, g), TypeError, r"rule: backward gave a gradient for a float; give None"),
    (None, lambda r, g: ({"w": g.sum()}, None), tg.GraphError, r"gradient of argument 0 \(tensor 0 in it\) shape \(\)"),
    (None, lambda r, g: (None, None), tg.GraphError, r"rule: backward gave None for the gradient of argument 0"),
]


@pytest.mark.parametrize(("forward", "backward", "error", "message"), MISTAKES)
def test_wrong_rules(forward: Any, backward: Any, error: type[Exception], message: str, device: str) -> None:
    def rule(p: Any, k: float) -> Any:
        return p["w"] * k

    own = tg.custom_vjp(rule)
    own.defvjp(forward or (lambda p, k: (p["w"] * k, None)), backward)
    w = tensor([1, 2], device, requires_grad=True)
    with pytest.raises(error, match=message):
        own({"w": w}, 2.0).sum().backward()
