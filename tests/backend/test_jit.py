"""Compiled loops: there with numba, not needed without."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend.jit import compiled, installed


def double(x: Any) -> None:
    for i in range(x.size):
        x[i] *= 2


@pytest.fixture(autouse=True)
def forget() -> Any:
    compiled.cache_clear()
    installed.cache_clear()
    yield
    compiled.cache_clear()
    installed.cache_clear()


def test_without_numba_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    assert compiled(double) is None


def test_with_numba_it_is_machine_code() -> None:
    numba = pytest.importorskip("numba")
    loop = compiled(double)
    assert isinstance(loop, numba.core.registry.CPUDispatcher)
    x = np.arange(3.0)
    loop(x)
    assert x.tolist() == [0.0, 2.0, 4.0]
    assert compiled(double) is loop


def test_a_loop_that_has_no_file() -> None:
    pytest.importorskip("numba")
    space: dict[str, Any] = {}
    exec("def double(x):\n    for i in range(x.size):\n        x[i] *= 2\n", space)
    loop = compiled(space["double"])
    assert loop is not None
    x = np.arange(3.0)
    loop(x)
    assert x.tolist() == [0.0, 2.0, 4.0]


def test_where_numba_is_switched_off_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    numba = pytest.importorskip("numba")
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert compiled(double) is None
