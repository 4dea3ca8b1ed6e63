"""Forward mode: what `jvp` takes and gives, and writing in place within it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

X = np.array([0.3, -0.8, 1.2])
V = np.array([1.0, 0.5, -2.0])


def tensor(x: Any, device: str, requires_grad: bool = False) -> Any:
    return tg.asarray(np.array(x, dtype=np.float64), device=device, requires_grad=requires_grad)


def test_value_and_tangent(device: str) -> None:
    y, t = tg.jvp(lambda x, c: tg.exp(x) * c, (tensor(X, device), tensor(2.0, device)), (tensor(V, device), None))
    np.testing.assert_allclose(y.numpy(), 2 * np.exp(X))
    np.testing.assert_allclose(t.numpy(), 2 * np.exp(X) * V)


def test_nests(device: str) -> None:
    p = {"a": tensor(X, device), "b": [tensor(V, device), tg.asarray([1, 2, 3], device=device)]}
    t = {"a": tensor(V, device), "b": [tensor(X, device), None]}
    y, dy = tg.jvp(lambda p: (p["a"] * p["b"][0], {"n": p["b"][1], "k": 3}), (p,), (t,))
    np.testing.assert_allclose(dy[0].numpy(), V * V + X * X)
    np.testing.assert_array_equal(dy[1]["n"].numpy(), [0, 0, 0])
    assert (y[1]["k"], dy[1]["k"]) == (3, None)


def test_the_dtype_of_the_primal_stays(device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device)
    _, t = tg.jvp(lambda x: x * 2.5, (x,), (tensor([1, 1], device),))
    assert t.dtype == np.float32
    half = x.astype(tg.float16)
    _, t = tg.jvp(lambda x: tg.mean(x * x), (half,), (half,))
    assert t.dtype == np.float16


def test_comparisons_and_control_flow(device: str) -> None:
    def f(x: Any) -> Any:
        return x * 3 if (x > 0).all() else tg.where(x > 0, x * x, -x)

    _, t = tg.jvp(f, (tensor(X, device),), (tensor(V, device),))
    np.testing.assert_allclose(t.numpy(), np.where(X > 0, 2 * X, -1) * V)


def test_reading_values_is_refused(device: str) -> None:
    for read in (lambda x: x.sum().item(), lambda x: x.numpy(), lambda x: float(x[0])):
        with pytest.raises(tg.GraphError, match=r"jvp.*detach"):
            tg.jvp(read, (tensor(X, device),), (tensor(V, device),))


def test_writing_in_place(device: str) -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        y[0] = x[1] * x[2]
        y += x
        y *= 2
        return y

    _, t = tg.jvp(f, (tensor(X, device),), (tensor(V, device),))
    wanted = 2 * (np.array([V[1] * X[2] + X[1] * V[2], V[1], V[2]]) + V)
    np.testing.assert_allclose(t.numpy(), wanted)


def test_writing_into_what_was_constant(device: str) -> None:
    def f(x: Any) -> Any:
        out = tg.zeros((2, 3), dtype=tg.float64, device=device)
        out[0] = x * x
        out[1] += x
        return out

    y, t = tg.jvp(f, (tensor(X, device),), (tensor(V, device),))
    np.testing.assert_allclose(y.numpy(), [X * X, X])
    np.testing.assert_allclose(t.numpy(), [2 * X * V, V])


@pytest.mark.parametrize("place", [0, slice(1, None), (slice(None, None, -2),)])
def test_views_see_writes_and_write_through(place: Any, device: str) -> None:
    def before(x: Any) -> Any:
        y = x * 1.0
        view = y[place]
        y *= x
        return view * 2

    def through(x: Any) -> Any:
        y = (x * 1.0).reshape(3, 1)
        view = y.mT.reshape(3)[place]
        view *= 3
        view += x[place] * x[place]
        return y.reshape(3)

    x, v = tensor(X, device), tensor(V, device)
    for f, value, tangent in (
        (before, lambda x: (2 * x * x)[place], lambda x, v: (4 * x * v)[place]),
        (through, lambda x: _at(x, place, 3 * x + x * x), lambda x, v: _at(v, place, 3 * v + 2 * x * v)),
    ):
        y, t = tg.jvp(f, (x,), (v,))
        np.testing.assert_allclose(y.numpy(), value(X))
        np.testing.assert_allclose(t.numpy(), tangent(X, V))


def _at(x: Any, place: Any, value: Any) -> Any:
    x = x.copy()
    x[place] = value[place]
    return x


def test_what_cannot_be_written(device: str) -> None:
    def repeated(x: Any) -> Any:
        y = x.broadcast_to((2, 3))
        y[0] = x
        return y

    def of_a_constant(x: Any) -> Any:
        y = tg.zeros(3, dtype=tg.float64, device=device)
        view = y[1:]
        y[1] = x[0]
        return view * x[1:]

    for f in (repeated, of_a_constant):
        with pytest.raises(tg.GraphError, match="in place"):
            tg.jvp(f, (tensor(X, device),), (tensor(V, device),))


def test_buffers_that_are_written_keep_the_values(device: str) -> None:
    class Counting(tg.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("mean", tg.zeros(3, dtype=tg.float64, device=device))

        def forward(self, x: Any) -> Any:
            self.mean *= 0.5
            self.mean += 0.5 * x
            return x * self.mean

    model = Counting()
    x = tensor(X, device)
    _, t = tg.jvp(model, (x,), (tensor(V, device),))
    np.testing.assert_allclose(t.numpy(), X * V)
    np.testing.assert_allclose(model.mean.numpy(), X / 2)
    second = tg.hessian(lambda x: model(x).sum())(x)
    assert second.shape == (3, 3)
    assert not model.mean.requires_grad
    model.mean += 1
    np.testing.assert_allclose(model.state_dict()["mean"].numpy(), X * 3 / 4 + 1)


def test_tensors_that_escape(device: str) -> None:
    kept = []
    tg.jvp(lambda x: kept.append(x * 2) or x, (tensor(X, device),), (tensor(V, device),))
    with pytest.raises(tg.GraphError, match="ended"):
        kept[0] + 1


def test_the_tangent_is_recorded(device: str) -> None:
    x, v = tensor(X, device, requires_grad=True), tensor(V, device, requires_grad=True)
    y, t = tg.jvp(lambda x: x**3, (x,), (v,))
    (t.sum() + y.sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), 6 * X * V + 3 * X**2)
    np.testing.assert_allclose(v.grad.numpy(), 3 * X**2)


def test_what_does_not_fit(device: str) -> None:
    x = tensor(X, device)
    with pytest.raises(ValueError, match=r"tangent has shape \(2,\), its primal \(3,\)"):
        tg.jvp(lambda x: x, (x,), (tensor([1, 2], device),))
    with pytest.raises(TypeError, match="1 primals and 2 tangents"):
        tg.jvp(lambda x: x, (x,), (x, x))
    with pytest.raises(TypeError, match="int64"):
        tg.jvp(lambda x: x, (tg.asarray([1], device=device),), (x[:1],))
    with pytest.raises(TypeError, match=r"complex128.*float64"):
        tg.jvp(lambda x: x, (x,), (x * 1j,))
    with pytest.raises(TypeError, match="keys"):
        tg.jvp(lambda p: p["a"], ({"a": x},), ({"b": x},))


def test_user_operations(device: str) -> None:
    from tinygrad_nn.autograd.op import elementwise, op, vjp

    @elementwise(vjp(lambda xp, g, y, x: 3 * g * x * x, reads="x"))
    def cube(xp: Any, x: Any) -> Any:
        return x * x * x

    @op(vjp(lambda xp, g, y, x: g * xp.cos(xp.sum(x)) + 0 * x, reads="x"))
    def sine_of_sum(xp: Any, x: Any) -> Any:
        return xp.sin(xp.sum(x))

    x, v = tensor(X, device), tensor(V, device)
    np.testing.assert_allclose(tg.jvp(cube, (x,), (v,))[1].numpy(), 3 * X**2 * V)
    np.testing.assert_allclose(tg.jvp(sine_of_sum, (x,), (v,))[1].numpy(), np.cos(X.sum()) * V.sum())
    np.testing.assert_allclose(tg.vmap(sine_of_sum)(tg.stack([x, v])).numpy(), np.sin([X.sum(), V.sum()]))
    np.testing.assert_allclose(tg.hessian(sine_of_sum)(x).numpy(), -np.sin(X.sum()) * np.ones((3, 3)), rtol=1e-12)
