"""The checker checked: right gradients pass, and each kind of wrong one is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.autograd.op import Op, vjp
from tinygrad_nn.testing import gradcheck, gradgradcheck


def product(xp: Any, a: Any, b: Any) -> Any:
    return a * b


def cube(xp: Any, x: Any) -> Any:
    return x * x * x


def made(forward: Any, *rules: Any, **kinds: Any) -> Op:
    return Op(forward, tuple(vjp(rule, reads=reads) for rule, reads in rules), **kinds)


def product_with(rule: Any, reads: str = "a b") -> Op:
    """A product whose gradient for the first input is `rule`."""
    return made(product, (rule, reads), (lambda xp, g, y, a, b: g * a, "a"), broadcasts=True)


def one_place_wrong(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    return xp.assign_at(g * b, (0,) * g.ndim, 0)


def wrong_if_broadcast(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * b * (1 if a.shape == g.shape else 2)


WRONG = {
    "scaled": lambda xp, g, y, a, b: 1.01 * g * b,
    "barely scaled": lambda xp, g, y, a, b: 1.0001 * g * b,
    "with the wrong sign": lambda xp, g, y, a, b: -g * b,
    "transposed": lambda xp, g, y, a, b: (g * b).mT,
    "without a factor": lambda xp, g, y, a, b: g + 0 * b,
    "with a constant": lambda xp, g, y, a, b: g * b + 1e-3,
    "of the other input": lambda xp, g, y, a, b: g * a,
    "zero": lambda xp, g, y, a, b: g * 0,
    "NaN": lambda xp, g, y, a, b: g * b * float("nan"),
    "infinite": lambda xp, g, y, a, b: g * b + float("inf"),
    "ignoring the gradient of the output": lambda xp, g, y, a, b: b + 0 * g,
    "rolled": lambda xp, g, y, a, b: xp.roll(g * b, 1, axis=0),
    "averaged": lambda xp, g, y, a, b: xp.sum(g * b, axis=0, keepdims=True) / g.shape[0] + 0 * g,
    "wrong in one place": one_place_wrong,
}


def square(device: str) -> Any:
    return tg.asarray(np.random.default_rng(0).uniform(0.5, 2, (3, 3)), device=device)


def test_right_gradients_pass(device: str) -> None:
    good = product_with(lambda xp, g, y, a, b: g * b)
    gradcheck(good, square(device), square(device) + 1)
    gradcheck(good, square(device), square(device)[0] + 1)
    gradgradcheck(good, square(device), square(device) + 1)


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_gradients_are_found(kind: str, device: str) -> None:
    bad = product_with(WRONG[kind])
    with pytest.raises(AssertionError, match="input 0"):
        gradcheck(bad, square(device), square(device) + 1)


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_gradients_are_found_in_large_outputs(kind: str, device: str) -> None:
    # There, only random combinations of the outputs are looked at.
    random = np.random.default_rng(0)
    a, b = (tg.asarray(random.uniform(0.5, 2, (12, 12)), device=device) for _ in "ab")
    with pytest.raises(AssertionError, match="random combination"):
        gradcheck(product_with(WRONG[kind]), a, b)


def test_gradients_wrong_only_when_broadcast(device: str) -> None:
    bad = product_with(wrong_if_broadcast)
    x = square(device)
    gradcheck(bad, x, x + 1)
    with pytest.raises(AssertionError, match="input 0"):
        gradcheck(bad, x[0], x + 1)


def test_a_dropped_term(device: str) -> None:
    bad = made(lambda xp, x: x * x + x, (lambda xp, g, y, x: g * 2 * x, "x"))
    with pytest.raises(AssertionError):
        gradcheck(bad, square(device))


def test_a_missing_gradient(device: str) -> None:
    # A function that leaves the graph has gradient zero.
    with pytest.raises(AssertionError, match="is 0, by"):
        gradcheck(lambda x: x.detach() * 2 + 0 * x, square(device))
    with pytest.raises(AssertionError):
        gradcheck(lambda x: x.detach() * 2, square(device))


def test_an_error_in_another_output_or_input(device: str) -> None:
    bad = product_with(WRONG["scaled"])
    x = square(device)
    with pytest.raises(AssertionError, match=r"element .* of output 1 for input 0"):
        gradcheck(lambda a, b: (a + b, bad(a, b)), x, x + 1)
    with pytest.raises(AssertionError, match="for input 1"):
        gradcheck(lambda b, a: bad(a, b), x, x + 1)


def test_the_message_names_index_and_values(device: str) -> None:
    bad = product_with(one_place_wrong)
    with pytest.raises(AssertionError, match=r"input 0 at index \(0, 0\) is 0, by finite differences (3|2\.9999)"):
        gradcheck(bad, square(device), tg.full((3, 3), 3.0, device=device))


def test_wrong_second_derivatives_are_found(device: str) -> None:
    # Right to the first order: the rule forgets that it depends on x.
    frozen = made(
        cube, (lambda xp, g, y, x: g * 3 * (x * x if isinstance(x, tg.Tensor) is False else (x * x).detach()), "x")
    )
    x = square(device)
    gradcheck(frozen, x)
    with pytest.raises(AssertionError):
        gradgradcheck(frozen, x)
    # The gradient of the output is read as a constant.
    detached = made(cube, (lambda xp, g, y, x: (g.detach() if isinstance(g, tg.Tensor) else g) * 3 * x * x, "x"))
    gradcheck(detached, x)
    with pytest.raises(AssertionError):
        gradgradcheck(detached, x)


def test_inputs_that_are_not_floating_are_passed_on(device: str) -> None:
    index = tg.asarray([2, 0]).to_device(device)
    gradcheck(lambda x, i, n: x[i] * n, tg.ones((3, 2), device=device), index, 3)


def test_arrays_and_other_dtypes_become_float64(device: str) -> None:
    seen = []

    def f(x: Any) -> Any:
        seen.append(x.dtype)
        return x * x

    gradcheck(f, np.ones(2, np.float32))
    gradcheck(f, tg.ones(2, device=device))
    assert set(seen) == {tg.float64}


def test_inputs_stay_as_they_were(device: str) -> None:
    x = tg.asarray(np.ones(2), device=device, requires_grad=True)
    gradcheck(lambda x: x * x, x)
    gradgradcheck(lambda x: x * x, x)
    assert x.grad is None
    assert x.tolist() == [1, 1]


def test_zero_size_and_no_axes(device: str) -> None:
    gradcheck(lambda x: x * x, tg.ones((0, 3), device=device))
    gradgradcheck(lambda x: x * x, tg.ones((), device=device))


def test_what_cannot_be_checked(device: str) -> None:
    x = tg.ones(2, device=device)
    with pytest.raises(ValueError, match="none of the inputs"):
        gradcheck(lambda i: i, 3)
    with pytest.raises(ValueError, match="no floating tensor"):
        gradcheck(lambda x: x > 0, x)
    values = iter(range(100))
    with pytest.raises(ValueError, match="different values"):
        gradcheck(lambda x: x * next(values), x)
