"""The text of loops."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler.source import source_of

from .same import arrays, executed, plan_of
from .tiers import running_on

X, V = arrays((12, 9), (9,))


def source(function, *given, same=None):
    plan = plan_of(function, *given)
    group = plan.steps[0]
    return source_of(group, group.grid, group.outputs & plan.stored, same or {})


def test_sizes_do_not_enter() -> None:
    def function(x):
        return tg.exp(x - tg.max(x, axis=1, keepdims=True))

    assert source(function, X).text == source(function, arrays((70, 33))[0]).text


def test_numbers_do_not_enter() -> None:
    one, other = (source(lambda x, k=k: tg.tanh(x * k) + k, X) for k in (0.25, 0.5))
    assert one.text == other.text
    assert (one.constants, other.constants) == ([0.25, 0.25], [0.5, 0.5])


def test_shape_of_the_text() -> None:
    made = source(lambda x: tg.exp(x) / tg.sum(tg.exp(x), axis=1, keepdims=True), X)
    assert made.text.count("for i in range(rows)") == 1
    assert made.text.count("for j in range(columns)") == 2
    assert made.text.count("exp32(") == 1
    assert (len(made.reads), len(made.writes), len(made.scratch)) == (1, 1, 0) or len(made.scratch) == 1
    assert made.totals == {}


def test_totals_are_added_to_what_is_there() -> None:
    made = source(lambda x: (tg.sum(x, axis=0), tg.max(x), tg.min(x, axis=0), tg.sum(x * x)), X)
    assert sorted(made.totals.values()) == ["max", "min", "sum", "sum"]
    names = {"float32": np.float32, "inf": np.inf, "plus": lambda a, b: a + b}
    exec(made.text, names)
    outputs = [np.full((9 if level.column else 1), 100, np.float32) for _, level in made.writes]
    for rows in (X[:5], X[5:]):
        names["kernel"](len(rows), 9, np.array(made.constants), rows, *outputs)
    found = {made.totals[n] + str(y.size): y for (n, _), y in zip(made.writes, outputs, strict=True)}
    np.testing.assert_allclose(found["sum9"], 100 + X.sum(0), rtol=1e-5)
    np.testing.assert_allclose(found["sum1"], [100 + (X * X).sum()], rtol=1e-5)
    np.testing.assert_array_equal(found["max1"], [100])
    np.testing.assert_array_equal(found["min9"], X.min(0))


def test_what_is_written_over_a_state_needs_no_argument_of_its_own() -> None:
    plan = plan_of(lambda x: x * 2 + 1, X)
    group = plan.steps[0]
    (output,) = plan.stored
    state = plan.program.inputs[0][0]
    made = source_of(group, group.grid, {output}, {output: state})
    assert [n for n, _ in made.reads] == [state]
    assert made.writes == []


@pytest.mark.parametrize("place", [9, -10, 10**6])
def test_an_index_beyond_the_row(place: int, tier: str) -> None:
    index = np.zeros((12, 1), np.int64)
    index[7] = place
    executor, _ = executed(lambda x, i: tg.take_along_axis(tg.exp(x), i, axis=1), X, np.zeros((12, 1), np.int64))
    with pytest.raises(IndexError, match="out of bounds"):
        executor(tg.asarray(X), tg.asarray(index))
    index[7] = -9
    found = executor(tg.asarray(X), tg.asarray(index))
    np.testing.assert_allclose(found.numpy()[:, 0], np.exp(X)[:, 0], rtol=1e-5)


def test_one_row_and_one_column() -> None:
    def function(x):
        return tg.exp(x) / tg.sum(tg.exp(x)), tg.max(x * 2)

    for shape in ((1, 200), (200, 1), (200,), (1, 1), ()):
        (x,) = arrays(shape)
        x = np.asarray(x, np.float32)
        with running_on("interpreted"):
            _, found = executed(function, x)
        for y, w in zip(found, function(tg.asarray(x)), strict=True):
            np.testing.assert_allclose(y.numpy(), w.numpy(), rtol=1e-5)
