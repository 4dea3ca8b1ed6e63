"""PyTorch as an oracle for functions of real and complex matrices: values, gradients, second order; and forward mode
against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

__all__ = ["agrees", "forward_mode_agrees", "matrix"]


def matrix(*shape: int, dtype: Any = np.complex128, seed: int = 0) -> Any:
    """Random elements, the same each time."""
    random = np.random.default_rng(seed)
    x = random.standard_normal(shape)
    return (x + 1j * random.standard_normal(shape) if np.dtype(dtype).kind == "c" else x).astype(dtype)


def outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


def values(t: Any) -> Any:
    """The elements of a tensor of PyTorch, which may have put off to conjugate them, or know them to be zeros."""
    return t.detach().resolve_conj().numpy(force=True)


def agrees(ours: Callable[..., Any], theirs: Callable[..., Any], *arrays: Any, device: str, rtol: float = 1e-8) -> None:
    """Compare values, the gradients of random combinations of the outputs, and the gradients of those gradients."""
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(1)

    xs = [tg.asarray(a, device=device, requires_grad=True) for a in arrays]
    ts = [torch.tensor(a, requires_grad=True) for a in arrays]
    ys, us = outputs(ours(*xs)), outputs(theirs(*ts))
    assert len(ys) == len(us)
    for y, u in zip(ys, us):
        assert y.dtype == values(u).dtype
        np.testing.assert_allclose(y.detach().numpy(), values(u), rtol=rtol, atol=rtol)

    seeds = [random.standard_normal(y.shape) for y in ys]
    seeds = [s + 1j * random.standard_normal(s.shape) if y.dtype.kind == "c" else s for s, y in zip(seeds, ys)]
    found = tg.autograd.grad(ys, xs, [tg.asarray(s, device=device) for s in seeds], create_graph=True)
    wanted = torch.autograd.grad(us, ts, [torch.tensor(s) for s in seeds], create_graph=True)
    for g, w in zip(found, wanted):
        np.testing.assert_allclose(g.detach().numpy(), values(w), rtol=rtol, atol=rtol)

    if not any(g.requires_grad for g in found):
        assert not any(w.requires_grad for w in wanted)
        return
    sum(tg.sum(tg.abs(g) ** 2) for g in found).backward()
    sum((w.abs() ** 2).sum() for w in wanted).backward()
    for x, t in zip(xs, ts):
        np.testing.assert_allclose(x.grad.numpy(), values(t.grad), rtol=100 * rtol, atol=100 * rtol)


def forward_mode_agrees(f: Callable[..., Any], *arrays: Any, device: str, rtol: float = 1e-7) -> None:
    """Compare tangents with central differences."""
    tangents = [matrix(*a.shape, dtype=a.dtype, seed=7 + i) for i, a in enumerate(arrays)]
    eps = 1e-6

    def at(step: float) -> list[Any]:
        moved = [tg.asarray(a + step * t, device=device) for a, t in zip(arrays, tangents)]
        return [y.numpy() for y in outputs(f(*moved))]

    xs, ts = ([tg.asarray(a, device=device) for a in group] for group in (arrays, tangents))
    _, found = tg.jvp(f, tuple(xs), tuple(ts))
    for t, above, below in zip(outputs(found), at(eps), at(-eps)):
        np.testing.assert_allclose(t.numpy(), (above - below) / (2 * eps), rtol=rtol, atol=rtol)
