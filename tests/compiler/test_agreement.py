"""What is compiled agrees with eager execution: every operation of the table, and programs drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import tinygrad_nn as tg
from tests.ops.table import ROWS, Case, Row
from tinygrad_nn import nn, optim

from .programs import EXACT, FUNCTIONS, Program, long_program, programs
from .tiers import PLAIN_TIERS, running_on

TOLERANCE = {4: 2e-5, 8: 1e-12}  # of one operation, by the bytes of a real number
OF_PROGRAMS = 5e-4  # of up to sixteen operations, some in float32
LEVEL = {"numpy": FUNCTIONS, "interpreted": EXACT, "numba": EXACT}  # up to which results are the same bits


def assert_agree(found: Any, wanted: Any, tolerance: float) -> None:
    """The same tensor, but for a tolerance that is relative to its largest element."""
    y, w = found.numpy(), wanted.numpy()
    assert (y.dtype, y.shape) == (w.dtype, w.shape)
    if not tolerance or w.dtype.kind not in "fc":
        np.testing.assert_array_equal(y, w)
        return
    finite = np.abs(w[np.isfinite(w)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    np.testing.assert_allclose(y, w, rtol=tolerance, atol=tolerance * scale)


# Every operation


def parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def stepped(row: Row, case: Case) -> Callable[..., Any]:
    """The operation and its backward, from a gradient that is another for each element."""

    def step(*xs: Any) -> Any:
        outputs = parts(row.call(*xs, **case.kwargs))
        losses = []
        for y in outputs:
            if y.requires_grad and y.dtype.kind == "f":
                losses.append(tg.sum(y * tg.cos(y.detach())))
            elif y.requires_grad:
                losses.append(tg.sum(2 * tg.real(y) + tg.imag(y)))
        if losses:
            sum(losses[1:], losses[0]).backward()
        return [y.detach() for y in outputs], [x.grad for x in xs if x.grad is not None]

    return step


def tensors(row: Row, case: Case, dtype: str, seed: int) -> list[Any]:
    made = [tg.asarray(np.array(x)) for x in row.arrays(case, dtype, seed=seed)]
    return [x.requires_grad_() if row.gradient and x.dtype.kind == "f" else x for x in made]


@pytest.mark.parametrize("row", [row for row in ROWS if row.traceable], ids=lambda row: row.name)
@pytest.mark.parametrize(
    ("tier", "dtype"), [("numpy", "float32"), ("interpreted", "float32"), ("interpreted", "float64")]
)
def test_operations(row: Row, tier: str, dtype: str) -> None:
    with running_on(tier):
        for case in row.cases:
            step = stepped(row, case)
            compiled = tg.compile(step)
            for seed in (0, 1):
                found, wanted = compiled(*tensors(row, case, dtype, seed)), step(*tensors(row, case, dtype, seed))
                for ours, theirs in zip(found, wanted):
                    assert len(ours) == len(theirs), case
                    for y, w in zip(ours, theirs):
                        assert_agree(y, w, TOLERANCE[np.dtype(dtype).itemsize])


# Every expression that loops have, at the edges of its domain

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.5, 1e-42, 3e38, -3e38, np.inf, -np.inf, np.nan]
OF_ONE: list[Callable[[Any], Any]] = [
    lambda x: -x, tg.abs, tg.square, tg.sqrt, tg.reciprocal, tg.sign, tg.floor, tg.ceil, tg.trunc, tg.isnan, tg.isinf,
    tg.isfinite, lambda x: x**2, lambda x: x**0.5, lambda x: x**-1.0, lambda x: x > 0, lambda x: 1 - x,
    lambda x: x.astype(tg.bool), lambda x: x.astype(tg.float64) * 3, lambda x: x.astype(tg.float32) * 3,
]  # fmt: skip
OF_TWO: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, tg.maximum, tg.minimum,
    lambda x, y: x == y, lambda x, y: x != y, lambda x, y: x < y, lambda x, y: x <= y, lambda x, y: x > y,
    lambda x, y: x >= y, lambda x, y: tg.where(x > y, x, y), lambda x, y: (x > 0) & (y > 0),
    lambda x, y: (x > 0) | (y > 0), lambda x, y: (x > 0) ^ (y > 0), lambda x, y: ~(x > y),
    lambda x, y: tg.logical_and(x > 0, y > 0), lambda x, y: tg.where(x > y, 1.0, y),
]  # fmt: skip
ROUNDED: list[Callable[[Any], Any]] = [
    tg.exp, tg.exp2, tg.expm1, tg.log, tg.log1p, tg.log2, tg.tanh, tg.sigmoid, tg.erf, lambda x: x**3,
]  # fmt: skip


def assert_expressions_agree(function: Callable[..., list[Any]], tier: str, arrays: list[Any], rtol: float) -> None:
    with running_on(tier), np.errstate(all="ignore"):
        found, wanted = tg.compile(function)(*map(tg.asarray, arrays)), function(*map(tg.asarray, arrays))
        for y, w in zip(found, wanted):
            assert y.dtype == w.dtype
            np.testing.assert_allclose(y.numpy(), w.numpy(), rtol=rtol, atol=1e-44 if rtol else 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("tier", [*PLAIN_TIERS, "numba"])
def test_every_expression(tier: str, dtype: str) -> None:
    def exact(x: Any, y: Any) -> list[Any]:
        return [f(x) for f in OF_ONE] + [f(x, y) for f in OF_TWO]

    x = np.array(EDGES, dtype)
    assert_expressions_agree(exact, tier, [x[:, None], x], 0)
    assert_expressions_agree(lambda x: [f(x) for f in ROUNDED], tier, [np.tile(x, 3)], 5e-7)


@pytest.mark.parametrize("tier", [*PLAIN_TIERS, "numba"])
def test_every_expression_of_integers(tier: str) -> None:
    def function(x: Any, y: Any) -> list[Any]:
        return [x + y, x - y, x * y, -x, x * x, x == y, x != y, x < y, x <= y, x > y, x >= y, tg.where(x > y, x, 3 * y),
                x.astype(tg.float32) / 3, x.astype(tg.bool), (x > y).astype(tg.int64) * x, tg.square(x)]  # fmt: skip

    x = np.array([0, 1, -1, 7, 2**40, -(2**62), 2**63 - 1])
    assert_expressions_agree(function, tier, [x[:, None], x], 0)


# Programs


def assert_programs_agree(program: Program, tier: str, divided: bool = False) -> None:
    state, wanted_state = program.parameters(), program.parameters()
    eager = program.step(wanted_state)
    levels = program.levels()

    def given(seed: int) -> list[Any]:
        made = [tg.asarray(x) for x in program.arrays(seed)]
        return [x.requires_grad_() if program.trained and x.dtype.kind == "f" else x for x in made]

    with running_on(tier, divided), np.errstate(all="ignore"):
        compiled = tg.compile(program.step(state))
        for seed in range(3):
            (found, grads), (wanted, wanted_grads) = compiled(*given(seed)), eager(*given(seed))
            for y, w, level in zip(found, wanted, levels):
                assert_agree(y, w, 0 if level <= LEVEL[tier] else OF_PROGRAMS)
            assert len(grads) == len(wanted_grads)
            for y, w in zip([*grads, *state], [*wanted_grads, *wanted_state]):
                assert_agree(y.detach(), w.detach(), OF_PROGRAMS)
            if program.trained:
                assert_agree(state[0].grad, wanted_state[0].grad, OF_PROGRAMS)
    assert len(compiled.programs) == 1


@pytest.mark.parametrize("divided", [False, True], ids=["whole", "divided"])
@pytest.mark.parametrize("tier", PLAIN_TIERS)
@given(program=programs())
def test_random_programs(program: Program, tier: str, divided: bool) -> None:
    assert_programs_agree(program, tier, divided)


@pytest.mark.parametrize("divided", [False, True], ids=["whole", "divided"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("tier", [*PLAIN_TIERS, "numba"])
def test_long_programs(tier: str, seed: int, divided: bool) -> None:
    assert_programs_agree(long_program(seed), tier, divided)


@pytest.mark.parametrize("divided", [False, True], ids=["whole", "divided"])
@pytest.mark.parametrize("tier", [*PLAIN_TIERS, "numba"])
def test_training(tier: str, divided: bool) -> None:
    def prepared() -> tuple[list[Any], Callable[..., Any]]:
        g = tg.Generator(0)
        first, second, third = (nn.Linear(n, m, generator=g) for n, m in ((6, 9), (9, 8), (8, 3)))
        model = nn.Sequential(first, nn.Tanh(), second, nn.ReLU(), third)
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        parameters = list(model.parameters())

        def step(x: Any, t: Any) -> Any:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), t)
            loss.backward()
            optim.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            return loss

        return parameters, step

    (ours, step), (theirs, eager) = prepared(), prepared()
    with running_on(tier, divided):
        compiled = tg.compile(step)
        for seed in range(4):
            random = np.random.default_rng(seed)
            x, t = tg.asarray(random.normal(size=(200, 6)).astype("float32")), tg.asarray(random.integers(0, 3, 200))
            assert_agree(compiled(x, t), eager(x, t).detach(), 1e-5)
    for p, q in zip(ours, theirs):
        assert_agree(p.detach(), q.detach(), 1e-4)
        assert_agree(p.grad, q.grad, 1e-4)
