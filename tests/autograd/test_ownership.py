"""A leaf's gradient is in memory of its own, whichever way it came; hooks and modes belong to one place each."""

from __future__ import annotations

from contextvars import copy_context

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim
from tinygrad_nn.autograd.op import op, vjp


def _write(tensor, value):
    with tg.no_grad():
        tensor[...] = value


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(
    "function",
    [lambda x: x.reshape((-1,)), lambda x: x + 0, lambda x: x.mT.mT, lambda x: x],
    ids=["view", "passed on", "views", "the leaf itself"],
)
def test_the_seed_stays_the_callers(device, function, create_graph):
    x = tg.ones((2, 3), device=device, requires_grad=True)
    y = function(x)
    seed = tg.ones(y.shape, device=device)
    y.backward(seed, create_graph=create_graph)
    _write(x.grad, 9.0)
    np.testing.assert_array_equal(seed.numpy(), np.ones(y.shape))


@pytest.mark.parametrize("create_graph", [False, True])
def test_leaves_do_not_share_gradients(device, create_graph):
    x, z = (tg.ones((2, 3), device=device, requires_grad=True) for _ in range(2))
    (x + z).sum().backward(create_graph=create_graph)
    _write(x.grad, 9.0)
    np.testing.assert_array_equal(z.grad.detach().numpy(), np.ones((2, 3)))


def test_a_recorded_gradient_can_be_clipped(device):
    x = tg.ones((2, 3), device=device, requires_grad=True)
    x.reshape((-1,)).sum().backward(create_graph=True)
    optim.clip_grad_norm_([x], 0.5)
    np.testing.assert_allclose(np.linalg.norm(x.grad.detach().numpy()), 0.5, rtol=1e-4)


def test_one_of_several_gradients_passed_on(device):
    @op(vjp(lambda xp, gs, ys, x: gs[0]))
    def twice(xp, x):
        """Two copies."""
        return xp.copy(x), xp.copy(x)

    x = tg.ones(3, device=device, requires_grad=True)
    seed = tg.ones(3, device=device)
    twice(x)[0].backward(seed)
    _write(x.grad, 9.0)
    np.testing.assert_array_equal(seed.numpy(), np.ones(3))


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_same_input_twice(device, create_graph):
    x = tg.ones(3, device=device, requires_grad=True)
    a, b = tg.autograd.grad((x * 2).sum(), [x, x], create_graph=create_graph)
    _write(a, 9.0)
    np.testing.assert_array_equal(b.detach().numpy(), [2, 2, 2])


def test_retaining_twice_keeps_one_gradient(device):
    x = tg.ones(2, device=device, requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    y.sum().backward()
    np.testing.assert_array_equal(y.grad.numpy(), [1, 1])


def test_removing_a_hook_twice_leaves_the_others(device):
    def double(g):
        return g * 2

    for y in (tg.ones(2, device=device, requires_grad=True), tg.ones(2, device=device, requires_grad=True) * 1):
        remove = y.register_hook(double)
        y.register_hook(double)
        remove()
        remove()
        y.retain_grad()
        y.sum().backward()
        np.testing.assert_array_equal(y.grad.numpy(), [2, 2])


def test_a_generator_closed_in_another_context():
    def generate():
        with tg.no_grad():
            yield

    generator = generate()
    copy_context().run(next, generator)
    generator.close()
    assert tg.is_grad_enabled()
    assert (tg.ones(2) * 2).shape == (2,)


def test_integers_take_no_floats(device):
    x = tg.asarray([1, 2, 3], device=device)
    with pytest.raises(TypeError, match="float32 do not fit into dtype int64"):
        x[0] = tg.asarray(2.5, device=device, requires_grad=True)
    assert not x.requires_grad
    assert x.tolist() == [1, 2, 3]


def test_gathering_in_extended_precision():
    x = tg.asarray(np.arange(4, dtype=np.longdouble)).requires_grad_()
    x[[0, 2, 2] * 100].sum().backward()
    assert x.grad.dtype == np.longdouble
    assert x.grad.tolist() == [100, 0, 200, 0]


def test_the_exponent_of_zero(device):
    b = tg.asarray(np.array([-1.0, 2.0]), device=device, requires_grad=True)
    with np.errstate(divide="ignore"):
        tg.pow(tg.asarray(np.zeros(2), device=device), b).sum().backward()
    np.testing.assert_array_equal(b.grad.numpy(), [0, 0])
