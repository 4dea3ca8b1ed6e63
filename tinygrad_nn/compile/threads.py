"""A second thread, for loops that are long enough to be worth it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from os import cpu_count, sched_getaffinity
from typing import Any

__all__ = ["both", "count", "pool", "worth_two"]

WORTH = 2_000_000  # instructions times elements, of a loop that takes some ten times as long as waking a thread


@cache
def count() -> int:
    """How many cores this process may use."""
    return len(sched_getaffinity(0)) if "sched_getaffinity" in globals() else cpu_count() or 1


@cache
def pool() -> ThreadPoolExecutor:
    """The threads besides the one that calls."""
    return ThreadPoolExecutor(max(1, count() - 1), "tinygrad_nn")


def worth_two(rows: int, work: int) -> bool:
    """Whether a loop over `rows` should be done in two halves at a time."""
    return count() > 1 and rows > 1 and work >= WORTH


def both(function: Callable[..., Any], one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    """Call a function, which must release the interpreter's lock, on two sets of arguments at the same time."""
    waiting = pool().submit(function, *other)
    function(*one)
    waiting.result()
