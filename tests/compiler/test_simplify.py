"""What programs leave out."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg

from .same import arrays, assert_same, executed, plan_of, steps_of, tensor

X, Y = arrays((4, 5), (4, 5))


def names(function, *given):
    """The instructions that remain, in order of their names."""
    found = steps_of(plan_of(function, *given))
    return sorted(name for step in found for name in (step if isinstance(step, list) else [step]))


def test_what_nobody_reads_is_not_done() -> None:
    def step(x):
        tg.exp(x)
        return x + 1

    assert names(step, X) == ["add"]


def test_what_is_computed_twice_is_computed_once() -> None:
    assert names(lambda x: tg.sin(x + 1) * tg.sin(x + 1), X) == ["add", "multiply", "sin"]


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_numbers_that_look_alike_are_told_apart(tier: str) -> None:
    zeros = np.zeros((4, 5), np.float32)
    _, (plus, minus) = executed(lambda x: (1 / (x * 0.0), 1 / (x * -0.0)), zeros + 1)
    assert np.all(plus.numpy() == np.inf)
    assert np.all(minus.numpy() == -np.inf)
    integers = np.arange(3)
    _, (whole, real, truth) = executed(lambda x: (x * 1 + x, x * 1.0 + x, x * True + x), integers)
    assert (whole.dtype, real.dtype, truth.dtype) == (tg.int64, tg.float64, tg.int64)


def test_the_same_value_in_two_dtypes_is_two_values(tier: str) -> None:
    _, (one, other) = executed(lambda x: (x.astype(tg.float64) + 1, x.astype(tg.int64) + 1), X)
    assert (one.dtype, other.dtype) == (tg.float64, tg.int64)
    np.testing.assert_array_equal(one.numpy(), X.astype(np.float64) + 1)


def test_nan_is_the_same_number_each_time(tier: str) -> None:
    nan = float("nan")
    assert names(lambda x: (x + nan) * (x + nan), X) == ["add", "multiply"]
    _, y = executed(lambda x: (x + nan) * (x + nan), X)
    assert np.isnan(y.numpy()).all()


def test_copies_and_changes_to_the_same_are_nothing() -> None:
    assert names(lambda x: tg.reshape((x + 1).copy(), (4, 5)).astype(tg.float32) * 2, X) == ["add", "multiply"]


def test_what_comes_from_constants_is_computed_once() -> None:
    assert names(lambda x: x + tg.sum(tg.ones((4, 5)) * 2, axis=0), X) == ["add"]


def test_a_gradient_of_ones_is_no_instruction() -> None:
    w = tensor(Y).requires_grad_()

    def step(x):
        w.grad = None
        tg.sum(x * w).backward()

    assert "ones_like" not in names(step, X)


def test_results_that_are_one_value_are_in_memory_of_their_own(tier: str) -> None:
    _, (one, other, given, constant) = executed(lambda x: (x + 1, x + 1, x.copy(), tg.ones(3) + 0), X)
    one *= 0
    given *= 0
    constant *= 0
    np.testing.assert_array_equal(other.numpy(), X + 1)
    assert np.any(X)


def test_results_without_computing_anything(tier: str) -> None:
    assert_same(lambda: (lambda x, y: (x, tg.ones((2, 2)).mT, x.mT, y), []), [[X, Y], [Y, X]])


def test_states_that_are_exchanged(tier: str) -> None:
    def make():
        a, b = tensor(X), tensor(Y)

        def step(x):
            old = a.copy()
            a[...] = b
            b[...] = old
            return x + 1

        return step, [a, b]

    assert_same(make, [[X], [Y], [X]])


def test_what_a_state_was_before_it_is_changed(tier: str) -> None:
    def make():
        a, b, c = tensor(X), tensor(Y), tensor(Y)

        def step(x):
            before = a.copy()
            a.__iadd__(x)
            b[...] = before
            c.__iadd__(tg.flip(before, axis=0))
            return before

        return step, [a, b, c]

    assert_same(make, [[X], [Y], [X]])
