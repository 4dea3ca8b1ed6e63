"""Threads for what is long."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.compiler import threads
from tinygrad_nn.compiler.threads import both, side_by_side, worth_two

from .same import arrays, executed, tensor
from .tiers import running_on


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes over two threads."""
    monkeypatch.setattr(threads, "count", lambda: 2)
    monkeypatch.setattr(threads, "WORTH", 0)


def test_what_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "count", lambda: 2)
    assert worth_two(2, threads.WORTH)
    assert not worth_two(1, threads.WORTH)
    assert not worth_two(2, threads.WORTH - 1)
    monkeypatch.setattr(threads, "count", lambda: 1)
    assert not worth_two(2, threads.WORTH)


def test_both_at_the_same_time() -> None:
    meeting = threading.Barrier(2)
    both(meeting.wait, (10,), (10,))


def test_lists_side_by_side() -> None:
    made = []
    parts = [[(made.append, ((k, j),)) for j in range(50)] for k in range(4)]
    side_by_side(parts, False)
    assert sorted(made) == [(k, j) for k in range(4) for j in range(50)]
    assert all([j for part, j in made if part == k] == list(range(50)) for k in range(4))


@pytest.mark.parametrize("bad", range(3))
def test_an_error_in_one_waits_for_the_others(bad: int) -> None:
    ended = []

    def work(k: int) -> None:
        if k == bad:
            raise IndexError(f"part {k}")
        time.sleep(0.05)
        ended.append(k)

    with pytest.raises(IndexError, match=f"part {bad}"):
        side_by_side([[(work, (k,))] for k in range(3)], False)
    assert sorted(ended) == sorted({0, 1, 2} - {bad})
    ended.clear()
    if bad < 2:
        with pytest.raises(IndexError, match=f"part {bad}"):
            both(work, (0,), (1,))
        assert ended == [1 - bad]


def test_products_use_one_thread_each_meanwhile() -> None:
    pools = pytest.importorskip("threadpoolctl").threadpool_info

    def used() -> set[int]:
        return {pool["num_threads"] for pool in pools() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]}

    before, within = used(), []
    if not before:
        pytest.skip("this NumPy has no BLAS library of its own")
    side_by_side([[(lambda: within.append(used()), ())], []], True)
    assert within[0] == {1}
    assert used() == before


def step(x):
    y = tg.tanh(x) * 2 + tg.sum(x, axis=1, keepdims=True)
    return y, tg.sum(y, axis=0), tg.max(y), tg.sum(y * y)


def test_halves_are_the_whole(two: None, tier: str) -> None:
    for rows in (2, 3, 51):
        (x,) = arrays((rows, 7))
        executor, found = executed(step, x)
        assert any(call.function in (both, side_by_side) for call in executor.calls) or rows < 10
        for y, w in zip(found, step(tensor(x)), strict=True):
            np.testing.assert_allclose(y.numpy(), w.numpy(), rtol=1e-5, atol=1e-5)


def test_functions_that_are_called_by_several_threads(two: None) -> None:
    given = [arrays((60, 7), seed=k)[0] for k in range(4)]
    wanted = [[y.numpy() for y in step(tensor(x))] for x in given]
    failed: list[BaseException] = []

    def work(k: int) -> None:
        try:
            own = tg.compile(lambda x: step(x))
            for j in range(60):
                function, place = (own, k) if j % 2 else (shared, (k + j) % 4)
                for y, w in zip(function(tensor(given[place])), wanted[place], strict=True):
                    np.testing.assert_allclose(y.numpy(), w, rtol=1e-4, atol=1e-4)
        except BaseException as error:
            failed.append(error)

    with running_on("numpy"):
        shared = tg.compile(step)
        workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert not failed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_is_forked_off_has_threads_of_its_own(two: None) -> None:
    x = tensor(arrays((60, 7))[0])
    with running_on("numpy"):
        compiled = tg.compile(step)
        wanted = compiled(x)[3].item()
        child = os.fork()
        if not child:
            signal.alarm(20)
            os._exit(0 if compiled(x)[3].item() == wanted else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
