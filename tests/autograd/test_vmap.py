"""`vmap`: axes, nests, nesting, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

A = np.arange(24.0).reshape(2, 3, 4) / 10


def tensor(x: Any, device: str, requires_grad: bool = False) -> Any:
    return tg.asarray(np.array(x, dtype=np.float64), device=device, requires_grad=requires_grad)


@pytest.mark.parametrize("in_axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("out_axis", [0, 1, -1])
def test_axes(in_axis: int, out_axis: int, device: str) -> None:
    found = tg.vmap(lambda x: x.sum(axis=0) * 2, in_axes=in_axis, out_axes=out_axis)(tensor(A, device))
    rows = np.moveaxis(A, in_axis, 0)
    np.testing.assert_allclose(found.numpy(), np.moveaxis(2 * rows.sum(axis=1), 0, out_axis))


def test_shared_arguments_and_nests(device: str) -> None:
    def f(p: Any, x: Any, y: Any) -> Any:
        return {"a": p["w"] * x, "b": (y, p["b"].sum())}

    p = {"w": tensor(A[0], device), "b": tensor(A[0, 0], device)}
    found = tg.vmap(f, in_axes=({"w": 0, "b": None}, 0, None))(p, tensor([1, 2, 3], device), tensor(5.0, device))
    np.testing.assert_allclose(found["a"].numpy(), A[0] * [[1], [2], [3]])
    np.testing.assert_array_equal(found["b"][0].numpy(), [5, 5, 5])
    np.testing.assert_allclose(found["b"][1].numpy(), [A[0, 0].sum()] * 3)


def test_nested(device: str) -> None:
    x, y = tensor(A[0, 0], device), tensor(A[1, 1], device)
    outer = tg.vmap(lambda a: tg.vmap(lambda b: a * b + a)(y))(x)
    np.testing.assert_allclose(outer.numpy(), np.outer(A[0, 0], A[1, 1]) + A[0, 0][:, None])
    product = tg.vmap(tg.vmap(lambda a, b: a @ b, in_axes=(None, 1)), in_axes=(0, None))(x[None], y[:, None] * x)
    np.testing.assert_allclose(product.numpy(), A[0, 0][None] @ (A[1, 1][:, None] * A[0, 0]))


def test_gradients_flow_through(device: str) -> None:
    x, w = tensor(A[0], device, requires_grad=True), tensor(A[1, 0], device, requires_grad=True)
    tg.vmap(lambda x: (x * x * w).sum())(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * A[0] * A[1, 0])
    np.testing.assert_allclose(w.grad.numpy(), (A[0] ** 2).sum(axis=0))


def test_gradients_of_every_sample_of_a_network(device: str) -> None:
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)).to(device)
    x = tg.asarray(np.random.default_rng(0).standard_normal((6, 4)).astype("float32"), device=device)
    t = tg.asarray(np.array([0, 1, 2, 0, 1, 2]), device=device)
    w1, b1, w2, b2 = model.parameters()

    def loss(params: Any, x: Any, t: Any) -> Any:
        hidden = tg.tanh(tg.linear(x, params[0], params[1]))
        return nn.functional.cross_entropy(tg.linear(hidden, params[2], params[3])[None], t[None])

    found = tg.vmap(tg.grad(loss), in_axes=(None, 0, 0))((w1, b1, w2, b2), x, t)
    for n in range(6):
        model.zero_grad()
        nn.functional.cross_entropy(model(x[n : n + 1]), t[n : n + 1]).backward()
        for g, p in zip(found, (w1, b1, w2, b2)):
            np.testing.assert_allclose(g[n].detach().numpy(), p.grad.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("batched", [(True, True), (True, False), (False, True)])
def test_indices(batched: tuple[bool, bool], device: str) -> None:
    x = tensor(A, device)
    i = tg.asarray(np.array([[2, 0], [1, 1]]), device=device)
    functions = [
        lambda x, i: x[i],
        lambda x, i: x[:, i],
        lambda x, i: x[i, i],
        lambda x, i: x[i, 1],
        lambda x, i: tg.take(x, i, axis=1),
        lambda x, i: x[..., i],
        lambda x, i: x[i, :][:1],
        lambda x, i: tg.ops.scatter_add(x[:2, :2], (i,), (4, 2)),
        lambda x, i: tg.ops.assign_at(x, (i,), 7.0),
        lambda x, i: tg.ops.assign_at(x, (0, i), x[1, :2] * 2),
    ]
    own = [[x[n] if batched[0] else x[0], i[n] if batched[1] else i[0]] for n in range(2)]
    for f in functions:
        found = tg.vmap(f, in_axes=tuple(0 if b else None for b in batched))(
            x if batched[0] else x[0], i if batched[1] else i[0]
        )
        np.testing.assert_allclose(found.numpy(), np.stack([f(*pair).numpy() for pair in own]))


def test_writing_in_place(device: str) -> None:
    def f(x: Any) -> Any:
        out = tg.zeros(3, dtype=tg.float64, device=device)
        out[1] = x[0]
        out[1:] += x[:2]
        y = x * 2
        y[0] = 1.0
        return out, y

    x = A[0]
    out, y = tg.vmap(f)(tensor(x, device))
    np.testing.assert_allclose(out.numpy(), np.stack([0 * x[:, 0], 2 * x[:, 0], x[:, 1]], axis=1))
    np.testing.assert_allclose(y.numpy(), np.concatenate([np.ones((3, 1)), 2 * x[:, 1:]], axis=1))


def test_random_numbers_are_the_same_for_every_sample(device: str) -> None:
    x = tensor(np.ones((3, 100)), device)
    found = tg.vmap(lambda x: nn.functional.dropout(x, 0.5, generator=tg.Generator(1, device=device)))(x).numpy()
    assert 0 < (found == 0).mean() < 1
    np.testing.assert_array_equal(found[0], found[1])


def test_what_depends_on_the_values_is_refused(device: str) -> None:
    x = tensor(A[0], device)
    for f in (lambda x: x if x[0] > 0 else -x, lambda x: x * float(x[0]), lambda x: x[x > 0.2], lambda x: x.numpy()):
        with pytest.raises((tg.GraphError, ValueError), match=r"vmap.*tg\.where"):
            tg.vmap(f)(x)


def test_they_can_be_printed(device: str) -> None:
    seen = []
    tg.vmap(lambda x: seen.append(repr(x)) or x)(tensor(A[0], device))
    tg.jvp(lambda x: seen.append(repr(x)) or x, (tensor(A[0], device),), (tensor(A[0], device),))
    assert "<vmap float64[4]>" in seen[0]
    assert "<jvp float64[3, 4]>" in seen[1]


def test_no_samples(device: str) -> None:
    x = tensor(np.zeros((0, 3)), device)
    assert tg.vmap(lambda x: tg.softmax(x @ x.reshape(3, 1) * x, axis=0).sum())(x).shape == (0,)


def test_what_does_not_fit(device: str) -> None:
    x = tensor(A[0], device)
    with pytest.raises(ValueError, match=r"\[3, 4\] samples"):
        tg.vmap(lambda a, b: a[0] * b[0])(x, x.mT)
    with pytest.raises(ValueError, match="at least one"):
        tg.vmap(lambda a: a, in_axes=None)(x)
    with pytest.raises(ValueError, match="2 entries for 1"):
        tg.vmap(lambda a: a, in_axes=(0, 0))(x)
    with pytest.raises(ValueError, match=r"in_axes says 2.*\(3, 4\)"):
        tg.vmap(lambda a: a, in_axes=2)(x)
    with pytest.raises(TypeError, match="float"):
        tg.vmap(lambda a, b: a * b)(x, 2.0)
    with pytest.raises(ValueError, match="out_axes says None"):
        tg.vmap(lambda a: a, out_axes=None)(x)
    with pytest.raises(TypeError, match="returns a int"):
        tg.vmap(lambda a: 3)(x)
