"""Depth without recursion, memory freed when it is not needed, no reference cycles."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

DEPTH = 150_000


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """Whatever dies in these tests dies because nobody refers to it any more."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(values: Any, device: str = "cpu") -> Any:
    return tg.asarray(values, dtype=tg.float64, device=device, requires_grad=True)


def chain(x: Any, depth: int) -> Any:
    for _ in range(depth):
        x = x + 1
    return x


def test_a_deep_chain_is_built_differentiated_and_freed() -> None:
    x = leaf([1.0])
    y = chain(x, DEPTH)
    y.backward()
    assert x.grad.item() == 1
    del y


def test_a_deep_chain_is_freed_without_backward() -> None:
    x = leaf([1.0])
    y = chain(x, DEPTH)
    del y
    z = chain(x, DEPTH)
    z.backward(retain_graph=True)
    del z


def test_a_deep_graph_of_a_tree_is_freed() -> None:
    x = leaf([1.0])
    a = b = x
    for _ in range(DEPTH // 5):
        a, b = a + b, a * b * 0
    a.backward()
    assert x.grad is not None
    del a, b


def test_a_deep_chain_on_a_small_stack() -> None:
    code = (
        "import sys, threading\n"
        "threading.stack_size(256 * 1024)\n"
        "import tinygrad_nn as tg\n"
        "def work():\n"
        "    x = tg.ones(1, requires_grad=True)\n"
        "    for backward in (True, False):\n"
        "        y = x\n"
        "        for _ in range(60_000):\n"
        "            y = tg.sin(y)\n"
        "        if backward:\n"
        "            y.backward()\n"
        "        del y\n"
        "    print('done')\n"
        "t = threading.Thread(target=work); t.start(); t.join()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "done\n"


def test_a_deep_chain_of_writes() -> None:
    x = leaf(0.5)
    h = tg.zeros(2, dtype=tg.float64)
    h[0] = x
    for _ in range(20_000):
        h += 1
    h.sum().backward()
    assert x.grad.item() == 1
    del h


def test_tensors_die_with_their_last_reference(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = tg.exp(x * 2)
    z = (y * y).sum()
    z.retain_grad()
    y.register_hook(lambda g: g * 2)
    died = [weakref.ref(t) for t in (x, y, z)]
    z.backward(retain_graph=True)
    del x, y, z
    assert [ref() for ref in died] == [None] * 3


def test_tensors_die_after_a_recorded_backward(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    y = tg.exp(x) * x
    y.sum().backward(create_graph=True)
    g = x.grad
    g.sum().backward()
    died = [weakref.ref(t) for t in (x, y, g)]
    x.grad = None  # a gradient with a graph refers to its leaf
    del x, y, g
    assert [ref() for ref in died] == [None] * 3


def test_tensors_with_several_outputs_die(device: str) -> None:
    logits = leaf([[1.0, 2.0]], device)
    losses, probs = tg.softmax_cross_entropy(logits, tg.asarray([0], device=device))
    (losses.sum() + probs.sum()).backward()
    died = [weakref.ref(t) for t in (logits, losses, probs)]
    del logits, losses, probs
    assert [ref() for ref in died] == [None] * 3


def test_tensors_written_in_place_die(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    h = x * 2
    h[0] = 5.0
    h *= x
    h.sum().backward()
    died = [weakref.ref(t) for t in (x, h)]
    del x, h
    assert [ref() for ref in died] == [None] * 2


def test_no_cycles_are_left() -> None:
    def work() -> None:
        x = leaf([[1.0, 2.0]])
        loss = (tg.softmax(x @ x.mT, axis=1) * x).sum()
        loss.backward(create_graph=True)
        x.grad.sum().backward()
        with pytest.raises(tg.GraphError):
            x.backward()
        x.grad = None

    work()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        ours = [x for x in gc.garbage if type(x).__module__.startswith("tinygrad_nn") or isinstance(x, np.ndarray)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert ours == []


class Noticed(np.ndarray):
    """An array that can be referred to weakly."""


def test_what_no_rule_reads_is_freed_at_once() -> None:
    x = leaf(np.ones(1000))
    y = x + 1  # its gradient reads nothing
    held = weakref.ref(y.array)
    z = y + 1
    del y
    assert held() is None
    y = z * 2  # it reads neither: 2 is a number
    held = weakref.ref(z.array)
    del z
    assert held() is None
    w = y * x
    held = weakref.ref(y.array)
    del y
    assert held() is not None  # the gradient for x reads it
    w.sum().backward()
    assert held() is None


def test_backward_frees_what_was_saved() -> None:
    x = leaf(np.ones(1000))
    y = tg.exp(x)
    held = weakref.ref(y.array)
    z = y.sum()
    del y
    assert held() is not None
    z.backward()
    assert held() is None  # though z lives


def test_inputs_without_gradient_are_not_saved() -> None:
    x, data = leaf(np.ones(10)), tg.ones(10, dtype=tg.float64)
    held = weakref.ref(data.array)
    y = x + data
    del data
    assert held() is None
    assert y.requires_grad


def test_under_no_grad_nothing_is_saved() -> None:
    x = leaf(np.ones(10))
    with tg.no_grad():
        y = tg.exp(x)
        z = y * y
    held = weakref.ref(y.array)
    del y
    assert held() is None
    assert z.node is None
