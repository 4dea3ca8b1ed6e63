"""Work that several threads share."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tinygrad_nn.backend import threads


@pytest.mark.parametrize("cores", [1, 3])
def test_every_piece_is_done_once(monkeypatch: pytest.MonkeyPatch, cores: int) -> None:
    monkeypatch.setattr(threads, "count", lambda: cores)
    done: list[int] = []
    threads.shared(done.append, [(i,) for i in range(20)])
    assert sorted(done) == list(range(20))
    threads.shared(done.append, [])


def test_a_thread_of_the_pool_may_share_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody is left in the pool then: the one that shares does everything.
    monkeypatch.setattr(threads, "count", lambda: 9)
    done: list[int] = []
    for waiting in [threads.pool().submit(threads.shared, done.append, [(i,) for i in range(4)]) for _ in range(2)]:
        waiting.result(timeout=60)
    assert sorted(done) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_an_error_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "count", lambda: 2)
    here = threading.current_thread()
    for wrong in (True, False):
        begun = threading.Event()

        def work(i: int, wrong: bool = wrong, begun: Any = begun) -> None:
            if (threading.current_thread() is here) is wrong:
                begun.set()
                raise ValueError("no")
            begun.wait(60)

        with pytest.raises(ValueError, match="no"):
            threads.shared(work, [(i,) for i in range(4)])
