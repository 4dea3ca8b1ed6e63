"""What a run leaves behind."""

from __future__ import annotations

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

from .same import arrays, assert_same, executed, tensor
from .tiers import running_on

X, Y = arrays((4, 5), (4, 5))


def compiled_step(*parameters):
    """Gradients of ``sum(sin(x) * (sum of parameters))``: sin(x) for each."""
    optimizer = optim.SGD(parameters, lr=0.1)

    @tg.compile
    def step(x):
        optimizer.zero_grad()
        loss = tg.sum(tg.sin(x) * sum(parameters[1:], parameters[0]))
        loss.backward()
        return loss

    return step


def parameter():
    return tensor(Y).requires_grad_()


def test_memory_of_gradients_is_used_again(tier: str) -> None:
    w = parameter()
    step = compiled_step(w)
    step(tensor(X))
    grad, place = weakref.ref(w.grad), w.grad.array.__array_interface__["data"]
    step(tensor(Y))
    assert w.grad is grad()
    assert w.grad.array.__array_interface__["data"] == place
    np.testing.assert_allclose(w.grad.numpy(), np.sin(Y), rtol=1e-5)


HOLDERS = {
    "tensor": lambda w: w.grad,
    "array": lambda w: w.grad.numpy(),
    "view": lambda w: w.grad[1:].mT,
    "detached": lambda w: w.grad.detach(),
    "list": lambda w: [w.grad],
    "memory": lambda w: memoryview(w.grad.numpy()),
    "reshaped": lambda w: w.grad.reshape((-1,)),
}


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
def test_gradients_that_somebody_holds_stay(hold, forgotten: bool, tier: str) -> None:
    w = parameter()
    step = compiled_step(w)
    step(tensor(X))
    held = hold(w)
    if forgotten:
        w.grad = None
    found = np.asarray(held[0].numpy() if type(held) is list else held.numpy() if isinstance(held, tg.Tensor) else held)
    before = found.copy()
    del found
    for given in (Y, 2 * Y, X):
        step(tensor(given))
        np.testing.assert_allclose(w.grad.numpy(), np.sin(given), rtol=1e-5)
    after = held[0].numpy() if type(held) is list else held.numpy() if isinstance(held, tg.Tensor) else held
    np.testing.assert_array_equal(after, before)


def test_gradients_of_each_call(tier: str) -> None:
    w = parameter()
    step = compiled_step(w)
    held = []
    for k in range(5):
        step(tensor(X * k))
        held.append(w.grad)
    for k, grad in enumerate(held):
        np.testing.assert_allclose(grad.numpy(), np.sin(X * k), rtol=1e-5, atol=1e-7)


def test_two_tensors_with_the_same_gradient(tier: str) -> None:
    v, w = parameter(), parameter()
    step = compiled_step(v, w)
    step(tensor(X))
    step(tensor(X))
    v.grad *= 0
    np.testing.assert_allclose(w.grad.numpy(), np.sin(X), rtol=1e-5)
    held = v.grad
    step(tensor(Y))
    assert not np.any(held.numpy())
    for x in (v, w):
        np.testing.assert_allclose(x.grad.numpy(), np.sin(Y), rtol=1e-5)


def test_what_is_done_to_a_gradient_is_done_to_one_call(tier: str) -> None:
    w = parameter()
    step = compiled_step(w)
    step(tensor(X))
    seen = []
    w.grad.requires_grad_().register_hook(seen.append)
    step(tensor(Y))
    assert not w.grad.requires_grad
    assert not seen
    w.grad *= 2
    step(tensor(X))
    np.testing.assert_allclose(w.grad.numpy(), np.sin(X), rtol=1e-5)


def test_a_result_that_is_a_gradient(tier: str) -> None:
    def make():
        w = parameter()

        def step(x):
            w.grad = None
            tg.sum(tg.sin(x) * w).backward()
            return w.grad, w.grad.mT, w.grad * 2

        return step, [w]

    (step, [w]) = make()
    compiled = tg.compile(step)
    kept = []
    for given in (X, Y, X):
        w.grad = None
        kept.append((compiled(tensor(given)), np.sin(given)))
    for (whole, turned, twice), wanted in kept:
        np.testing.assert_allclose(whole.numpy(), wanted, rtol=1e-5)
        np.testing.assert_allclose(turned.numpy(), wanted.T, rtol=1e-5)
        np.testing.assert_allclose(twice.numpy(), 2 * wanted, rtol=1e-5)


def test_gradients_add_up_over_calls(tier: str) -> None:
    w, v = parameter(), parameter()
    step = tg.compile(lambda x: tg.sum(tg.sin(x) * w).backward())
    for k in range(5):
        step(tensor(X * k))
        tg.sum(tg.sin(tensor(X * k)) * v).backward()
        np.testing.assert_allclose(w.grad.numpy(), v.grad.numpy(), rtol=1e-5, atol=1e-6)


def test_two_functions_that_leave_gradients_in_the_same_tensor(tier: str) -> None:
    w = parameter()
    one, other = compiled_step(w), compiled_step(w)
    held = []
    for k in range(6):
        (one, other)[k % 2](tensor(X * k))
        held.append(w.grad)
        np.testing.assert_allclose(w.grad.numpy(), np.sin(X * k), rtol=1e-5, atol=1e-7)
    for k, grad in enumerate(held):
        np.testing.assert_allclose(grad.numpy(), np.sin(X * k), rtol=1e-5, atol=1e-7)


def test_results_are_in_memory_of_their_own(tier: str) -> None:
    w = parameter()

    def step(x):
        return x, w.detach(), x + 1, (x + 1).mT, tg.ones(3), tg.sum(x)

    executor, first = executed(step, X)
    values = [y.numpy().copy() for y in first]
    executor(tensor(Y))
    for y, wanted in zip(first, values, strict=True):
        np.testing.assert_array_equal(y.numpy(), wanted)
    for y in first:
        y *= 0
    for y, wanted in zip(executor(tensor(X)), values, strict=True):
        np.testing.assert_array_equal(y.numpy(), wanted)
    np.testing.assert_array_equal(w.detach().numpy(), Y)


@pytest.mark.parametrize(
    "look",
    [
        lambda y: y.mT.reshape((-1,)), lambda y: y.mT.reshape((2, 10)).mT, lambda y: y[1, 2], lambda y: y[1][2:3][0],
        lambda y: y[::-1, ::2], lambda y: tg.flip(y[0], axis=0), lambda y: tg.broadcast_to(y, (2, 4, 5)),
        lambda y: y[None, ..., None],
    ],
)  # fmt: skip
def test_results_that_look_at_values_are_those_of_each_call(look, tier: str) -> None:
    calls = [arrays((4, 5), seed=k) for k in range(3)]
    assert_same(lambda: (lambda x: (look(x), look(x * 2), look(tg.exp(x @ x.mT @ x)), tg.sum(look(x))), []), calls)


def test_two_tensors_that_become_one_value(tier: str) -> None:
    fast, slow = tg.asarray([1.0, 2.0]), tg.zeros(2)

    def follow() -> None:
        fast[...] = fast * 2
        slow[...] = slow + (fast - slow) * 0.5
        fast.array[...] = slow.array  # as optimizers do

    compiled = tg.compile(follow)
    for _ in range(2):
        compiled()
    assert fast.tolist() == slow.tolist() == [1.5, 3.0]
    assert not np.shares_memory(fast.array, slow.array)


def test_writes_count_as_writes() -> None:
    """A graph from before the call that needs a value which the program has written over is refused."""
    w = parameter()
    optimizer = optim.SGD([w], lr=0.1)

    @tg.compile
    def step(x):
        optimizer.zero_grad()
        loss = tg.sum(x * w)
        loss.backward()
        optimizer.step()
        return loss

    step(tensor(X))
    loss = tg.sum(w * w)
    step(tensor(X))
    with pytest.raises(RuntimeError, match="in place"):
        loss.backward()


def network_step():
    model = nn.Linear(5, 5, generator=tg.Generator(0))
    optimizer = optim.Adam(model.parameters())

    @tg.compile
    def step(x):
        optimizer.zero_grad()
        loss = tg.sum(tg.tanh(model(x)) ** 2)
        loss.backward()
        optimizer.step()
        return loss

    return step, model


def test_memory_does_not_grow() -> None:
    step, _ = network_step()
    x = tensor(X)
    with running_on("numpy"):
        step(x)
        gc.collect()
        tracemalloc.start()
        for _ in range(10):
            step(x)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1000):
            step(x)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert after - before < 4096


def test_runs_leave_no_cycles() -> None:
    step, _ = network_step()
    x = tensor(X)
    step(x)
    gc.collect()
    gc.disable()
    try:
        for _ in range(100):
            step(x)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_compiled_function_goes_when_nobody_needs_it() -> None:
    step, model = network_step()
    step(tensor(X))
    there, model_there = weakref.ref(step.programs[0]), weakref.ref(model)
    del step, model
    gc.collect()
    assert there() is None
    assert model_there() is None


def test_a_run_that_fails_leaves_no_half_written_gradients(tier: str) -> None:
    table = tensor(arrays((6, 5))[0]).requires_grad_()
    optimizer = optim.SGD([table], lr=0.1, momentum=0.9)

    @tg.compile
    def step(i, x):
        optimizer.zero_grad()
        loss = tg.sum(tg.tanh(table[i] * x) * tg.sum(table * table))
        loss.backward()
        optimizer.step()
        return loss

    good, bad = tg.asarray(np.array([0, 1, 5, 0])), tg.asarray(np.array([0, 6, 5, 0]))
    for _ in range(3):
        step(good, tensor(X))
    before = table.detach().numpy().copy()
    held = table.grad
    held_before = held.numpy().copy()
    for _ in range(2):
        with pytest.raises(IndexError, match="out of bounds"):
            step(bad, tensor(X))
    np.testing.assert_array_equal(table.detach().numpy(), before)
    np.testing.assert_array_equal(held.numpy(), held_before)
    del held
    step(good, tensor(X))
    with pytest.raises(IndexError, match="out of bounds"):
        step(bad, tensor(X))
    assert table.grad is None
    step(good, tensor(X))
    assert np.isfinite(table.grad.numpy()).all()
