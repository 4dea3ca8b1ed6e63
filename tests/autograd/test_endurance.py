"""Long runs: deep graphs in little time, training that leaks nothing, modes that many threads and tasks switch.

The Hypothesis profile "thorough" runs them at their full length.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

THOROUGH = settings.get_current_profile_name() == "thorough"
DEPTH = 150_000
TRAINING_STEPS = 100_000 if THOROUGH else 2_000
CALL_STEPS = 10_000 if THOROUGH else 800
TOGGLES = 10_000 if THOROUGH else 500
GROWTH = 3  # bytes a step: less than one more reference somewhere
WINDOWS = 4  # a leak grows in each of them; what Python lays by, or another thread keeps, in one or two


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Whatever dies meanwhile dies because nobody refers to it any more."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
def test_a_deep_chain_takes_seconds() -> None:
    limit = sys.getrecursionlimit()
    x = tg.asarray([0.5], dtype=tg.float64, requires_grad=True)
    started = time.process_time()
    sys.setrecursionlimit(200)  # none of it may go deeper where the chain is longer
    try:
        y = x
        for _ in range(DEPTH // 3):
            y = tg.sin(y * 0.5 + 1)
        y.backward()
        del y
    finally:
        sys.setrecursionlimit(limit)
    taken = time.process_time() - started
    assert np.isfinite(x.grad.item())
    assert taken < 5, f"building, differentiating and freeing {DEPTH} operations took {taken:.1f} s"


def live_tensors() -> int:
    return sum(issubclass(type(x), tg.Tensor) for x in gc.get_objects())  # (asking the objects would wake lazy modules)


def least_growth(repeat: Callable[[int], None], steps: int) -> float:
    """Bytes a step by which memory grows in the window where it grows least; the tensors alive stay as many."""
    repeat(2_500)  # what is kept once: moments, caches, and the tuples that Python lays by, up to 2,000 of a length
    tracemalloc.start()
    try:
        repeat(10)
        growths, tensors = [], live_tensors()
        for _ in range(WINDOWS):
            before, _ = tracemalloc.get_traced_memory()
            repeat(steps // WINDOWS)
            growths.append(tracemalloc.get_traced_memory()[0] - before)
        assert live_tensors() == tensors
    finally:
        tracemalloc.stop()
    return min(growths) / (steps // WINDOWS)


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("optimizer", [optim.SGD, optim.Adam])
def test_training_leaks_nothing(optimizer: Any) -> None:
    generator = tg.Generator(0)
    model = nn.Sequential(
        nn.Linear(3, 8, generator=generator), nn.Tanh(), nn.Linear(8, 2, generator=generator),
    )  # fmt: skip
    update = optimizer(model.parameters(), lr=1e-3)
    x = tg.asarray(np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32))
    target = tg.asarray(np.array([0, 1, 1, 0]))
    loss = nn.CrossEntropyLoss()

    def train(steps: int) -> None:
        for _ in range(steps):
            update.zero_grad()
            loss(model(x), target).backward()
            update.step()

    grown = least_growth(train, TRAINING_STEPS)
    assert grown < GROWTH, f"each step leaves {grown:.1f} bytes behind"


class Remaking(nn.Module):
    """Keeps what it saw in a buffer made anew in each call."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", tg.zeros(1000))

    def forward(self, x: Any) -> Any:
        self.seen = tg.zeros(1000)
        self.seen[...] = 1
        return x * x


def _checkpointed(x: Any) -> None:
    tg.checkpoint(Remaking(), x).sum().backward()


def _looked_at(x: Any) -> None:
    with tg.autograd.detect_anomaly():
        (x * x).sum().backward()


CALLS: dict[str, Callable[[Any], Any]] = {
    "jvp": lambda x: tg.jvp(lambda x: x * x, (x.detach(),), (x.detach(),)),
    "vmap": lambda x: tg.vmap(lambda x: x * x)(x.detach()),
    "grad": lambda x: tg.vmap(tg.grad(lambda x: x * x))(x.detach()),
    "hessian": lambda x: tg.hessian(lambda x: (x * x).sum())(x.detach()),
    "checkpoint": _checkpointed,
    "anomaly": _looked_at,
}


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("name", CALLS)
def test_calls_leave_nothing(name: str) -> None:
    """Not even cycles, which would keep memory until the collector comes."""
    call, x = CALLS[name], tg.ones(3, requires_grad=True)

    def repeat(times: int) -> None:
        for _ in range(times):
            call(x)
            x.grad = None

    grown = least_growth(repeat, CALL_STEPS)
    assert grown < GROWTH, f"each call leaves {grown:.1f} bytes behind"


@pytest.mark.usefixtures("_no_collector")
def test_a_leak_is_seen() -> None:
    kept: list[Any] = []

    def leak(times: int) -> None:
        for _ in range(times):
            kept.append(None)

    assert least_growth(leak, 20_000) > GROWTH


# Modes that are switched at random: what is inside a block is what the block says, whoever else is switching


def toggles(seed: int, count: int) -> Iterator[None]:
    """Enter and leave modes at random, nested, and pause after each; the mode must be the innermost one."""
    choose = random.Random(seed)
    expected = [tg.is_grad_enabled()]
    with ExitStack() as stack:
        entered: list[ExitStack] = []
        for _ in range(count):
            if entered and (len(entered) > 8 or choose.random() < 0.45):
                entered.pop().close()
                expected.pop()
            else:
                wanted = choose.random() < 0.5
                mode: Any = choose.choice([tg.set_grad_enabled(wanted), tg.enable_grad() if wanted else tg.no_grad()])
                block = stack.enter_context(ExitStack())
                block.enter_context(mode)
                entered.append(block)
                expected.append(wanted)
            yield
            assert tg.is_grad_enabled() == expected[-1]
        x = tg.ones(1, requires_grad=True)
        assert (x * 2).requires_grad == expected[-1]
    assert tg.is_grad_enabled() == expected[0]


def test_threads_switch_modes() -> None:
    failures: list[BaseException] = []
    start = threading.Barrier(16)

    def work(seed: int) -> None:
        try:
            start.wait(30)
            for _ in toggles(seed, TOGGLES):
                pass
        except BaseException as failure:
            failures.append(failure)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(16)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failures == []
    assert tg.is_grad_enabled()


def test_tasks_switch_modes() -> None:
    async def work(seed: int) -> None:
        for _ in toggles(seed, TOGGLES // 4):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*(work(seed) for seed in range(16)))
        assert tg.is_grad_enabled()

    with tg.no_grad():
        asyncio.run(asyncio.wait_for(_with_grad(main), 600))
        assert not tg.is_grad_enabled()


async def _with_grad(main: Any) -> None:
    with tg.enable_grad():
        await main()


def test_decorated_generators_take_turns() -> None:
    def steps(wanted: bool, count: int) -> Iterator[bool]:
        for _ in range(count):
            with tg.set_grad_enabled(not wanted):
                inside = tg.is_grad_enabled()
            yield inside != wanted and tg.is_grad_enabled() == wanted

    wanted = [bool(i % 3) for i in range(16)]
    running = [tg.set_grad_enabled(want)(steps)(want, TOGGLES // 4) for want in wanted]
    choose = random.Random(0)
    while running:
        generator = choose.choice(running)
        outside = choose.random() < 0.5
        with tg.set_grad_enabled(outside):
            right = next(generator, None)
            assert tg.is_grad_enabled() == outside
        if right is None:
            running.remove(generator)
        assert right is not False
    assert tg.is_grad_enabled()
