"""Programs drawn at random, with shared values, views, writes in place and cuts: gradients as PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn import autograd

torch = pytest.importorskip("torch")

SIZE = 3
SHAPES = ((SIZE, SIZE), (1, SIZE), (SIZE, 1))  # that values have


class Ours:
    """The words of the programs in this framework."""

    def __init__(self, device: str) -> None:
        self.device = device

    def take(self, x: Any, index: Any) -> Any:
        return x[tg.asarray(index, device=self.device)]

    tanh, sin, exp, sigmoid, abs, square, maximum, minimum, softplus = (
        tg.tanh, tg.sin, tg.exp, tg.sigmoid, tg.abs, tg.square, tg.maximum, tg.minimum, lambda self,
            x: tg.softplus(x, beta=1.0),
    )  # fmt: skip
    relu = tg.relu

    def sum(self, x: Any, axis: int) -> Any:
        return x.sum(axis=axis, keepdims=True)

    def mean(self, x: Any, axis: int) -> Any:
        return x.mean(axis=axis, keepdims=True)

    def max(self, x: Any, axis: int) -> Any:
        return x.max(axis=axis, keepdims=True)

    def var(self, x: Any, axis: int) -> Any:
        return x.var(axis=axis, keepdims=True)

    def logsumexp(self, x: Any, axis: int) -> Any:
        return x.logsumexp(axis=axis, keepdims=True)

    def softmax(self, x: Any, axis: int) -> Any:
        return x.softmax(axis=axis)

    def cumsum(self, x: Any, axis: int) -> Any:
        return x.cumulative_sum(axis=axis)

    def cumprod(self, x: Any, axis: int) -> Any:
        return x.cumulative_prod(axis=axis)

    def prod(self, x: Any, axis: int) -> Any:
        return x.prod(axis=axis, keepdims=True)

    def flip(self, x: Any, axis: int) -> Any:
        return x.flip(axis)

    def roll(self, x: Any, axis: int) -> Any:
        return tg.roll(x, 1, axis=axis)

    def concat(self, a: Any, b: Any) -> Any:
        return tg.concat([a, b], axis=0)

    def where(self, a: Any, b: Any) -> Any:
        return tg.where(a > 0, a, b)

    def copy(self, x: Any) -> Any:
        return x.copy()

    def transpose(self, x: Any) -> Any:
        return x.mT

    def reshape(self, x: Any, shape: Any) -> Any:
        return x.reshape(shape)


class Theirs:
    """The same words in PyTorch."""

    tanh, sin, exp, sigmoid, abs, square, maximum, minimum, relu = (
        torch.tanh, torch.sin, torch.exp, torch.sigmoid, torch.abs, torch.square, torch.maximum, torch.minimum,
            torch.relu
    )  # fmt: skip

    def softplus(self, x: Any) -> Any:
        return torch.nn.functional.softplus(x)

    def take(self, x: Any, index: Any) -> Any:
        return x[torch.tensor(index)]

    def sum(self, x: Any, axis: int) -> Any:
        return x.sum(axis, keepdim=True)

    def mean(self, x: Any, axis: int) -> Any:
        return x.mean(axis, keepdim=True)

    def max(self, x: Any, axis: int) -> Any:
        return x.amax(axis, keepdim=True)

    def var(self, x: Any, axis: int) -> Any:
        return x.var(axis, correction=0, keepdim=True)

    def logsumexp(self, x: Any, axis: int) -> Any:
        return x.logsumexp(axis, keepdim=True)

    def softmax(self, x: Any, axis: int) -> Any:
        return x.softmax(axis)

    def cumsum(self, x: Any, axis: int) -> Any:
        return x.cumsum(axis)

    def cumprod(self, x: Any, axis: int) -> Any:
        return x.cumprod(axis)

    def prod(self, x: Any, axis: int) -> Any:
        return x.prod(axis, keepdim=True)

    def flip(self, x: Any, axis: int) -> Any:
        return x.flip(axis)

    def roll(self, x: Any, axis: int) -> Any:
        return torch.roll(x, 1, axis)

    def concat(self, a: Any, b: Any) -> Any:
        return torch.cat([a, b])

    def where(self, a: Any, b: Any) -> Any:
        return torch.where(a > 0, a, b)

    def copy(self, x: Any) -> Any:
        return x.clone()

    def transpose(self, x: Any) -> Any:
        return x.mT

    def reshape(self, x: Any, shape: Any) -> Any:
        return x.reshape(shape)


def unary(name: str) -> Callable[..., Any]:
    return lambda xp, x, y, k: getattr(type(xp), name)(x) if name in DIRECT else getattr(xp, name)(x)


def along(name: str) -> Callable[..., Any]:
    return lambda xp, x, y, k: getattr(xp, name)(x, k % 2)


DIRECT = ("tanh", "sin", "sigmoid", "abs", "square", "relu")


def extremum(name: str) -> Callable[..., Any]:
    return lambda xp, x, y, k: getattr(type(xp), name)(x, y)


def written(xp: Any, x: Any, y: Any, k: int) -> Any:
    h = xp.copy(x * 1 + y * 0)
    h[k % h.shape[0]] = y[0] * 2
    return h * x


def added_to(xp: Any, x: Any, y: Any, k: int) -> Any:
    h = xp.copy(x * 1 + y * 0)
    h += y
    h *= 0.5
    return h


def matmul(xp: Any, x: Any, y: Any, k: int) -> Any:
    if x.shape[1] == y.shape[1]:
        return x @ xp.transpose(y)
    return x @ y if x.shape[1] == y.shape[0] else x


def rows_in_a_loop(xp: Any, x: Any, y: Any, k: int) -> Any:
    h = xp.copy(x * 1 + y * 0)
    for i in range(1, h.shape[0]):
        h[i] = type(xp).tanh(xp.copy(h[i - 1]) * 2)
    return h


STEPS: dict[str, Callable[..., Any]] = {
    **{name: unary(name) for name in (*DIRECT, "softplus", "transpose", "copy")},
    **{name: along(name) for name in (
        "sum", "mean", "max", "var", "logsumexp", "softmax", "cumsum", "cumprod", "prod", "flip", "roll")},
    **{name: extremum(name) for name in ("maximum", "minimum")},
    "add": lambda xp, x, y, k: x + y,
    "subtract": lambda xp, x, y, k: x - y,
    "multiply": lambda xp, x, y, k: x * y,
    "divide": lambda xp, x, y, k: x / (1 + y * y),
    "power": lambda xp, x, y, k: x ** (k % 4),
    "number": lambda xp, x, y, k: 1.5 - x * 2,
    "matmul": matmul,
    "where": lambda xp, x, y, k: xp.where(x, y),
    "row": lambda xp, x, y, k: x[k % x.shape[0] :][:1],
    "column": lambda xp, x, y, k: x[:, :1],
    "take": lambda xp, x, y, k: xp.take(x, [k % x.shape[0], 0, x.shape[0] - 1]),
    "concat": lambda xp, x, y, k: xp.concat(x, y)[-SIZE:] if x.shape[1] == y.shape[1] else x,
    "reshape": lambda xp, x, y, k: xp.reshape(xp.reshape(x, (-1,)), tuple(x.shape)[::-1]),
    "detach": lambda xp, x, y, k: x.detach() * y,
    "written": written,
    "added to": added_to,
    "rows in a loop": rows_in_a_loop,
}  # fmt: skip

steps = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9), st.integers(0, 5)),
                 min_size=1, max_size=12)  # fmt: skip


def run(xp: Any, program: Any, values: list[Any]) -> Any:
    values = list(values)
    for name, i, j, k in program:
        # The latest values are the likeliest, so that programs grow deep.
        x, y = values[-1 - i % len(values)], values[-1 - j % len(values)]
        result = STEPS[name](xp, x, y, k)
        if tuple(result.shape) in SHAPES:
            values.append(result)
    total = values[-1].sum()
    for value in values[-4:-1]:
        total = total + value.mean()
    return total


@given(program=steps, seed=st.integers(0, 5))
@settings(max_examples=300)
def test_random_programs(program: Any, seed: int, device: str) -> None:
    random = np.random.default_rng(seed)
    arrays = [random.normal(size=shape) for shape in SHAPES]
    ours = [tg.asarray(x, device=device, requires_grad=True) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    y, z = run(Ours(device), program, ours), run(Theirs(), program, theirs)
    scale = max(1.0, abs(z.item()))
    if not scale < 1e6:
        return
    np.testing.assert_allclose(y.item(), z.item(), rtol=1e-9, atol=1e-9)
    if not z.requires_grad:
        return
    found = autograd.grad(y, ours, create_graph=True, allow_unused=True)
    wanted = torch.autograd.grad(z, theirs, create_graph=True, allow_unused=True)
    same(found, wanted)
    # once more, through the recorded backward
    weights = [random.normal(size=x.shape) for x in arrays]
    pairs = [(f, w, c) for f, w, c in zip(found, wanted, weights) if w is not None and w.requires_grad]
    if not pairs:
        return
    second = sum((f * tg.asarray(c, device=device)).sum() for f, _, c in pairs)
    reference = sum((w * torch.tensor(c)).sum() for _, w, c in pairs)
    if not second.requires_grad:  # a second derivative that is zero everywhere
        same([None] * 3, torch.autograd.grad(reference, theirs, allow_unused=True))
        return
    same(autograd.grad(second, ours, allow_unused=True), torch.autograd.grad(reference, theirs, allow_unused=True))


@given(program=steps, seed=st.integers(0, 5))
@settings(max_examples=100)
def test_random_programs_are_replayed(program: Any, seed: int, device: str) -> None:
    def step(*xs: Any) -> Any:
        y = run(Ours(device), program, list(xs))
        grads = autograd.grad(y, xs, allow_unused=True) if y.requires_grad else ()
        return [y, *(g for g in grads if g is not None)]

    def inputs(seed: int) -> Any:
        random = np.random.default_rng(seed)
        return [tg.asarray(random.normal(size=shape), device=device, requires_grad=True) for shape in SHAPES]

    with np.errstate(all="ignore"):
        recorded = tg.trace(step, *inputs(seed))
        for again in (seed, seed + 1):
            for found, wanted in zip(recorded(*inputs(again)), step(*inputs(again))):
                np.testing.assert_array_equal(found.detach().numpy(), wanted.detach().numpy())


def same(found: Any, wanted: Any) -> None:
    """Equal gradients where PyTorch's are finite; none is as good as zero."""
    for f, w in zip(found, wanted):
        f = np.zeros(1) if f is None else f.detach().numpy()
        w = np.zeros(1) if w is None else w.detach().numpy(force=True)
        f, w = np.broadcast_arrays(f, w)
        finite = np.isfinite(w)
        scale = max(1.0, np.abs(w[finite]).max(initial=0))
        np.testing.assert_allclose(f[finite], w[finite], rtol=1e-7, atol=1e-9 * scale)
