"""The calls that do a region: for each thread those of its blocks, and what brings the threads' sums together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backend.recorder import Instruction
from .binding import COMBINE, Call, leveled, product_into, starting
from .fusion import Group, Level
from .regions import Region
from .threads import count, products_can_be_limited, side_by_side
from .tiers import Tiers

__all__ = ["RegionCalls"]


class RegionCalls:
    """A region with its kernels, and memory for the blocks.

    Parameters
    ----------
    region : Region
        What to do.
    tiers : Tiers
        Chooses what does its groups.
    stored : set of int
        The values of groups that others read.
    """

    def __init__(self, region: Region, tiers: Tiers, stored: set[int]) -> None:
        self.region = region
        self.kernels: list[Any] = [
            tiers.kernel(step, step.outputs & stored, {}, region.grid(step)) if isinstance(step, Group) else None
            for step in region.steps
        ]
        threads = count() if products_can_be_limited() else 1
        block = region.block
        share = -(-region.rows // threads)
        starts = range(0, region.rows, share)
        self.threads = [_Thread(region, range(s, min(s + share, region.rows)), min(block, share)) for s in starts]

    def bind(self, array_of: Callable[[int], Any]) -> list[Call]:
        """The calls, for arrays of the values that are not local to a block."""
        region, totals = self.region, self.region.totals
        calls: list[Call] = []
        for k, thread in enumerate(self.threads):
            own = totals.keys() | (region.computed - region.by_row)  # what each thread computes for itself
            thread.own = {n: array_of(n) if k == 0 else np.empty(*region.values[n]) for n in own}
            calls += [starting(kind, thread.own[n]) for n, kind in totals.items()]
        whole = _Whole(self.region, array_of, calls)
        calls.append(Call(side_by_side, ([thread.calls(self.kernels, whole) for thread in self.threads], True)))
        first, *others = self.threads
        for thread in others:
            pairs = [(COMBINE[kind], first.own[n], thread.own[n]) for n, kind in totals.items()]
            calls += [Call(combine, (total, part, total)) for combine, total, part in pairs]
        return calls


class _Whole:
    """The arrays of all rows, looked at as the grids of groups."""

    def __init__(self, region: Region, array_of: Callable[[int], Any], calls: list[Call]) -> None:
        self.rows = region.rows
        self.array_of = array_of
        self.calls = calls
        self.known: dict[tuple[int, Level], Any] = {}

    def rows_of(self, n: int, level: Level, columns: int) -> Any:
        """An array with a row for each of the rows."""
        if (n, level) not in self.known:
            self.known[n, level], fill = leveled(self.array_of(n), level, (self.rows, columns), 1)
            self.calls += [fill] if fill is not None else []
        return self.known[n, level]


class _Thread:
    """The part of the rows that one thread does, and its memory."""

    def __init__(self, region: Region, rows: range, block: int) -> None:
        self.region = region
        self.rows = rows
        self.block = block
        values = region.values
        self.local = {n: np.empty((block, *values[n][0][1:]), values[n][1]) for n in region.local}
        self.own: dict[int, Any] = {}  # arrays of the totals, and of what is the same for all rows
        self.parts = {
            i.output: np.empty(*values[i.output])
            for i in region.steps
            if isinstance(i, Instruction) and region.is_sum(i)
        }

    def calls(self, kernels: list[Any], whole: _Whole) -> list[Call]:
        """The calls for all blocks, in order."""
        return [
            call
            for start in range(self.rows.start, self.rows.stop, self.block)
            for step, kernel in zip(self.region.steps, kernels)
            for call in self._calls(step, kernel, whole, slice(start, min(start + self.block, self.rows.stop)))
        ]

    def _calls(self, step: Any, kernel: Any, whole: _Whole, rows: slice) -> list[Call]:
        size = rows.stop - rows.start

        def array(n: int, level: Level) -> Any:
            if n in self.own:
                return self.own[n]
            if n in self.local:
                return self.local[n][:size]
            return whole.rows_of(n, level, kernel.columns)[rows] if level.row else whole.array_of(n)

        if kernel is not None:
            calls: list[Call] = kernel.calls(size, array, threads=False)
            return calls
        left, right = (a.number for a in step.args)
        if not self.region.is_sum(step):
            factors = (self._matrix(left, rows, whole), whole.array_of(right), self._matrix(step.output, rows, whole))
            return [Call(product_into(*factors), factors)]
        left = self.region.root(left)
        total, part = self.own[step.output], self.parts[step.output]
        product = (self._matrix(left, rows, whole).T, self._matrix(right, rows, whole), part)
        return [Call(product_into(*product), product), Call(np.add, (total, part, total))]

    def _matrix(self, n: int, rows: slice, whole: _Whole) -> Any:
        return self.local[n][: rows.stop - rows.start] if n in self.local else whole.array_of(n)[rows]
