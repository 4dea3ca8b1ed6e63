"""Groups as generated loops that numba compiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from .binding import COMBINE, Arrays, Call, leveled, starting
from .fusion import Group, Level
from .kernels import compiled_kernel
from .source import source_of
from .threads import both, worth_two

__all__ = ["NumbaGroup"]


class NumbaGroup:
    """A group as one compiled function.

    Parameters
    ----------
    group : Group
        The instructions.
    grid : (int, int)
        All rows and columns.
    stored : set of int
        The values to write.
    same : dict of int to int
        Of these, those that are written over another that is read.

    Attributes
    ----------
    totals : dict of int to str
        Of the values to write, those that are added to what is there, and how.
    """

    def __init__(self, group: Group, grid: tuple[int, int], stored: set[int], same: dict[int, int]) -> None:
        self.source = source_of(group, grid, stored, same)
        self.rows, self.columns = grid
        self.work = len(group.members) * grid[1]
        self.kernel = compiled_kernel(self.source.text)
        self.constants = np.array(self.source.constants, np.float64)
        self.totals = self.source.totals

    def calls(self, rows: int, arrays: Arrays, *, threads: bool = True) -> list[Call]:
        """The calls that compute so many of the rows, of these arrays."""
        calls: list[Call] = []

        def array(number: int, level: Level) -> Any:
            view, fill = leveled(arrays(number, level), level, (rows, self.columns), 1)
            if fill is not None:
                calls.append(fill)
            return view

        reads = [(array(n, level), level) for n, level in self.source.reads]
        writes = [(array(n, level), level) for n, level in self.source.writes]

        def arguments(start: int, stop: int, outputs: list[Any]) -> tuple[Any, ...]:
            parts = [a[start:stop] if level.row else a for a, level in [*reads, *outputs]]
            scratch = [np.empty(self.columns, dtype) for dtype in self.source.scratch]
            return (stop - start, self.columns, self.constants, *parts, *scratch)

        if not threads or not worth_two(rows, rows * self.work):
            return [*calls, Call(self.kernel, arguments(0, rows, writes))]
        kinds = [self.totals.get(n) for n, _ in self.source.writes]
        others = [(np.empty_like(a) if kind else a, level) for (a, level), kind in zip(writes, kinds)]
        calls += [starting(kind, a) for (a, _), kind in zip(others, kinds) if kind]
        half = rows // 2
        calls.append(Call(both, (self.kernel, arguments(0, half, writes), arguments(half, rows, others))))
        pairs = [(COMBINE[k], a, b) for (a, _), (b, _), k in zip(writes, others, kinds) if k]
        return calls + [Call(combine, (total, part, total)) for combine, total, part in pairs]
