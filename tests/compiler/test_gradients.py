"""Gradients that a program leaves: in memory of their own, and only where it starts as it was recorded."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim


def _leaf(device):
    return tg.ones(3, device=device, requires_grad=True)


def test_no_other_memory(device):
    w, v = _leaf(device), tg.ones(3, device=device)
    program = tg.trace(lambda x: (w.reshape((3,)) + v).backward(x), tg.ones(3, device=device))
    x = tg.ones(3, device=device)
    program(x)
    w.grad *= 2
    np.testing.assert_array_equal(x.numpy(), [1, 1, 1])

    s = _leaf(device)
    program = tg.trace(lambda x: (s.sum() * x).backward(), tg.asarray(1.0, device=device))
    program(tg.asarray(2.0, device=device))
    s.grad *= 2
    np.testing.assert_array_equal(s.grad.numpy(), [4, 4, 4])


def test_a_gradient_that_was_none(device):
    w, x = _leaf(device), tg.ones(3, device=device)
    program = tg.trace(lambda x: (w * x).sum().backward(), x)
    program(x)
    with pytest.raises(tg.TraceError, match="has a gradient"):
        program(x)
    np.testing.assert_array_equal(w.grad.numpy(), [1, 1, 1])


def test_a_gradient_that_was_there(device):
    w, x = _leaf(device), tg.ones(3, device=device)
    w.grad = tg.zeros(3, device=device)
    program = tg.trace(lambda x: (w * x).sum().backward(), x)
    w.grad = tg.ones(3, device=device)  # not the one that it was recorded with
    program(x)
    np.testing.assert_array_equal(w.grad.numpy(), [2, 2, 2])
    w.grad = None
    with pytest.raises(tg.TraceError, match="has no gradient"):
        program(x)


@pytest.mark.parametrize("there", [False, True])
def test_a_gradient_that_is_dropped_inside(device, there):
    layer = nn.Linear(3, 1, generator=tg.Generator(0, device))
    x = tg.ones((2, 3), device=device)

    def f(x):
        layer.zero_grad()
        layer(x).sum().backward()
        return layer.weight.grad

    layer.weight.grad = tg.ones((1, 3), device=device) if there else None
    program = tg.trace(f, x)
    assert (layer.weight.grad is not None) == there
    first = program(x)
    program(x * 2)
    np.testing.assert_array_equal(first.numpy(), [[2, 2, 2]])
    np.testing.assert_array_equal(layer.weight.grad.numpy(), [[4, 4, 4]])


def test_gradients_dropped_at_the_end(device):
    w, x = _leaf(device), tg.ones(3, device=device)
    optimizer = optim.SGD([w], lr=0.5)

    def step(x):
        (w * x).sum().backward()
        optimizer.step()
        optimizer.zero_grad()

    program = tg.trace(step, x)
    program(x)
    program(x)
    assert w.grad is None
    np.testing.assert_array_equal(w.detach().numpy(), [0, 0, 0])
    w.grad = tg.ones(3, device=device)
    with pytest.raises(tg.TraceError, match="has a gradient"):
        program(x)


def test_a_step_that_found_no_gradient(device):
    w = _leaf(device)
    optimizer = optim.SGD([w], lr=0.5)
    program = tg.trace(optimizer.step)
    program()
    w.grad = tg.ones(3, device=device)
    with pytest.raises(tg.TraceError, match="has a gradient"):
        program()


def test_gradients_of_inputs(device):
    def f(x):
        (x * x).sum().backward()

    x = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    program = tg.trace(f, x)
    assert x.grad is None
    program(x)
    np.testing.assert_array_equal(x.grad.numpy(), [2, 4])
    with pytest.raises(tg.TraceError, match="has a gradient"):
        program(x)


def test_tracing_leaves_the_optimizer_as_it_was(device):
    w = _leaf(device)
    optimizer = optim.Adam([w], lr=0.1)

    def step():
        optimizer.zero_grad()
        (w * 1).sum().backward()
        optimizer.step()

    tg.trace(step)
    step()
    np.testing.assert_allclose(w.detach().numpy(), [0.9] * 3, rtol=1e-6)
    tg.trace(step)
    assert optimizer.state[w]["step"] == 1


def test_tracing_leaves_graphs_as_they_were(device):
    w = _leaf(device)
    loss = (w * w).sum()
    total = tg.zeros((), device=device)

    def f():
        nonlocal total
        total += (w * 2).sum()
        with tg.no_grad():
            w[...] = 0

    tg.trace(f)
    assert not total.requires_grad
    loss.backward()
    np.testing.assert_array_equal(w.grad.numpy(), [2, 2, 2])
