"""Gradient modes: as blocks and decorators, and not leaking into generators, threads or tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import tinygrad_nn as tg


def recorded() -> bool:
    x = tg.ones(1, requires_grad=True)
    y = x * 2
    assert y.requires_grad == tg.is_grad_enabled()
    return y.requires_grad


def test_blocks() -> None:
    assert recorded()
    with tg.no_grad():
        assert not recorded()
        with tg.enable_grad():
            assert recorded()
            with tg.set_grad_enabled(False):
                assert not recorded()
            with tg.set_grad_enabled(True):
                assert recorded()
        assert not recorded()
    assert recorded()


def test_a_mode_ends_with_an_exception() -> None:
    with pytest.raises(RuntimeError), tg.no_grad():
        raise RuntimeError
    assert recorded()


def test_one_object_may_be_entered_inside_itself() -> None:
    mode = tg.no_grad()
    with mode:
        with mode:
            assert not recorded()
        assert not recorded()
    assert recorded()


def test_decorators() -> None:
    @tg.no_grad()
    def off(depth: int) -> bool:
        """A docstring."""
        return recorded() or (depth > 0 and off(depth - 1))

    @tg.set_grad_enabled(True)
    def on() -> bool:
        return recorded()

    assert not off(3)
    assert recorded()
    assert off.__name__ == "off"
    assert off.__doc__ == "A docstring."
    with tg.no_grad():
        assert on()
        assert not recorded()


def test_methods_can_be_decorated() -> None:
    class Model:
        @tg.no_grad()
        def predict(self, answer: int) -> tuple[bool, int]:
            return recorded(), answer

    assert Model().predict(answer=3) == (False, 3)


def test_a_decorated_generator() -> None:
    @tg.no_grad()
    def states() -> Iterator[bool]:
        """The mode inside at each step."""
        yield recorded()
        yield recorded()

    steps = states()
    for inside in steps:
        assert not inside
        assert recorded()  # the mode does not leak to the caller between the steps


def test_a_decorated_generator_passes_values_and_exceptions() -> None:
    closed = []

    @tg.no_grad()
    def echo() -> Iterator[Any]:
        received = None
        try:
            while True:
                try:
                    received = yield (received, recorded())
                except KeyError:
                    received = "caught"
                if received == "stop":
                    return "result"
        finally:
            closed.append(recorded())

    steps: Any = echo()
    assert next(steps) == (None, False)
    assert steps.send(1) == (1, False)
    assert steps.throw(KeyError()) == ("caught", False)
    with pytest.raises(StopIteration) as stop:
        steps.send("stop")
    assert stop.value.value == "result"
    steps = echo()
    next(steps)
    steps.close()
    assert closed == [False, False]
    steps = echo()
    next(steps)
    with pytest.raises(ValueError, match="on purpose"):
        steps.throw(ValueError("on purpose"))


def test_a_decorated_coroutine() -> None:
    @tg.no_grad()
    async def inside() -> tuple[bool, bool]:
        before = recorded()
        await asyncio.sleep(0)
        return before, recorded()

    async def main() -> bool:
        assert await inside() == (False, False)
        return recorded()

    assert asyncio.run(main())


def test_an_asynchronous_generator_is_refused() -> None:
    async def states() -> AsyncIterator[bool]:
        yield recorded()

    with pytest.raises(TypeError, match="with block"):
        tg.no_grad()(states)


def test_a_block_around_a_yield_ends_in_order_or_not() -> None:
    # Such a block is seen by the caller, as every context variable is; when all have ended, nothing is left over.
    def states() -> Iterator[bool]:
        with tg.no_grad():
            yield recorded()

    steps = states()
    assert not next(steps)
    assert not recorded()
    with tg.enable_grad():
        assert recorded()
        assert list(steps) == []
    assert recorded()


def test_threads_have_modes_of_their_own() -> None:
    found: dict[str, bool] = {}
    entered, done = threading.Event(), threading.Event()

    def without() -> None:
        with tg.no_grad():
            entered.set()
            done.wait(10)
            found["without"] = recorded()

    def beside() -> None:
        entered.wait(10)
        found["beside"] = recorded()
        done.set()

    threads = [threading.Thread(target=target) for target in (without, beside)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"without": False, "beside": True}
    with tg.no_grad():
        thread = threading.Thread(target=lambda: found.update(new=recorded()))
        thread.start()
        thread.join()
    assert found["new"]


def test_one_object_in_several_threads() -> None:
    mode = tg.no_grad()
    inside, left = threading.Event(), threading.Event()
    found = []

    def enters_second_and_leaves_last() -> None:
        with mode:
            inside.set()
            left.wait(10)
            found.append(recorded())
        found.append(recorded())

    thread = threading.Thread(target=enters_second_and_leaves_last)
    with mode:
        thread.start()
        inside.wait(10)
    assert recorded()
    left.set()
    thread.join()
    assert found == [False, True]


def test_tasks_have_modes_of_their_own() -> None:
    async def without() -> bool:
        with tg.no_grad():
            for _ in range(3):
                await asyncio.sleep(0)
                assert not recorded()
        return recorded()

    async def beside() -> bool:
        for _ in range(3):
            await asyncio.sleep(0)
            assert recorded()
        return True

    async def main() -> list[bool]:
        return list(await asyncio.gather(without(), beside(), without()))

    assert all(asyncio.run(main()))


def test_backward_runs_in_either_mode() -> None:
    x = tg.ones(1, requires_grad=True)
    y = x * x
    with tg.no_grad():
        y.backward()
    assert x.grad.item() == 2
    assert not x.grad.requires_grad
    assert recorded()


def test_backward_of_one_graph_in_another_thread() -> None:
    x = tg.ones(3, requires_grad=True)
    y = (x * x).sum()
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    assert x.grad.tolist() == [2, 2, 2]
