"""Checkpoints: the same gradients, random numbers and effects as without, in less memory."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

Call = Callable[..., Any]


def plain(f: Call, *args: Any, **kwargs: Any) -> Any:
    return f(*args, **kwargs)


def leaf(values: Any, device: str) -> Any:
    return tg.asarray(np.asarray(values, float), device=device, requires_grad=True)


def mlp(device: str, seed: int = 0, depth: int = 3, width: int = 4) -> nn.Sequential:
    generator = tg.Generator(seed, device)
    layers: list[Any] = []
    for _ in range(depth):
        layers += [nn.Linear(width, width, dtype=tg.float64, device=device, generator=generator), nn.Tanh()]
    return nn.Sequential(*layers)


def gradients(run: Call, *inputs: Any) -> list[Any]:
    return [g.numpy() for g in tg.autograd.grad(run(), inputs)]


def both(make: Call) -> None:
    """`make` gets `tg.checkpoint` or a plain call, and gives a list of arrays."""
    for ours, wanted in zip(make(tg.checkpoint), make(plain), strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_gradients_of_arguments_and_parameters(device: str) -> None:
    def make(call: Call) -> list[Any]:
        model, x = mlp(device), leaf([[1, 2, 3, 4], [0, 1, 0, 1]], device)
        y = call(model, x)
        (y * y).sum().backward()
        return [y.detach().numpy(), x.grad.numpy(), *(p.grad.numpy() for p in model.parameters())]

    both(make)


def test_gradients_of_a_closure_over_computed_tensors(device: str) -> None:
    def make(call: Call) -> list[Any]:
        w, x = leaf([1, 2, 3], device), leaf([4, 5, 6], device)
        scaled = w * 2
        y = call(lambda x: (x * scaled).sin() + scaled, x * 3)
        (y.sum() + scaled.sum()).backward()
        return [w.grad.numpy(), x.grad.numpy()]

    both(make)


def test_nested_checkpoints(device: str) -> None:
    def make(call: Call) -> list[Any]:
        model, x = mlp(device, depth=4), leaf([[1, 2, 3, 4]], device)

        def half(x: Any) -> Any:
            return call(model[4:8], call(model[:4], x))

        call(half, x).sum().backward()
        return [x.grad.numpy(), *(p.grad.numpy() for p in model.parameters())]

    both(make)


def test_several_outputs_and_other_arguments(device: str) -> None:
    def f(pair: Any, power: int, *, name: str) -> Any:
        a, b = pair
        return {name: a**power * b, "both": (a + b, "text", None), "order": tg.argsort(a)}

    def make(call: Call) -> list[Any]:
        a, b = leaf([3, 1, 2], device), leaf([4, 5, 6], device)
        result = call(f, (a, b), 3, name="cube")
        assert result["both"][1:] == ("text", None)
        assert not result["order"].requires_grad
        (result["cube"].sum() + (result["both"][0] * a).sum()).backward()
        return [a.grad.numpy(), b.grad.numpy(), result["order"].numpy()]

    both(make)


def test_an_output_that_is_not_used(device: str) -> None:
    def make(call: Call) -> list[Any]:
        a, b = leaf([3, 1, 2], device), leaf([4, 5, 6], device)
        y, _ = call(lambda: (a * 2, b * b))
        y.sum().backward()
        return [a.grad.numpy()]

    both(make)


def test_leaves_do_not_share_their_gradients(device: str) -> None:
    a, b = leaf([3, 1], device), leaf([4, 5], device)
    tg.checkpoint(lambda: (a + b) * 2).sum().backward()
    with tg.no_grad():
        a.grad += 1
    assert a.grad.tolist() == [3, 3]
    assert b.grad.tolist() == [2, 2]


def test_second_order(device: str) -> None:
    def make(call: Call) -> list[Any]:
        model, x = mlp(device), leaf([[1, 2, 3, 4]], device)
        h = x * 2
        y = call(lambda h: model(h) ** 2, h)
        (g,) = tg.autograd.grad(y.sum(), x, create_graph=True)
        (g * g).sum().backward()
        return [g.detach().numpy(), x.grad.numpy(), *(p.grad.numpy() for p in model.parameters() if p.grad is not None)]

    for ours, wanted in zip(make(tg.checkpoint), make(plain), strict=True):
        np.testing.assert_allclose(ours, wanted, rtol=1e-12)


def test_third_order(device: str) -> None:
    def f(call: Call) -> Call:
        return lambda x: call(lambda x: (x**4).sin(), x * 2).sum()

    def third(call: Call) -> Any:
        return tg.grad(tg.grad(tg.grad(f(call))))(tg.asarray(0.7, dtype=tg.float64, device=device))

    np.testing.assert_allclose(third(tg.checkpoint).numpy(), third(plain).numpy(), rtol=1e-12)


@pytest.mark.parametrize("transform", [tg.jacobian, tg.hessian, lambda f: tg.vmap(tg.grad(f))])
def test_transformations(transform: Call, device: str) -> None:
    x = tg.asarray(np.linspace(0, 1, 6).reshape(2, 3), device=device)

    def f(call: Call) -> Call:
        return lambda x: call(lambda x: (x * x).sin().sum(), x)

    np.testing.assert_allclose(transform(f(tg.checkpoint))(x).numpy(), transform(f(plain))(x).numpy(), rtol=1e-12)


def test_a_program_of_it(device: str) -> None:
    model = nn.Sequential(mlp(device), nn.Dropout(0.5, generator=tg.Generator(0, device)))
    x = leaf(np.ones((2, 4)), device)
    program = tg.trace(tg.grad(lambda x: tg.checkpoint(model, x).sum()), x.detach())
    found = program(x.detach())
    assert found.shape == (2, 4)


# Random numbers


def dropped(device: str) -> nn.Sequential:
    return nn.Sequential(mlp(device, depth=1), nn.Dropout(0.5), mlp(device, seed=1, depth=1), nn.Dropout(0.3))


def test_dropout_drops_the_same_again(device: str) -> None:
    def make(call: Call) -> list[Any]:
        tg.manual_seed(7)
        model, x = dropped(device), leaf(np.ones((5, 4)), device)
        y = call(model, x)
        y.sum().backward()
        after = tg.rand(3, device=device)  # the stream goes on as if nothing had been computed again
        return [y.detach().numpy(), x.grad.numpy(), after.numpy(), *(p.grad.numpy() for p in model.parameters())]

    both(make)


def test_each_generator_goes_back_to_where_it_was(device: str) -> None:
    own, other = tg.Generator(1, device), tg.Generator(2, device)
    x = leaf(np.ones(50), device)
    first = tg.Generator(1, device)
    first.uniform((3,))
    own.uniform((3,))
    y = tg.checkpoint(lambda x: x * tg.rand(50, dtype=tg.float64, device=device, generator=own), x)
    tg.rand(4, device=device, generator=own)
    states = own.state(), other.state()
    y.sum().backward()
    assert (own.state(), other.state()) == states
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    wanted = tg.rand(50, dtype=tg.float64, device=device, generator=first)
    np.testing.assert_array_equal(x.grad.numpy(), wanted.numpy())


def test_nested_checkpoints_draw_the_same_again(device: str) -> None:
    def make(call: Call) -> list[Any]:
        tg.manual_seed(3)
        model, x = dropped(device), leaf(np.ones((5, 4)), device)
        y = call(lambda x: call(model, call(model, x)), x)
        y.sum().backward()
        return [y.detach().numpy(), x.grad.numpy(), tg.rand(3, device=device).numpy()]

    both(make)


# Effects


class Counting(nn.Module):
    """Keeps a running mean, in place and by assignment."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.weight = nn.Parameter(tg.ones(2, dtype=tg.float64, device=device))
        self.register_buffer("mean", tg.zeros(2, dtype=tg.float64, device=device))

    def forward(self, x: Any) -> Any:
        with tg.no_grad():
            self.mean *= 0.5
            self.mean[...] = self.mean + x.detach().mean(0)
        return x * self.weight


def test_running_statistics_are_updated_once(device: str) -> None:
    model = Counting(device)
    x = leaf([[1, 2], [3, 4]], device)
    y = tg.checkpoint(model, x)
    assert model.mean.tolist() == [2, 3]
    y.sum().backward()
    assert model.mean.tolist() == [2, 3]


def test_a_write_to_a_source_is_refused(device: str) -> None:
    x = leaf([1, 2], device)
    h = x * 2

    def write(h: Any) -> Any:
        h += 1
        return h * 1

    with pytest.raises(tg.GraphError, match="checkpoint: the function writes in place"):
        tg.checkpoint(write, h)


@pytest.mark.parametrize("how", ["argument", "closure", "base", "detached"])
def test_a_write_to_a_constant_after_it_is_noticed(how: str, device: str) -> None:
    x = leaf([1, 2, 3], device)
    base = tg.ones(6, dtype=tg.float64, device=device)
    c = base[:3] if how == "base" else base[...].copy()[:3]
    calls: dict[str, Call] = {
        "argument": lambda: tg.checkpoint(lambda a, c: a * c, x, c),
        "closure": lambda: tg.checkpoint(lambda a: a * (c + 1), x),
        "base": lambda: tg.checkpoint(lambda a: (a * c).sin(), x),
        "detached": lambda: tg.checkpoint(lambda a: a * c.detach(), x),
    }
    y = calls[how]()
    if how == "base":
        base *= 7
    else:
        c[0] = 5
    with pytest.raises(tg.GraphError, match=r"checkpoint: a tensor .*that the function uses was written in place"):
        y.sum().backward()


def test_a_result_that_needs_no_gradient_may_be_written(device: str) -> None:
    x = leaf([1, 2, 3], device)

    def f(a: Any) -> Any:
        z = tg.rand(3, dtype=tg.float64, device=device)
        order = tg.argsort(a)
        return a * z, z, order

    y, z, order = tg.checkpoint(f, x)
    wanted = z.detach().copy()
    with tg.no_grad():
        z *= 5
        order *= 2
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), wanted.numpy())


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("how", ["in place", "by index", "through a view"])
def test_a_buffer_that_is_written_and_used(how: str, times: int, device: str) -> None:
    """Each call sees in backward what it saw in forward, also where later calls wrote to the buffer."""

    def make(call: Call) -> list[Any]:
        x, c = leaf([1, 2, 3], device), tg.ones(3, dtype=tg.float64, device=device)

        def f(a: Any) -> Any:
            nonlocal c
            before = a * c.copy()
            if how == "in place":
                c += 1
            elif how == "by index":
                c[1:] = c[1:] * 3
            else:
                v = c[:2]
                v += 2
            return before * (c * 1).sin()

        ys = [call(f, x) for _ in range(times)]
        found = [g for y in ys for g in gradients(y.sum, x)]
        return [*found, c.numpy()]

    both(make)


def test_a_buffer_that_is_written_outside_and_used_inside_of_a_checkpoint(device: str) -> None:
    def make(call: Call) -> list[Any]:
        x, c = leaf([1, 2, 3], device), tg.ones(3, dtype=tg.float64, device=device)

        def f(a: Any) -> Any:
            nonlocal c
            c += 1
            return call(lambda a: a * (c * 1), a * a)

        first, second = call(f, x), call(f, x)
        return [*gradients(first.sum, x), *gradients(second.sum, x), c.numpy()]

    both(make)


def test_a_buffer_that_takes_the_result(device: str) -> None:
    x, c = leaf([1, 2, 3], device), tg.zeros(3, dtype=tg.float64, device=device)

    def f(a: Any) -> Any:
        c[...] = a * a
        return c

    y = tg.checkpoint(f, x)
    y.sum().backward()
    assert x.grad.tolist() == [2, 4, 6]
    assert not c.requires_grad
    assert c.tolist() == [1, 4, 9]


def test_a_write_that_cannot_be_taken_back_is_refused(device: str) -> None:
    x, c = leaf([1, 2, 3], device), tg.ones(3, dtype=tg.float64, device=device)
    v = c[:2]

    def through_two(a: Any) -> Any:
        c[...] = c + 1
        return a[:2] * v

    def detached(a: Any) -> Any:
        c.detach()[...] = 3.0
        return a * 2

    for f in (through_two, detached):
        with pytest.raises(tg.GraphError, match="checkpoint: the function writes in place to memory"):
            tg.checkpoint(f, x)


def test_a_write_after_it_is_noticed(device: str) -> None:
    x = leaf([1, 2], device)
    y = tg.checkpoint(lambda x: x * x, x)
    with tg.no_grad():
        x += 1
    with pytest.raises(tg.GraphError, match=r"checkpoint.*written in place after"):
        y.sum().backward()


def test_a_function_that_computes_something_else(device: str) -> None:
    x = leaf([1, 2], device)
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(0)
        return x * 2 if len(calls) == 1 else (x * 2).sum()

    y = tg.checkpoint(f, x)
    with pytest.raises(tg.GraphError, match=r"checkpoint: the function gave shapes \[\(2,\)\], and \[\(\)\] when"):
        y.sum().backward()


def test_an_error_leaves_everything_in_place(device: str) -> None:
    x = leaf([1, 2], device)
    h = x * 2
    node = h.node
    calls: list[int] = []

    def f(h: Any) -> Any:
        y = h * h
        calls.append(0)
        if len(calls) == 2:
            raise ValueError("not again")
        return y

    y = tg.checkpoint(f, h)
    with pytest.raises(ValueError, match="not again"):
        y.sum().backward()
    assert h.node is node
    y = tg.checkpoint(f, h)
    y.sum().backward()
    assert x.grad.tolist() == [8, 16]


def test_a_view_of_an_argument_stays_one(device: str) -> None:
    x = leaf([[1, 2], [3, 4]], device)
    h = x * 2
    y = tg.checkpoint(lambda h: h[0], h)
    z = y * y
    with tg.no_grad():
        h += 1
    with pytest.raises(tg.GraphError, match="written in place"):
        z.sum().backward()


def test_an_argument_that_is_returned(device: str) -> None:
    x = leaf([1, 2], device)
    same, y = tg.checkpoint(lambda x: (x, x * 2), x)
    assert same is x
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_a_gradient_within_the_function(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    slope = tg.checkpoint(lambda x: tg.grad(lambda x: (x**3).sum())(x), x)
    slope.sum().backward()
    assert x.grad.tolist() == [6, 12]


# Cost


def test_nothing_happens_where_nothing_is_recorded(device: str) -> None:
    x, calls = leaf([1, 2], device), []

    def f(x: Any) -> Any:
        calls.append(tg.is_grad_enabled())
        return x * 2

    with tg.no_grad():
        y = tg.checkpoint(f, x)
    assert not y.requires_grad
    assert not tg.checkpoint(f, x.detach()).requires_grad
    assert calls == [False, False]


def test_retain_graph_runs_it_once_more(device: str) -> None:
    x = leaf([1, 2], device)
    y = tg.checkpoint(lambda x: x * x, x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4, 8]
    with pytest.raises(tg.GraphError, match="freed"):
        y.backward()


def test_nothing_is_kept_alive(device: str) -> None:
    gc.collect()
    gc.disable()
    try:
        x = leaf([1, 2], device)
        h = x * 2
        inner: list[Any] = []

        def f(h: Any) -> Any:
            z = h * h
            inner.append(weakref.ref(z))
            return z.sin()

        y = tg.checkpoint(f, h)
        assert inner[0]() is None
        y.sum().backward()
        assert inner[1]() is None
        died = weakref.ref(h)
        del h, y
        assert died() is None
    finally:
        gc.enable()


def test_memory_falls() -> None:
    depth, width, batch = 32, 64, 512
    activation = batch * width * 4
    blocks = [
        nn.Sequential(*(layer for _ in range(4) for layer in (nn.Linear(width, width), nn.Tanh())))
        for _ in range(depth // 4)
    ]
    parameters = [p for block in blocks for p in block.parameters()]
    x = tg.randn(batch, width)

    def peak(call: Call) -> int:
        for p in parameters:
            p.grad = tg.zeros(p.shape)
        gc.collect()
        tracemalloc.start()
        try:
            h = x
            for block in blocks:
                h = call(block, h)
            h.sum().backward()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(plain)
    without, with_them = peak(plain), peak(tg.checkpoint)
    assert without > depth * activation  # each Tanh keeps its output
    assert with_them < 0.6 * without
