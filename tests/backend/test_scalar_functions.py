"""Functions of one float32: against float64 at every power of two, and as NumPy has them at the edges."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinygrad_nn.backend import cpu, scalar_functions
from tinygrad_nn.backend.jit import compiled, installed
from tinygrad_nn.backend.scalar_functions import SCALAR_FUNCTIONS

numba = installed()
NAMES = sorted(SCALAR_FUNCTIONS)
UNITS = dict.fromkeys(NAMES, 2.0) | {"sigmoid": 2.5}  # in the last place of a float32
SAMPLES = 1024 if numba else 16  # of each power of two

EDGES = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 3.4028235e38, -3.4028235e38, 1.1754944e-38, -1.1754944e-38,
         1e-45, -1e-45, 0.25, -0.25]  # fmt: skip

# Where a function changes its form, leaves the range of float32 or becomes subnormal, or has become constant.
TURNS = [88.72284, -87.33655, -103.97208, 128.0, -126.0, -149.0, -150.0, 89.0, -104.0, -18.0, -17.32868, 9.1, 9.010913,
         0.6, 0.92, 3.9192059, 4.0, 0.70710677, 1.4142135, 0.34657359, -0.34657359, -0.29289323, 0.41421357,
         1.1754944e-38, 16777216.0, -1.0, 1.7014118e38, 2.4061596e38]  # fmt: skip


def on_each(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function over the elements of an array."""

    def over(x: Any) -> Any:
        out = np.empty_like(x)
        loop(x, out)
        return out

    def loop(x: Any, out: Any) -> None:
        for i in range(x.size):
            out[i] = function(x[i])

    if numba:
        loop = numba.njit(loop, error_model="numpy")
    return over


OVER = {name: on_each(name, function) for name, function in SCALAR_FUNCTIONS.items()}


def result(name: str, x: Any) -> Any:
    with np.errstate(all="ignore"):
        return OVER[name](x)


def exact(name: str, x: Any) -> Any:
    with np.errstate(all="ignore"):
        return getattr(cpu, name)(x.astype(np.float64))


def assert_close(name: str, x: Any) -> None:
    """Within the units; infinite, NaN and negative where the exact result is, rounded to float32."""
    y, wanted = result(name, x), exact(name, x)
    assert y.dtype == np.float32
    with np.errstate(all="ignore"):
        rounded = wanted.astype(np.float32)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(rounded))
    there = ~np.isnan(y)
    np.testing.assert_array_equal(np.signbit(y)[there], np.signbit(rounded)[there])
    np.testing.assert_array_equal(np.isinf(y), np.isinf(rounded))
    finite = np.isfinite(y)
    unit = np.spacing(np.clip(np.abs(rounded[finite]), np.float32(2.0**-126), np.float32(2.0**127)))
    error = np.abs(y[finite] - wanted[finite]) / unit
    worst = error.argmax() if error.size else None
    assert worst is None or error[worst] <= UNITS[name], (x[finite][worst], error[worst])


@pytest.mark.parametrize("name", NAMES)
def test_every_power_of_two(name: str) -> None:
    upper = np.arange(512, dtype=np.uint32)[:, None] << 23  # the sign and the exponent
    lower = np.random.default_rng(0).integers(0, 2**23, (512, SAMPLES), dtype=np.uint32)
    lower[:, :2] = 0, 2**23 - 1
    assert_close(name, (upper | lower).view(np.float32).ravel())


@pytest.mark.parametrize("name", NAMES)
def test_where_results_change_most(name: str) -> None:
    for scale in (0.1, 1.0, 10.0, 100.0):
        assert_close(name, np.linspace(-scale, scale, 100 * SAMPLES, dtype=np.float32))


@pytest.mark.parametrize("name", NAMES)
def test_turns(name: str) -> None:
    turns = np.array([*TURNS, *(-x for x in TURNS)], np.float32)[:, None]
    around = turns.view(np.int32) + np.arange(-SAMPLES // 2, SAMPLES // 2, dtype=np.int32)
    assert_close(name, around.view(np.float32).ravel())


@pytest.mark.parametrize("name", NAMES)
def test_edges(name: str) -> None:
    x = np.array(EDGES, np.float32)
    y = result(name, x)
    with np.errstate(all="ignore"):
        wanted = getattr(cpu, name)(x)
    np.testing.assert_allclose(y, wanted, rtol=3e-7, atol=0)
    there = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(y)[there], np.signbit(wanted)[there])


@pytest.mark.parametrize("name", NAMES)
@given(st.floats(width=32))
@example(-5.8573437)
@example(0.40021595)
@example(1.3751829)
@example(0.42031875)
@example(0.6034742)
@example(0.91914076)
def test_any_float(name: str, x: float) -> None:
    assert_close(name, np.array([x], np.float32))


def test_powers_of_two_are_exact() -> None:
    n = np.arange(-149, 128).astype(np.float32)
    np.testing.assert_array_equal(result("exp2", n), np.exp2(n.astype(np.float64)))
    np.testing.assert_array_equal(result("log2", np.exp2(n.astype(np.float64)).astype(np.float32)), n)


@pytest.mark.parametrize("name", ["erf", "tanh"])
def test_odd_functions(name: str) -> None:
    x = np.linspace(0, 12, 100 * SAMPLES, dtype=np.float32)
    np.testing.assert_array_equal(result(name, -x), -result(name, x))


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module as it is where there is no numba."""
    spec = importlib.util.spec_from_file_location("tinygrad_nn.backend.plain", scalar_functions.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)
        installed.cache_clear()
        spec.loader.exec_module(module)
    yield module
    installed.cache_clear()
    compiled.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_without_numba_they_give_the_same_numbers(name: str, plain: Any) -> None:
    random = np.random.default_rng(1).integers(0, 2**32, 300, dtype=np.uint32).view(np.float32)
    x = np.concatenate([np.array(EDGES, np.float32), np.linspace(-20, 20, 300, dtype=np.float32), random])
    with np.errstate(all="ignore"):
        y = np.array([plain.SCALAR_FUNCTIONS[name](v) for v in x])
    assert y.dtype == np.float32
    # The same but for products that a compiler adds without rounding them first.
    np.testing.assert_allclose(y, result(name, x), rtol=4e-7, atol=3e-45)
