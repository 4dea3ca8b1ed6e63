"""docs/op_matrix.md is up to date, and tests stand behind its cells."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import ops

from .dtypes import rows_of
from .matrix import COLUMNS, EVIDENCE, NONE, PAGE, UNTESTED, cells, claimed, page, unbacked

ROOT = Path(__file__).parents[2]
MODULES = sorted({test.partition("::")[0] for tests in EVIDENCE.values() for test in tests})


@pytest.fixture(scope="module")
def ids() -> list[str]:
    """The tests that pytest collects in the modules that the page rests on."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, *(f"tests/ops/{name}" for name in MODULES)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [line for line in run.stdout.splitlines() if "::" in line]


def test_it_is_up_to_date() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "python -m tests.ops.matrix writes it anew"


def test_every_operation_is_on_it() -> None:
    assert set(claimed()) == set(ops.registry())


def test_tests_stand_behind_every_cell(ids: list[str]) -> None:
    assert len(ids) > 1000
    assert unbacked(claimed(), ids) == []


def test_a_cell_without_tests_is_noticed(ids: list[str]) -> None:
    said = {"tanh": claimed()["tanh"]}
    for column, tests in EVIDENCE.items():
        for test in tests:
            left = [found for found in ids if not found.startswith(f"tests/ops/{test}[tanh")]
            assert len(left) < len(ids)
            assert any(f"tanh: {column} is" in wrong for wrong in unbacked(said, left))
    assert unbacked({"tanh": {"VJP": UNTESTED}}, ids) == ["tanh: VJP is untested"]
    assert unbacked({"floor_of_nothing": {"VJP": "rule"}}, ids) != []
    assert unbacked({"argmax": {"JVP": "linear"}}, ids) != []  # it has rows, but no gradient


def test_an_operation_without_rows_is_untested() -> None:
    @tg.autograd.op.elementwise(tg.autograd.op.vjp(lambda xp, g, y, x: g))
    def of_no_row(xp: Any, x: Any) -> Any:
        return x

    said = cells(of_no_row)
    assert said == {column: NONE if column == "vmap" else UNTESTED for column in COLUMNS}


def test_tests_behind_cells_run_on_the_device_that_is_asked_for() -> None:
    for tests in EVIDENCE.values():
        for test in tests:
            module, _, name = test.partition("::")
            function = getattr(import_module(f".{module.removesuffix('.py')}", __package__), name)
            assert "device" in inspect.signature(function).parameters, test


def test_the_rows_of_an_operation_reach_it(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: set[str] = set()

    def noted(name: str, forward: Any) -> Any:
        def call(xp: Any, *arrays: Any, **attributes: Any) -> Any:
            reached.add(name)
            return forward(xp, *arrays, **attributes)

        return call

    for name, op in ops.registry().items():
        monkeypatch.setattr(op, "forward", noted(name, op.forward))
        monkeypatch.setattr(op, "kernel", "")
    missed = []
    for name in ops.registry():
        reached.clear()
        for row in rows_of(name):
            for case in row.cases:
                row.call(*(tg.asarray(np.array(x), device=device) for x in row.arrays(case)), **case.kwargs)
        if name not in reached:
            missed.append(name)
    assert missed == []
