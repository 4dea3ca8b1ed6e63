"""Plans in words."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler.explain import cost_of, explained, title_of
from tinygrad_nn.compiler.plan import Plan
from tinygrad_nn.compiler.regions import Region

from .same import arrays, plan_of, tensor
from .test_regions import LABELS, ROWS, network, small  # noqa: F401 (a fixture)

X, W = arrays((64, 32), (32, 16))


def test_costs() -> None:
    plan = plan_of(lambda x, w: tg.sum(tg.tanh(x @ w + 1)), X, W)
    product, loops = plan.steps
    assert cost_of(plan, product) == (2 * 64 * 32 * 16, 4 * (64 * 32 + 32 * 16 + 64 * 16))
    assert cost_of(plan, loops) == (3 * 64 * 16, 4 * (64 * 16 + 1))
    assert title_of(plan, product) == "matmul (64, 32) x (32, 16) -> (64, 16)"
    assert title_of(plan, loops).endswith("add, tanh, sum")


def test_what_is_only_looked_at_costs_nothing() -> None:
    plan = plan_of(lambda x: tg.exp(x.reshape((32, 64))[:, None]) * 2, X)
    (loops,) = plan.steps
    assert cost_of(plan, loops) == (2 * X.size, 2 * X.nbytes)
    assert title_of(plan, loops).endswith(": exp, multiply")


def test_the_lines() -> None:
    lines = explained(plan_of(lambda x, w: tg.sum(tg.tanh(x @ w + 1)), X, W)).splitlines()
    assert lines[0] == "plan of <lambda>: 4 instructions in 2 steps"
    assert lines[1].split() == "1 65.5 kFLOP 14 kB matmul (64, 32) x (32, 16) -> (64, 16)".split()
    assert lines[3].split() == "68.6 kFLOP 18 kB in all".split()
    assert lines[4].startswith("memory: 4.06 kB at its peak, of 12 kB")


def test_blocks() -> None:
    step, _ = network()
    plan = Plan(tg.trace(step, *map(tensor, [*arrays((ROWS, 8)), LABELS])))
    text = explained(plan)
    (region,) = [part for part in plan.steps if isinstance(part, Region)]
    assert f"in blocks of {region.block} of {ROWS} rows" in text
    assert text.count("matmul") == 8
    assert len(text.splitlines()) == len(plan.steps) + len(region.steps) + 4
    inside = sum(cost_of(plan, part).operations for part in region.steps)
    assert cost_of(plan, region).operations == inside
    assert cost_of(plan, region).moved < sum(cost_of(plan, part).moved for part in region.steps)


def test_programs_explain_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    program = tg.trace(lambda x: tg.exp(x) + 1, tensor(X))
    program.explain()
    assert capsys.readouterr().out == explained(Plan(program)) + "\n"


def test_sizes_of_all_kinds() -> None:
    text = explained(plan_of(lambda x: tg.sum(x), np.zeros(3, np.float32)))
    assert "3 FLOP" in text
    text = explained(plan_of(lambda x: x @ x, np.zeros((1024, 1024), np.float32)))
    assert "2.15 GFLOP" in text
    assert "8 MB" in text
