"""Groups as generated loops that numba compiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from .binding import STARTS, Call, GroupArrays, leveled
from .kernels import compiled_kernel
from .source import source_of
from .threads import both, worth_two

__all__ = ["bind_group"]


def bind_group(bound: GroupArrays) -> list[Call]:
    """The calls that compute a group."""
    source = source_of(bound.group, bound.grid, bound.stored, bound.same)
    calls: list[Call] = []
    rows, columns = bound.grid

    def array(number: int, level: Any) -> Any:
        view, fill = leveled(bound.array_of(number), level, bound.grid, 1)
        if fill is not None:
            calls.append(fill)
        return view

    reads = [(array(n, level), level) for n, level in source.reads]
    writes = [(array(n, level), level) for n, level in source.writes]
    totals = [k for k, (n, _) in enumerate(source.writes) if n in source.totals]
    kinds = [source.totals[source.writes[k][0]] for k in totals]
    calls += [Call(writes[k][0].fill, (STARTS[kind],)) for k, kind in zip(totals, kinds)]
    kernel = compiled_kernel(source.text)
    constants = np.array(source.constants, np.float64)

    def arguments(start: int, stop: int, outputs: list[Any]) -> tuple[Any, ...]:
        parts = [a[start:stop] if level.row else a for a, level in [*reads, *outputs]]
        return (stop - start, columns, constants, *parts, *[np.empty(columns, dtype) for dtype in source.scratch])

    if not worth_two(rows, rows * columns * len(bound.group.members)):
        return [*calls, Call(kernel, arguments(0, rows, writes))]
    others = [(np.empty_like(a), level) if k in totals else (a, level) for k, (a, level) in enumerate(writes)]
    calls += [Call(others[k][0].fill, (STARTS[kind],)) for k, kind in zip(totals, kinds)]
    half = rows // 2
    calls.append(Call(both, (kernel, arguments(0, half, writes), arguments(half, rows, others))))
    return calls + [_combined(kind, writes[k][0], others[k][0]) for k, kind in zip(totals, kinds)]


COMBINE = {"sum": np.add, "max": np.maximum, "min": np.minimum}


def _combined(kind: str, total: Any, part: Any) -> Call:
    return Call(COMBINE[kind], (total, part, total))
