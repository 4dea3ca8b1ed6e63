"""Shared memory in traced functions: a program does what eager execution does, or there is a TraceError."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg


def _x(device):
    return tg.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], device=device)


def _agrees(f, *args):
    program = tg.trace(f, *args)
    for _ in range(2):
        for replayed, eager in zip(program(*args), f(*args)):
            np.testing.assert_array_equal(replayed.numpy(), eager.numpy())


def _view_written(y):
    v = y[0]
    v += 1
    return y, v


def _transpose_written(y):
    y.T[0] = 1
    return (y,)


def _element_of_row(y):
    y[0][1] = 7
    return (y,)


def _row_updated(y):
    y[0] += y[1]
    y[:, 1] *= 3
    return (y,)


def _base_written(y):
    v = y[1]
    y *= 2
    return v, y


def _chain(y):
    v = tg.flip(y, axis=1)[:, :2].T
    v *= v
    y[1] = y[0]
    return v, y


def _expanded(y):
    v = tg.squeeze(tg.expand_dims(y, 1), 1)
    v[0, 2] = 5
    w = tg.broadcast_to(y[1], (4, 3))
    y += 1
    return y, v, w


def _permuted(y):
    z = tg.broadcast_to(y, (4, 2, 3)).copy()
    v = tg.permute_dims(z, (2, 0, -2))
    v[0] = 1
    v += 1
    return z, v


def _reshaped_result(y):
    v = (y * 2).reshape((-1,))
    v += 1
    return (v,)


@pytest.mark.parametrize(
    "function",
    [_view_written, _transpose_written, _element_of_row, _row_updated, _base_written, _chain, _expanded, _permuted,
     _reshaped_result],
)  # fmt: skip
def test_writes_through_views(device, function):
    _agrees(lambda x: function(x.copy()), _x(device))


def test_state_written_through_a_view(device):
    eager, state = tg.zeros((2, 3), device=device), tg.zeros((2, 3), device=device)

    def f(x, state):
        state[0][1] = x
        state[1] += x

    x = tg.asarray(3.0, device=device)
    program = tg.trace(lambda x: f(x, state), x)
    for _ in range(2):
        program(x)
        f(x, eager)
    np.testing.assert_array_equal(state.numpy(), eager.numpy())


@pytest.mark.parametrize("written", [0, 1])
def test_a_write_beside_a_reshaped_array_names_both_lines(device, written):
    def f(x):
        y = x.copy()
        pair = y, y.reshape((-1,))
        pair[written][0] = 9
        return pair[1 - written]

    with pytest.raises(tg.TraceError, match=r"test_memory\.py, line \d+.*written at .*test_memory\.py, line \d+"):
        tg.trace(f, _x(device))


def test_state_written_through_a_reshape_is_refused(device):
    state = tg.zeros((2, 3), device=device)

    def f(x):
        state.reshape((-1,))[0] = x

    with pytest.raises(tg.TraceError, match=r"test_memory\.py, line \d+"):
        tg.trace(f, tg.asarray(1.0, device=device))


def test_state_that_shares_memory(device):
    state = tg.zeros(3, device=device)
    part = state[1:]

    def f(x):
        state[...] = x
        return part * 1

    with pytest.raises(tg.TraceError, match="may share memory"):
        tg.trace(f, tg.ones(3, device=device))


def test_inputs_are_not_written(device):
    def f(x):
        x[0] += 1
        return x * 2

    with pytest.raises(tg.TraceError, match=r"test_memory\.py, line \d+.*an input"):
        tg.trace(f, _x(device))


def test_inputs_that_share_memory_with_what_is_written(device):
    state = tg.zeros(3, device=device)

    def f(x):
        state[0] = 1
        return x * 2

    program = tg.trace(f, tg.ones(3, device=device))
    with pytest.raises(tg.TraceError, match="shares memory"):
        program(state[:])


def test_a_broadcast_array_is_not_written(device):
    def f(x):
        y = tg.broadcast_to(x * 2, (4, 2, 3))
        y += 1
        return y

    with pytest.raises(tg.TraceError, match="broadcast_to"):
        tg.trace(f, _x(device))


def test_results_have_memory_of_their_own(device):
    state = tg.ones(2, device=device)
    kept = tg.zeros((2, 1), device=device)
    program = tg.trace(lambda x: (x, tg.zeros(2, device=device), state, state[:1], x.T, kept.reshape((2,))), _x(device))
    x = _x(device)
    before = [y.numpy().copy() for y in program(x)]
    for y in program(x):
        y += 5
    for y, was in zip(program(x), before):
        np.testing.assert_array_equal(y.numpy(), was)
    np.testing.assert_array_equal(x.numpy(), _x(device).numpy())
    np.testing.assert_array_equal(state.numpy(), [1, 1])


VIEWS = (
    lambda y: y[0:1],
    lambda y: y[:, ::-1],
    lambda y: y[:, 1:],
    lambda y: y[..., 0],
    lambda y: y[0],
    lambda y: y[None],
    lambda y: tg.flip(y),
    lambda y: tg.permute_dims(y, tuple(range(1, y.ndim)) + (0,)[: y.ndim]),
    lambda y: y.reshape((-1,)),
    lambda y: tg.expand_dims(y, 0),
    lambda y: tg.broadcast_to(y, (2, *y.shape)),
    lambda y: y.detach(),
)
RESULTS = (lambda y: y.copy(), lambda y: y * 2, lambda y: y + y.sum(), lambda y: y.T + 1 if y.ndim == 2 else -y)


def _add(y, value):
    y += value


def _multiply(y, value):
    y *= value.sum()


def _set(y, value):
    y[0] = value.sum()


def _set_all(y, value):
    y[...] = value


def _add_at(y, value):
    y[-1:] += value.sum()


WRITES = (_add, _multiply, _set, _set_all, _add_at)
STEPS = st.tuples(st.sampled_from((*VIEWS, *VIEWS, *WRITES, *WRITES, *RESULTS)), st.integers(0, 20), st.integers(0, 20))


@given(st.lists(STEPS, max_size=10), st.lists(st.integers(0, 20), min_size=1, max_size=4))
def test_random_programs(device, steps, chosen):
    """Views, writes and arithmetic in any order: the values and the state as in eager, or a TraceError."""

    def f(state, x):
        arrays = [state, x * 1, x]
        for step, i, j in steps:
            y, value = arrays[i % len(arrays)], arrays[j % len(arrays)]
            if step in WRITES:
                step(y, value)
            else:
                arrays.append(step(y))
        return [arrays[i % len(arrays)].copy() for i in chosen]

    def made():
        return tg.asarray(np.arange(6.0).reshape(2, 3), device=device), _x(device).astype(tg.float64)

    eager_state, x = made()
    with np.errstate(all="ignore"):
        try:
            expected = [f(eager_state, x) for _ in range(2)]
        except (IndexError, TypeError, ValueError):
            return  # no program
        state, x = made()
        try:
            program = tg.trace(lambda x: f(state, x), x)
        except tg.TraceError:
            return
        np.testing.assert_array_equal(state.numpy(), made()[0].numpy())
        for results in expected:
            for replayed, eager in zip(program(x), results):
                np.testing.assert_array_equal(replayed.numpy(), eager.numpy())
        np.testing.assert_array_equal(state.numpy(), eager_state.numpy())
