"""Threads besides the one that computes, one for each core there is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["count", "pieces_of", "pool", "shared", "split"]

SHARED = 1 << 20  # bytes from which a pass over memory is longer than waking another thread, by far


@cache
def count() -> int:
    """How many threads to use: one for each core of this process, or what ``OMP_NUM_THREADS`` and its like allow."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = [os.environ.get(name, "") for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")]
    return min([cores, *(int(limit) for limit in limits if limit.isdecimal() and int(limit) > 0)])


@cache
def pool() -> ThreadPoolExecutor:
    """The threads besides this one."""
    from concurrent.futures import ThreadPoolExecutor  # what few need is imported when it is

    return ThreadPoolExecutor(max(1, count() - 1), "tinygrad_nn")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.cache_clear)  # a process that is forked off has none of the threads


def shared(function: Callable[..., Any], pieces: Iterable[tuple[Any, ...]]) -> None:
    """Call a function, which must release the interpreter's lock, on each of several tuples of arguments.

    Every thread takes the next one when it is done with the one before: what another core has no time for, because a
    BLAS library keeps it busy or somebody waits there already, this thread does by itself.
    """
    rest = list(pieces)[::-1]
    if len(rest) == 1:
        function(*rest[0])
        return

    def work() -> None:
        while True:
            try:
                piece = rest.pop()
            except IndexError:
                return
            function(*piece)

    others = [pool().submit(work) for _ in range(min(count(), len(rest)) - 1)]
    try:
        work()
    finally:
        rest.clear()  # after an error nobody goes on
        failures = [other.exception() for other in others if not other.cancel()]  # waits for those that have begun
    for failure in filter(None, failures):
        raise failure


def split(total: int, parts: int) -> list[tuple[int, int]]:
    """The numbers from 0 to `total` in at most so many parts, as (start, stop)."""
    step = max(1, -(-total // parts))
    return [(start, min(start + step, total)) for start in range(0, total, step)]


def pieces_of(x: Any) -> list[slice]:
    """The parts of the first axis of an array that one pass over it is done in: small ones are not shared."""
    return [slice(*piece) for piece in split(len(x), count() if x.nbytes >= SHARED else 1)]
