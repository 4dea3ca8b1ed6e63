"""Small calls as one function of machine code: the same results, in the same memory, made once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.backend.jit import compiled, installed
from tinygrad_nn.compiler.binding import Call, fill
from tinygrad_nn.compiler.bundles import FEWEST, SMALL, Bundles
from tinygrad_nn.compiler.executor import Executor
from tinygrad_nn.compiler.kernels import compiled_kernel

pytestmark = pytest.mark.skipif(installed() is None, reason="there is no numba here, or it is switched off")

DOUBLING = """def kernel(rows, columns, constants, x0, y0):
    for i in range(rows):
        y0[i] = x0[i] + x0[i]
"""


def run(calls: list[Call]) -> None:
    for function, arguments in calls:
        function(*arguments)


def matrix(rows: int, columns: int, seed: int, turned: bool, dtype: Any = np.float32) -> Any:
    values = np.random.default_rng(seed).standard_normal((columns, rows) if turned else (rows, columns))
    made = values.astype(dtype)
    return made.T if turned else made


sizes = st.integers(0, 9)


@given(sizes, sizes, sizes, st.booleans(), st.booleans(), st.sampled_from([np.float32, np.float64]))
def test_products(m: int, k: int, n: int, left: bool, right: bool, dtype: Any) -> None:
    a, b = matrix(m, k, 0, left, dtype), matrix(k, n, 1, right, dtype)
    outs = [np.full((m, n), np.nan, dtype) for _ in range(FEWEST)]
    calls = Bundles().joined([Call(np.dot, (a, b, out)) for out in outs])
    assert len(calls) == 1
    run(calls)
    for out in outs:
        np.testing.assert_allclose(out, a @ b, rtol=1e-5, atol=1e-5)


def test_kernels_and_what_they_are_added_to() -> None:
    x, y, total = np.arange(5, dtype=np.float32), np.empty(5, np.float32), np.ones(3, np.float32)
    kernel = compiled_kernel(DOUBLING)
    calls = [Call(fill, (total, -np.inf)), Call(kernel, (5, 1, np.zeros(0), x, y))]
    calls += [Call(kernel, (5, 1, np.zeros(0), y, y))] * FEWEST
    joined = Bundles().joined(calls)
    assert len(joined) == 1
    run(joined)
    np.testing.assert_array_equal(y, 2 ** (FEWEST + 1) * x)
    np.testing.assert_array_equal(total, np.full(3, -np.inf))


def test_what_is_large_or_of_another_kind_stays_as_it_is() -> None:
    small, large = np.zeros(3, np.float32), np.zeros(SMALL + 1, np.float32)
    other, strided = np.zeros(3, np.int16), np.zeros(6, np.float32)[::2]
    one = Call(fill, (small, 1.0))
    for array in (large, other, strided):
        alone = Call(fill, (array, 1.0))
        calls = [*[one] * FEWEST, alone, one]
        joined = Bundles().joined(calls)
        assert joined[1:] == [alone, one]
        assert joined[0] != one
        run(joined)
        np.testing.assert_array_equal(array, 1)
    add = Call(np.add, (small, small, small))
    assert Bundles().joined([add] * FEWEST) == [add] * FEWEST


def test_loops_of_the_same_name_are_told_apart() -> None:
    def loop_that_adds(number: int) -> Any:
        def loop(x: Any) -> None:
            for i in range(x.size):
                x[i] += number

        return compiled(loop)

    x = np.zeros(3, np.float32)
    run(Bundles().joined([Call(loop_that_adds(number), (x,)) for number in (1, 10, 100) for _ in range(FEWEST)]))
    np.testing.assert_array_equal(x, 111 * FEWEST)


def test_a_bundle_is_made_anew_where_its_calls_are_others() -> None:
    arrays = [np.zeros(3, np.float32) for _ in range(FEWEST + 1)]
    calls = [Call(fill, (a, 1.0)) for a in arrays[:FEWEST]]
    bundles = Bundles()
    first = bundles.joined(calls)
    assert bundles.joined(calls)[0] is first[0]
    again = bundles.joined([*calls[:-1], Call(fill, (arrays[-1], 1.0))])
    assert again[0].function is first[0].function  # the same text: nothing is compiled for it
    run(again)
    np.testing.assert_array_equal([a[0] for a in arrays], [1] * (FEWEST - 1) + [0, 1])


def test_other_sizes_are_the_same_machine_code() -> None:
    joined = [Bundles().joined([Call(fill, (np.zeros(n, np.float32), 1.0))] * FEWEST) for n in (2, 5)]
    assert joined[0][0].function is joined[1][0].function


def test_an_index_out_of_range_is_an_error() -> None:
    text = """def kernel(rows, columns, constants, x0):
    if x0[0] > 1:
        raise IndexError("an index along an axis is out of bounds")
"""
    x = np.ones(1, np.float32)
    kernel = compiled_kernel(text)
    (call,) = Bundles().joined([Call(kernel, (1, 1, np.zeros(0), x))] * FEWEST)
    run([call])
    x[0] = 2
    with pytest.raises(IndexError, match="out of bounds"):
        run([call])


def test_a_small_step_is_one_call() -> None:
    generator = tg.Generator(0)
    model = nn.Sequential(nn.Linear(3, 8, generator=generator), nn.Tanh(), nn.Linear(8, 2, generator=generator))
    update = optim.SGD(model.parameters(), lr=0.1)
    x, t = tg.ones((4, 3)), tg.asarray(np.array([0, 1, 1, 0]))

    def step(x: Any, t: Any) -> Any:
        update.zero_grad()
        loss = nn.CrossEntropyLoss()(model(x), t)
        loss.backward()
        update.step()
        return loss

    executor = Executor(tg.trace(step, x, t))
    losses = [executor(x, t).item() for _ in range(20)]
    assert losses[-1] < losses[0]
    assert len(executor.calls) <= 3
    held = model[0].weight.grad  # whoever holds a gradient keeps it; the bundle writes elsewhere then
    before = held.numpy().copy()
    executor(x, t)
    np.testing.assert_array_equal(held.numpy(), before)
    assert model[0].weight.grad is not held
