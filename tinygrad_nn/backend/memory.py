"""What traced arrays share with their views: who has been written, where, and who must not be read any more."""

from __future__ import annotations

import os
import sys
from typing import Any

from .errors import TraceError

__all__ = ["Memory", "user_frame", "user_line"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def user_frame() -> Any:
    """The innermost call of a function that is not this package's own."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def user_line() -> str:
    """The line at which that call is."""
    frame = user_frame()
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}, in {frame.f_code.co_name}"


class Memory:
    """What an array shares with its views: how often and where it was written.

    Attributes
    ----------
    parent : Memory or None
        The memory that this one may be a part of.
    seen : int
        The writes to the parent that this memory knows of.
    outside : str
        What it is of the caller's: ``"input"``, ``"state"``, or empty.
    writes : int
        How often it was written, in whatever way.
    line : str
        Where it was written last.
    lost : bool
        Whether it may have been written through an uncertain view, so that what it holds is not known.
    """

    __slots__ = ("line", "lost", "outside", "parent", "seen", "writes")

    def __init__(self, parent: Memory | None = None, outside: str = "") -> None:
        self.parent = parent
        self.outside = outside
        self.writes: int = 0
        self.seen: int = 0 if parent is None else parent.writes
        self.line = ""
        self.lost = False

    def check(self) -> None:
        """Raise where a write elsewhere may have changed what is here."""
        memory = self
        line = self.line if self.lost else ""
        while memory.parent is not None:
            if memory.parent.writes != memory.seen:
                line = memory.parent.line
            memory = memory.parent
        if line:
            raise TraceError(
                f"{user_line()}: this array may share memory with one that was written at {line}, and whether it does "
                "depends on the memory layout; copy() one of them before the write, or write with one index, "
                "such as y[0, 1] = value"
            )

    def write(self) -> None:
        """Count a write."""
        self.line = user_line()
        if self.outside == "input":
            raise TraceError(
                f"{self.line}: an input of the program is written in place, which would not reach the caller's tensor; "
                "write to a copy() of it"
            )
        self.writes += 1
        memory = self
        while memory.parent is not None:
            parent = memory.parent
            if parent.outside:
                raise TraceError(
                    f"{self.line}: an array is written in place that may share memory with a tensor from outside of "
                    "the traced function; write to a copy(), or to the tensor itself with one index, "
                    "such as y[0, 1] = value"
                )
            parent.writes, parent.line, parent.lost = parent.writes + 1, self.line, True
            memory.seen = parent.writes
            memory = parent
