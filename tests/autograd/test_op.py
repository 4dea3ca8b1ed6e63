"""The contract of an operation: what it may state, what it keeps, what the engine asserts of its rules."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.autograd.op import each, elementwise, op, vjp
from tinygrad_nn.testing import gradcheck, gradgradcheck


@elementwise(
    vjp(lambda xp, g, y, a, b: g * b * xp.cos(a * b), reads="a b"),
    vjp(lambda xp, g, y, a, b: g * a * xp.cos(a * b), reads="a b"),
)
def sine_of_product(xp: Any, a: Any, b: Any) -> Any:
    """Sine of a product."""
    return xp.sin(a * b)


def test_an_operation_of_ones_own(device: str) -> None:
    x, y = tg.asarray([0.5, 1.0], device=device), tg.asarray([[2.0], [3.0]], device=device)
    np.testing.assert_allclose(sine_of_product(x, y).numpy(), np.sin(x.numpy() * y.numpy()), rtol=1e-6)
    gradcheck(sine_of_product, x, y)
    gradgradcheck(sine_of_product, x, y)


def test_an_operation_of_any_number_of_inputs(device: str) -> None:
    @op(each(lambda xp, g, y, *arrays, weights, index: g * weights[index]))
    def weighted(xp: Any, *arrays: Any, weights: tuple[float, ...]) -> Any:
        return sum(x * w for x, w in zip(arrays, weights))

    xs = [tg.ones(2, device=device) * i for i in range(1, 4)]
    assert weighted(*xs, weights=(1, 10, 100)).tolist() == [321, 321]
    gradcheck(lambda *xs: weighted(*xs, weights=(1, 10, 100)), *xs)


def test_what_it_says_of_itself() -> None:
    assert sine_of_product.name == sine_of_product.__name__ == "sine_of_product"
    assert sine_of_product.__doc__.startswith("Sine of a product.")
    assert list(inspect.signature(sine_of_product).parameters) == ["a", "b"]
    assert "sine_of_product" in repr(sine_of_product)
    assert sine_of_product.elementwise
    assert sine_of_product.broadcasts


def test_a_rule_that_reads_what_is_not_there() -> None:
    with pytest.raises(TypeError, match=r"wrong.*\['c'\]"):

        @op(vjp(lambda xp, g, y, a: g, reads="a c"))
        def wrong(xp: Any, a: Any) -> Any:
            return a


def test_it_keeps_only_what_rules_of_needed_inputs_read() -> None:
    multiply = tg.ops.multiply
    assert multiply.plan(0b110) == (False, (1,))  # for the gradient of a: b
    assert multiply.plan(0b101) == (False, (0,))
    assert multiply.plan(0b111) == (False, (0, 1))
    assert tg.ops.exp.plan(0b11) == (True, ())
    assert tg.ops.add.plan(0b111) == (False, ())


def test_of_several_outputs_it_keeps_those_that_rules_read(device: str) -> None:
    @op(vjp(lambda xp, g, y, x: g[0] * y[1], reads="y.1"))
    def scaled(xp: Any, x: Any) -> Any:
        return x * 3, xp.full_like(x, 3), x * 0

    assert scaled.plan(0b11) == ((1,), ())
    x = tg.ones(2, device=device, requires_grad=True)
    y = scaled(x)[0]
    kept = y.node.node.saved[0]
    assert [part is None for part in kept] == [True, False, True]
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_a_gradient_of_a_wrong_shape_is_refused(device: str) -> None:
    @op(vjp(lambda xp, g, y, a: xp.sum(g, axis=0)))
    def twice(xp: Any, a: Any) -> Any:
        return a * 2

    x = tg.ones((2, 3), device=device, requires_grad=True)
    with pytest.raises(tg.GraphError, match=r"twice: .*input 0.*\(3,\).*\(2, 3\)"):
        twice(x).sum().backward()


def test_rules_of_inputs_that_need_no_gradient_do_not_run(device: str) -> None:
    def fail(*args: Any) -> Any:
        raise AssertionError("not needed")

    @op(vjp(lambda xp, g, y, a, b: g * 2), vjp(fail))
    def first(xp: Any, a: Any, b: Any) -> Any:
        return a * 2

    x = tg.ones(2, device=device, requires_grad=True)
    first(x, tg.ones(2, device=device)).sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_rules_without_gradient_run_for_no_output(device: str) -> None:
    # argmax has no rules: its result is not recorded.
    x = tg.ones(3, device=device, requires_grad=True)
    assert not tg.argmax(x).requires_grad
    assert not (x > 0).requires_grad
    assert not tg.zeros_like(x).requires_grad


def test_the_inputs_of_an_error_are_described(device: str) -> None:
    with pytest.raises(ValueError, match=r"sine_of_product\(float32\[2\], int64\[3\]\)"):
        sine_of_product(tg.ones(2, device=device), tg.arange(3, device=device))
