"""Ordinary programs that write in place: none is refused, and their gradients are right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

PROGRAMS: list[Callable[[Any, Any], tuple[Any, Any]]] = []
"""Each takes a leaf of shape (3,) and a device; returns a scalar to differentiate, and what its gradient must be."""


def program(f: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[[Any, Any], tuple[Any, Any]]:
    PROGRAMS.append(f)
    return f


def plain(values: Any, device: str) -> Any:
    return tg.asarray(values, dtype=tg.float64, device=device)


def at(x: Any) -> Any:
    return x.detach().numpy()


@program
def filling_a_buffer(x: Any, device: str) -> tuple[Any, Any]:
    out = tg.zeros((4, 3), dtype=tg.float64, device=device)
    for i in range(4):
        out[i] = x * i
    return (out * out).sum(), 2 * 14 * at(x)


@program
def filling_a_buffer_column_by_column(x: Any, device: str) -> tuple[Any, Any]:
    out = tg.empty((2, 3), dtype=tg.float64, device=device)
    for i in range(3):
        out[:, i] = x[i]
    return out.sum(), np.full(3, 2.0)


@program
def a_recurrence_that_copies(x: Any, device: str) -> tuple[Any, Any]:
    h = tg.zeros((3, 3), dtype=tg.float64, device=device)
    h[0] = x
    for i in range(1, 3):
        h[i] = h[i - 1] * 2
    return h.sum(), np.full(3, 7.0)


@program
def a_running_sum(x: Any, device: str) -> tuple[Any, Any]:
    total = tg.zeros(3, dtype=tg.float64, device=device)
    for i in range(4):
        total += x * i
    return (total * total).sum(), 2 * 36 * at(x)


@program
def scaling_a_result(x: Any, device: str) -> tuple[Any, Any]:
    y = x + 1
    y *= 3
    y -= x
    y /= 2
    return y.sum(), np.full(3, 1.0)


@program
def multiplying_by_itself(x: Any, device: str) -> tuple[Any, Any]:
    y = x * 1
    y *= y
    y *= y
    return y.sum(), 4 * at(x) ** 3


@program
def masking_a_result(x: Any, device: str) -> tuple[Any, Any]:
    y = x * x
    y[x > 0] = 0.0
    return y.sum(), np.where(at(x) > 0, 0, 2 * at(x))


@program
def overwriting_an_input_that_no_gradient_reads(x: Any, device: str) -> tuple[Any, Any]:
    data = plain([1.0, 2.0, 3.0], device)
    y = (x + data).sum()
    data[...] = 0.0
    return y, np.ones(3)


@program
def overwriting_data_after_its_backward(x: Any, device: str) -> tuple[Any, Any]:
    data = plain([1.0, 2.0, 3.0], device)
    (x * data).sum().backward()
    x.grad = None
    data *= 2
    return (x * data).sum(), np.array([2.0, 4.0, 6.0])


@program
def updating_the_leaf_between_steps(x: Any, device: str) -> tuple[Any, Any]:
    for _ in range(3):
        (x * x).sum().backward()
        with tg.no_grad():
            x -= 0.1 * x.grad
            x.grad *= 0
    x.grad = None
    return (x * x).sum(), 2 * at(x)


@program
def an_optimizer_between_steps(x: Any, device: str) -> tuple[Any, Any]:
    update = optim.SGD([x], lr=0.1, momentum=0.9)
    for _ in range(3):
        update.zero_grad()
        (x * x).sum().backward()
        optim.clip_grad_norm_([x], 1.0)
        update.step()
    x.grad = None
    return (x * x).sum(), 2 * at(x)


@program
def running_statistics(x: Any, device: str) -> tuple[Any, Any]:
    mean = tg.zeros(3, dtype=tg.float64, device=device)
    y = x * 2
    with tg.no_grad():
        mean *= 0.9
        mean += 0.1 * y
    return (y - mean).sum(), np.full(3, 2.0)


@program
def statistics_of_what_is_detached(x: Any, device: str) -> tuple[Any, Any]:
    y = x * 2
    mean = plain([0.0, 0.0, 0.0], device)
    mean += 0.1 * y.detach()
    return (y * mean).sum(), 2 * 0.1 * 2 * at(x)


@program
def a_target_network(x: Any, device: str) -> tuple[Any, Any]:
    target = x.detach().copy()
    target *= 0.5
    target += 0.5 * x.detach()
    return (x * target).sum(), at(x)


@program
def initializing_a_part_of_a_leaf(x: Any, device: str) -> tuple[Any, Any]:
    with tg.no_grad():
        x[0] = 5.0
        x[1:] *= 2
    return (x * x).sum(), 2 * at(x)


@program
def a_state_that_is_detached_each_time(x: Any, device: str) -> tuple[Any, Any]:
    state = tg.zeros(3, dtype=tg.float64, device=device)
    for _ in range(3):
        state = state.detach()
        state = state + x
        state *= 2
    return state.sum(), np.full(3, 2.0)


@program
def a_view_that_is_kept_while_another_place_is_read(x: Any, device: str) -> tuple[Any, Any]:
    y = x * 2
    first = y[0]
    return first * 3 + (y[1:] * y[1:]).sum(), np.array([6.0, 8 * at(x)[1], 8 * at(x)[2]])


@program
def swapping_rows(x: Any, device: str) -> tuple[Any, Any]:
    y = tg.stack([x, x * 2])
    y[0], y[1] = y[1].copy(), y[0].copy()
    return (y[0] * 3 + y[1]).sum(), np.full(3, 7.0)


@program
def writing_to_a_copy(x: Any, device: str) -> tuple[Any, Any]:
    y = x * x
    z = y.copy()
    z[0] = 0.0
    return (y * y).sum() + z.sum(), 4 * at(x) ** 3 + 2 * at(x) * np.array([0, 1, 1])


@program
def integers_and_masks(x: Any, device: str) -> tuple[Any, Any]:
    counts = tg.zeros(3, dtype=tg.int64, device=device)
    mask = x > 0
    counts[mask] += 1
    mask &= x > 1
    return (x * counts).sum(), at(counts)


@pytest.mark.parametrize("run", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("create_graph", [False, True])
def test_an_ordinary_program(run: Callable[[Any, Any], tuple[Any, Any]], create_graph: bool, device: str) -> None:
    x = tg.asarray([0.5, -1.5, 2.0], dtype=tg.float64, device=device, requires_grad=True)
    y, wanted = run(x, device)
    y.backward(create_graph=create_graph)
    np.testing.assert_allclose(at(x.grad), wanted, rtol=1e-12)
