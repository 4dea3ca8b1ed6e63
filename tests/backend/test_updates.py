"""Updates on the CPU: the faster form gives the same bits as the plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.updates import BLOCK, update
from tinygrad_nn.optim.adam import adam, adam_loop
from tinygrad_nn.optim.lion import lion, lion_loop
from tinygrad_nn.optim.nadam import nadam, nadam_loop
from tinygrad_nn.optim.optimizer import update as plain
from tinygrad_nn.optim.radam import radam, radam_loop
from tinygrad_nn.optim.rmsprop import rmsprop
from tinygrad_nn.optim.sgd import sgd, sgd_loop

SETTINGS = {
    sgd: {"lr": 0.1, "momentum": 0.9, "gain": 0.7, "weight_decay": 0.01, "nesterov": True, "maximize": True},
    adam: {
        "mean_gain": 0.1, "square_decay": 0.999, "square_gain": 1.0 - 0.999, "step_size": 0.013,
        "eps": 1e-8, "weight_decay": 0.01, "shrink": 0.99, "maximize": False,
    },
    rmsprop: {
        "lr": 0.1, "decay": 0.99, "gain": 1.0 - 0.99, "eps": 1e-8, "momentum": 0.0, "weight_decay": 0.0,
        "centered": False, "maximize": False,
    },
    nadam: {
        "mean_gain": 0.1, "square_decay": 0.999, "square_gain": 1.0 - 0.999, "mean_size": 0.013, "grad_size": 0.02,
        "eps": 1e-8, "weight_decay": 0.01, "shrink": 0.99, "maximize": False,
    },
    radam: {
        "mean_gain": 0.1, "square_decay": 0.999, "square_gain": 1.0 - 0.999, "step_size": 0.013, "eps": 1e-8,
        "weight_decay": 0.01, "shrink": None, "adaptive": True, "maximize": False,
    },
    lion: {"lr": 0.1, "part": 0.1, "gain": 0.01, "shrink": 0.99, "maximize": False},
}  # fmt: skip
# Arrays of a parameter: itself, its gradient, its moments.
COUNTS = {sgd: 3, adam: 5, rmsprop: 3, nadam: 4, radam: 4, lion: 3}
LARGE = BLOCK // 4 + 77


def operands(count: int, dtype: str) -> list[list[Any]]:
    rng = np.random.default_rng(0)
    shapes = ((), (0,), (3,), (LARGE,), (LARGE // 10, 21))
    return [[np.abs(rng.standard_normal(shape)).astype(dtype) for _ in range(count)] for shape in shapes]


def copies(arrays: list[list[Any]]) -> list[list[Any]]:
    return [[np.copy(a, order="K") for a in group] for group in arrays]


def assert_same_as_plain(rule: Any, arrays: list[list[Any]]) -> None:
    fast, slow = copies(arrays), copies(arrays)
    update(cpu, rule, fast, SETTINGS[rule])
    plain(cpu, rule, slow, SETTINGS[rule])
    for group, expected, before in zip(fast, slow, arrays):
        for a, b in zip(group, expected):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        assert not group[0].size or not np.array_equal(group[0], before[0])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("rule", SETTINGS)
def test_bit_for_bit(rule: Any, dtype: str) -> None:
    assert_same_as_plain(rule, operands(COUNTS[rule], dtype))


@pytest.mark.parametrize("rule", SETTINGS)
def test_every_layout(rule: Any) -> None:
    arrays = operands(COUNTS[rule], "float32")[-1]
    columns = [np.asfortranarray(a) for a in arrays]
    mixed = [np.asfortranarray(a) if place else a for place, a in enumerate(arrays)]
    strided = [np.repeat(a, 2, axis=0)[::2] for a in arrays]
    assert_same_as_plain(rule, [columns, mixed])
    slow = copies([strided])
    update(cpu, rule, [strided], SETTINGS[rule])
    plain(cpu, rule, slow, SETTINGS[rule])
    for a, b in zip(strided, slow[0]):
        np.testing.assert_array_equal(a, b)


VARIANTS = [
    (sgd, sgd_loop, 3, {}),
    (sgd, sgd_loop, 3, {"nesterov": False, "gain": None, "maximize": False}),
    (sgd, sgd_loop, 2, {"momentum": 0.0, "weight_decay": 0.0}),
    (adam, adam_loop, 4, {"shrink": None, "weight_decay": 0.0}),
    (adam, adam_loop, 4, {"maximize": True}),
    (adam, adam_loop, 5, {}),
    (nadam, nadam_loop, 4, {}),
    (nadam, nadam_loop, 4, {"shrink": None, "weight_decay": 0.0, "maximize": True}),
    (radam, radam_loop, 4, {}),
    (radam, radam_loop, 4, {"shrink": 0.9, "adaptive": False, "maximize": True}),
    (lion, lion_loop, 3, {}),
    (lion, lion_loop, 3, {"shrink": None, "maximize": True}),
]


@pytest.mark.parametrize(("rule", "loop", "count", "changed"), VARIANTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loop_is_its_rule(rule: Any, loop: Any, count: int, changed: dict[str, Any], dtype: str) -> None:
    arrays = [a[:50] for a in operands(count, dtype)[3]]
    if count == 5:  # the largest so far may be NaN or below
        arrays[4][:2] = np.nan, 0.0
        arrays[3][2] = np.nan
    settings = {k: np.dtype(dtype).type(v) if type(v) is float else v for k, v in (SETTINGS[rule] | changed).items()}
    (slow,) = copies([arrays])
    loop(*arrays, **settings)
    rule(cpu, *slow, **settings)
    for a, b in zip(arrays, slow):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("rule", "loop", "count", "changed"), VARIANTS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_compiled_loops_give_the_same_bits(
    rule: Any, loop: Any, count: int, changed: dict[str, Any], dtype: str
) -> None:
    pytest.importorskip("numba")
    arrays = operands(count, dtype)
    fast, slow = copies(arrays), copies(arrays)
    update(cpu, rule, fast, SETTINGS[rule] | changed, loop)
    plain(cpu, rule, slow, SETTINGS[rule] | changed)
    for group, expected in zip(fast, slow):
        for a, b in zip(group, expected):
            np.testing.assert_array_equal(a, b)


def test_large_arrays_come_in_blocks() -> None:
    seen: list[int] = []

    def rule(xp: Any, a: Any) -> None:
        seen.append(a.size)
        a += 1

    array = np.zeros((LARGE,), "float32")
    update(cpu, rule, [[array]], {})
    assert seen == [BLOCK // 4, 77]
    assert (array == 1).all()
