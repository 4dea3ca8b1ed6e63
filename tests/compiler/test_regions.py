"""Steps that are done in blocks of rows: which, and what needs to leave a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.compiler import fusion, regions
from tinygrad_nn.compiler.plan import Plan
from tinygrad_nn.compiler.regions import Region

from .same import arrays, assert_same, steps_of, tensor

ROWS = 300


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks for few rows."""
    monkeypatch.setattr(regions, "LARGE", 1000)
    monkeypatch.setattr(regions, "BLOCK", 10_000)
    monkeypatch.setattr(regions, "MANY", 100)
    monkeypatch.setattr(fusion, "MANY", 100)


def network() -> tuple[Callable[..., Any], list[Any]]:
    generator = tg.Generator(0)
    layers = [nn.Linear(8, 16, generator=generator), nn.Linear(16, 16, generator=generator), nn.Linear(16, 3)]
    parameters = [p for layer in layers for p in layer.parameters()]
    with tg.no_grad():
        for p in parameters[-2:]:
            p[...] = tg.sin(tg.arange(p.size).astype(tg.float32)).reshape(p.shape)
    optimizer = optim.Adam(parameters, lr=0.01)

    def step(x, t):
        optimizer.zero_grad()
        x = layers[2](tg.relu(layers[1](tg.tanh(layers[0](x)))))
        loss = nn.functional.cross_entropy(x, t)
        loss.backward()
        optimizer.step()
        return loss

    return step, parameters


LABELS = np.random.default_rng(1).integers(0, 3, ROWS)


def regions_of(plan: Plan) -> list[Region]:
    return [step for step in plan.steps if isinstance(step, Region)]


def test_a_training_step() -> None:
    step, _ = network()
    plan = Plan(tg.trace(step, *map(tensor, [*arrays((ROWS, 8)), LABELS])))
    (region,) = regions_of(plan)
    inside = steps_of(plan)[plan.steps.index(region)]
    assert inside.count("matmul") == 8
    assert any("tanh" in step for step in inside)
    assert region.rows == ROWS
    assert region.block < ROWS
    assert len(region.totals) >= 6  # the gradients of weights and biases
    assert not {n for n in region.local if plan.values[n][0][0] != ROWS}
    assert plan.kept <= region.outputs
    assert not region.local & plan.buffers.keys()
    assert not region.outputs & plan.in_place.keys()


def test_small_arrays_are_done_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "LARGE", 10**9)
    step, _ = network()
    assert not regions_of(Plan(tg.trace(step, *map(tensor, [*arrays((ROWS, 8)), LABELS]))))


W = arrays((8, 8), (8, 8), (8,), seed=9)


def functions() -> dict[str, Callable[..., Any]]:
    w, u, b = map(tensor, W)

    def norm(x):
        h = x @ w
        h = (h - tg.mean(h, axis=0)) / tg.sqrt(tg.var(h, axis=0) + 1)
        return tg.sum(tg.tanh(h) @ u, axis=0), h

    def distances(x):
        h = tg.tanh(x @ w)
        n = tg.sum(h * h, axis=1)
        d = tg.exp(-0.01 * (n[:, None] + n[None, :] - 2 * (h @ x.mT)))
        return tg.sum(d, axis=1), tg.sum(d, axis=0), d @ x, tg.sum(d.mT * d, axis=0)

    def in_three_axes(x):
        h = x @ w
        a = tg.tanh(h.reshape((3, 100, 8)))
        return (h @ u).reshape((3, 100, 8)) + a * tg.sum(a, axis=2)[:, :, None], tg.sum(a)

    def gated(x):
        gate = tg.sigmoid(tg.sum(b))
        h = tg.tanh(x @ w) * gate
        return tg.sum(tg.tanh(h @ u) * gate, axis=0), gate * 1

    def transposed(x):
        h = tg.tanh(x @ w)
        return h.mT @ x, tg.permute_dims(h, (1, 0)) @ h, tg.permute_dims(h, (0, 1)) @ u, tg.sum(tg.tanh(h @ u))

    def one_after_the_other(x):
        h = tg.tanh(x @ w)
        h = tg.tanh((h - tg.max(h, axis=0)) @ u)
        return tg.sum(h / tg.sum(h * h), axis=0), tg.max(h @ w)

    return {
        "flipped": lambda x: tg.sum(tg.tanh(tg.flip(tg.tanh(x @ w) @ u, axis=0) * 2) @ w, axis=0),
        "reversed": lambda x: tg.tanh((tg.tanh(x @ w) @ u)[::-1] * 2) @ w,
        "columns": lambda x: (tg.tanh((tg.tanh(x @ w) @ u)[:, 2:6] * 2), tg.tanh((x @ w)[:, ::-1]) @ u),
        "one column": lambda x: tg.tanh((tg.tanh(x @ w) @ u)[:, 3] * 2) * tg.tanh(x @ u)[:, 0],
        "columns of three axes": lambda x: tg.tanh((tg.tanh(x @ w) @ u).reshape((ROWS, 4, 2))[:, ::2, :1] * 2) + 1,
        "turned": lambda x: tg.sum(tg.tanh((tg.tanh(x @ w) @ u).mT * 2), axis=1),
        "some rows": lambda x: tg.tanh((tg.tanh(x @ w) @ u)[10:] * 2) @ w,
        "norm": norm, "distances": distances, "three axes": in_three_axes, "gated": gated, "transposed": transposed,
        "totals": one_after_the_other,
    }  # fmt: skip


@pytest.mark.parametrize("name", functions())
def test_blocks_are_the_whole(name: str, tier: str) -> None:
    calls = [arrays((ROWS, 8), seed=k) for k in range(2)]
    assert_same(lambda: (functions()[name], []), calls, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["columns", "norm", "three axes", "totals"])
def test_these_have_blocks(name: str) -> None:
    assert regions_of(Plan(tg.trace(functions()[name], *map(tensor, arrays((ROWS, 8))))))
