"""Runs of a program: again and again, on arrays that come in any memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.compiler import executor as module
from tinygrad_nn.compiler.executor import Executor, executor_for
from tinygrad_nn.compiler.program import Program

from .same import arrays, assert_same, executed, tensor

X, Y = arrays((6, 8), (6, 8))


def step(x, y):
    """Something of each kind: loops, products, views, functions by themselves."""
    z = tg.tanh(x @ y.mT) + tg.sum(x, axis=1)
    return z, tg.sort(z[::-1, 1:], axis=1).mT.reshape((-1,)), tg.sum(z), x[1], tg.concat([x, y * 2], axis=0)


LAYOUTS = {
    "in order": lambda x: x.copy(),
    "of columns": np.asfortranarray,
    "reversed": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "every other": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "read only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "unaligned": lambda x: np.frombuffer(b"." + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
}


@pytest.mark.parametrize("staged", [0, module.STAGED])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_inputs_in_any_memory(layout, staged: int, tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAGED", staged)
    executor = Executor(tg.trace(step, tensor(X), tensor(Y)))
    for k, (a, b) in enumerate([(X, Y), (Y, X), (X * 2, X), (Y, Y)]):
        given = [tg.asarray(layout(a) if k else a.copy()), tg.asarray(layout(b) if k > 1 else b.copy())]
        for y, w in zip(executor(*given), step(*given), strict=True):
            np.testing.assert_allclose(y.numpy(), w.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("staged", [0, module.STAGED])
def test_one_array_given_twice(staged: int, tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAGED", staged)
    compiled, x, y = tg.compile(step), tensor(X), tensor(Y)
    for pair in [(x, y), (x, x), (y, y), (y, x), (x, x.detach()), (x, tg.asarray(x.array))]:
        for found, wanted in zip(compiled(*pair), step(*pair), strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_an_input_that_is_a_state_too(tier: str) -> None:
    w = tensor(Y)
    compiled = tg.compile(lambda x: (x * w, x @ w.mT))
    for x in (tensor(X), w, w[::-1][::-1], tensor(X)):
        for found, wanted in zip(compiled(x), (x * w, x @ w.mT), strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)


def test_states_that_come_in_other_arrays(tier: str) -> None:
    model = nn.Linear(8, 8, generator=tg.Generator(0))
    twin = nn.Linear(8, 8, generator=tg.Generator(0))
    optimizers = [optim.SGD(m.parameters(), lr=0.1, momentum=0.9) for m in (model, twin)]

    def train(m, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = tg.sum(tg.tanh(m(x)) ** 2)
            loss.backward()
            optimizer.step()
            return loss

        return step

    compiled, eager = tg.compile(train(model, optimizers[0])), train(twin, optimizers[1])
    for k in range(6):
        if k in (2, 3):
            for m in (model, twin):
                m.load_state_dict({name: value * 0.5 for name, value in m.state_dict().items()})
        if k == 4:
            for m in (model, twin):
                m.weight.array = m.weight.array.copy()
        given = tensor(X * k)
        np.testing.assert_allclose(compiled(given).item(), eager(given).item(), rtol=1e-3)
        for p, q in zip(model.parameters(), twin.parameters(), strict=True):
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "int32", "uint8", "bool"])
def test_dtypes(dtype: str, tier: str) -> None:
    def f(x):
        y = tg.where(x == x, x, x).reshape((8, 6)).mT
        return y, tg.concat([x[:2], x[2:]], axis=0), x.astype(tg.float32) if dtype != "complex64" else x, tg.flip(y)

    x = (np.abs(X) * 3).astype(dtype)
    _, found = executed(f, x)
    for y, w in zip(found, f(tensor(x)), strict=True):
        assert y.dtype == w.dtype
        np.testing.assert_array_equal(y.numpy(), w.numpy())


@pytest.mark.parametrize("index", [0, (1,), (1, 2), (..., 0), (None, 1, slice(2, 3)), (slice(None), -1)])
def test_single_numbers(index, tier: str) -> None:
    def f(x, s):
        return x[index] * s, x[index], s, s[()], s.reshape((1, 1)) + x, tg.stack([s, x[0, 0], tg.sum(x)]), s + s * 2

    calls = [[X * k, np.asarray(np.float32(k))] for k in range(3)]
    assert_same(lambda: (f, []), calls)


def test_copies_of_several_views_for_one_step(tier: str) -> None:
    def f(x, y):
        a, b = (x + 1).mT.reshape((-1,)), (y * 2).mT.reshape((-1,))
        return tg.concat([a, b, a, x.mT.reshape((-1,))], axis=0), tg.sort(a), a @ b

    assert_same(lambda: (f, []), [arrays((5, 4), (5, 4), seed=k) for k in range(3)])


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12))
def test_any_order_of_calls(calls: list[tuple[int, bool]]) -> None:
    """Runs on arrays that are kept, go and come back."""
    given = [tensor(X * k) for k in range(4)]
    executor = Executor(tg.trace(step, given[0], given[1]))
    for place, fresh in calls:
        x = tensor(X * place) if fresh else given[place]
        found = executor(x, given[-1 - place])
        for y, w in zip(found, step(x, given[-1 - place]), strict=True):
            np.testing.assert_allclose(y.numpy(), w.numpy(), rtol=1e-5, atol=1e-6)


def test_after_an_error(tier: str) -> None:
    table = tensor(X)
    compiled = tg.compile(lambda i: tg.sum(tg.tanh(table[i]), axis=1) * 2)
    good, bad = tg.asarray(np.array([0, 5, -6])), tg.asarray(np.array([0, 6, 1]))
    wanted = np.tanh(X[[0, 5, 0]]).sum(1) * 2
    for _ in range(2):
        np.testing.assert_allclose(compiled(good).numpy(), wanted, rtol=1e-5)
        with pytest.raises(IndexError, match="out of bounds"):
            compiled(bad)


def test_random_numbers_are_drawn_in_each_run(tier: str) -> None:
    generator, twin = tg.Generator(3), tg.Generator(3)
    for shape in ((), (4,), (200, 200)):
        compiled = tg.compile(lambda x, shape=shape: x + tg.rand(shape, generator=generator) * 2)
        for _ in range(3):
            wanted = tg.rand(shape, generator=twin).numpy() * 2 + 1
            np.testing.assert_allclose(compiled(tg.ones(())).numpy(), wanted, rtol=1e-6)


def test_what_runs_what() -> None:
    program = tg.trace(lambda x: x + 1, tensor(X))
    assert type(executor_for(program)) is Executor
    nothing = tg.trace(lambda x: x, tensor(X))
    assert type(executor_for(nothing)) is Program
    elsewhere = tg.trace(lambda x: x + 1, tg.asarray(X, device="strict"))
    assert executor_for(elsewhere) is elsewhere


def test_inputs_in_other_arrays_are_copied_and_not_bound_anew(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = Executor(tg.trace(step, tensor(X), tensor(Y)))
    given = [tensor(X * k) for k in range(1, 6)]
    bound = []
    monkeypatch.setattr(executor, "_bind_again", lambda changed: (bound.append(changed), bind(changed)))
    bind = Executor._bind_again.__get__(executor)
    for x in (*given, given[0]):
        for found, wanted in zip(executor(x, x), step(x, x), strict=True):
            np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)
    assert bound == [[0, 1]]  # both of them, the second time
    assert [x.numpy()[0, 0] for x in given] == [np.float32(X[0, 0] * k) for k in range(1, 6)]  # none was written to


def test_an_interrupt_while_binding(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = Executor(tg.trace(lambda x: x * 2 + 1, tensor(X)))
    executor(tensor(X))
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(executor, "_bind", interrupted)
        executor(tensor(Y))
    for k in range(3):
        np.testing.assert_allclose(executor(tensor(X + k)).numpy(), (X + k) * 2 + 1, rtol=1e-6)


def interrupted(place: int) -> None:
    raise KeyboardInterrupt
