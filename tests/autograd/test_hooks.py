"""Hooks: functions that see, and may replace, a gradient on its way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg


def leaf(values: Any, device: str, dtype: Any = tg.float64) -> Any:
    return tg.asarray(values, dtype=dtype, device=device, requires_grad=True)


def write(t: Any) -> None:
    t.array[...] = t.array * 0 + 99


def test_hook_of_a_leaf(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    seen: list[Any] = []
    remove = x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 3 + x).sum().backward()
    assert seen == [[4, 4]]  # once, with the whole gradient
    remove()
    remove()
    (x * 3).sum().backward()
    assert len(seen) == 1


def test_hook_of_an_inner_tensor(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = x * 2
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y * 3 + y).sum().backward()
    assert seen == [[4, 4]]
    np.testing.assert_array_equal(x.grad.numpy(), [8, 8])


def test_hooks_replace_the_gradient_in_order(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = x * 2
    y.register_hook(lambda g: g + 1)
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: -g)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [-40, -40])


def test_hook_of_one_output_among_several(device: str) -> None:
    logits = leaf([[1.0, 2.0]], device)
    losses, probs = tg.softmax_cross_entropy(logits, tg.asarray([0], device=device))
    seen: list[Any] = []
    losses.register_hook(lambda g: seen.append(("losses", g.shape)))
    probs.register_hook(lambda g: seen.append(("probs", g.shape)))
    losses.sum().backward()
    assert seen == [("losses", (1,))]


def test_hook_that_gives_something_else(device: str) -> None:
    for wrong in (3.0, tg.ones(3, device=device)):
        x = leaf([1.0, 2.0], device)
        x.register_hook(lambda g: wrong)  # noqa: B023
        with pytest.raises(tg.GraphError, match="hook"):
            x.sum().backward()


def test_hooks_are_not_recorded(device: str) -> None:
    x = leaf([1.0], device)
    kept = []
    x.register_hook(lambda g: kept.append(g * x))
    (x * 2).backward()
    assert not kept[0].requires_grad


def test_a_hook_may_keep_the_gradient(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    kept: list[Any] = []
    x.register_hook(lambda g: kept.append(g))
    x.sum().backward()
    write(kept[0])
    np.testing.assert_array_equal(x.grad.numpy(), [1, 1])


def test_a_replaced_gradient_belongs_to_the_leaf(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    constant = tg.asarray([7.0, 7.0], dtype=tg.float64, device=device)
    x.register_hook(lambda g: constant)
    x.sum().backward()
    write(x.grad)
    np.testing.assert_array_equal(constant.numpy(), [7, 7])


def test_a_hook_that_changes_dtype_does_not_change_that_of_grad(device: str) -> None:
    x = leaf([1.0, 2.0], device, tg.float32)
    x.register_hook(lambda g: g.astype(tg.float64))
    x.sum().backward()
    assert x.grad.dtype == tg.float32


def test_hook_needs_a_gradient(device: str) -> None:
    with pytest.raises(tg.GraphError, match="hook"):
        tg.ones(2, device=device).register_hook(lambda g: None)


def test_retain_grad(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = x * 2
    y.retain_grad()
    z = (y * y).sum()
    z.backward(retain_graph=True)
    np.testing.assert_array_equal(y.grad.numpy(), [4, 8])
    z.backward()
    np.testing.assert_array_equal(y.grad.numpy(), [8, 16])
    x.retain_grad()  # of a leaf: it keeps its gradient anyway


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_may_write_to_what_it_gets(create_graph: bool, device: str) -> None:
    # The gradient of a sum goes to both terms; what one hook writes must not reach the other.
    x, y = (tg.ones(2, device=device, requires_grad=True) for _ in range(2))
    a, b = x * 1, y * 3
    kept = []

    def write(g: Any) -> None:
        kept.append(g)
        g *= 10

    for t in (a, x):
        t.register_hook(write)
    (a + b).backward(tg.ones(2, device=device), create_graph=create_graph)
    assert (x.grad.tolist(), y.grad.tolist()) == ([1, 1], [3, 3])
    assert [g.tolist() for g in kept] == [[10, 10], [10, 10]]
