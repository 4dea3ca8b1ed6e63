"""Threads besides the one that runs a program, for what is long enough to be worth waking them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import wait
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from threading import Lock
from typing import Any

from ..backend.threads import count, pool

__all__ = ["both", "count", "side_by_side", "worth_two"]

# Instructions times elements of a loop that is done in two halves: it takes some milliseconds. For a shorter one the
# other core is not there in time, as the BLAS library's thread keeps it busy for a while after each product.
WORTH = 40_000_000


def worth_two(rows: int, work: int) -> bool:
    """Whether a loop over `rows` should be done in two halves at a time."""
    return count() > 1 and rows > 1 and work >= WORTH


def both(function: Callable[..., Any], one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    """Call a function, which must release the interpreter's lock, on two sets of arguments at the same time."""
    waiting = pool().submit(function, *other)
    try:
        function(*one)
    finally:
        wait([waiting])
    waiting.result()


def side_by_side(parts: list[Iterable[Any]], products: bool) -> None:
    """Make the calls of several lists, those of each list in order and the lists at the same time.

    If there are matrix products among them, each uses one thread meanwhile.
    """
    with _one_thread_each() if products and len(parts) > 1 else nullcontext():
        waiting = [pool().submit(_make, part) for part in parts[1:]]
        try:
            _make(parts[0])
        finally:
            wait(waiting)
        for each in waiting:
            each.result()


def _make(calls: Iterable[Any]) -> None:
    for function, arguments in calls:
        function(*arguments)


@cache
def products_can_be_limited() -> bool:
    """Whether threadpoolctl is there, which tells the BLAS library of NumPy how many threads to use."""
    try:
        import threadpoolctl  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


class _Limit:
    """One thread for each matrix product while anybody is within; then as many as before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._within = 0
        self._limit: AbstractContextManager[Any] = nullcontext()

    def __enter__(self) -> None:
        with self._lock:
            if not self._within:
                self._limit = _controller().limit(limits=1)
                self._limit.__enter__()
            self._within += 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._within -= 1
            if not self._within:
                self._limit.__exit__(None, None, None)


@cache
def _one_thread_each() -> _Limit:
    return _Limit()
