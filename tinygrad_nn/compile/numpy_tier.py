"""Groups as calls of NumPy's own functions, a block of rows after the other, so that what is in between stays in cache.

It is what runs where numba is not installed, and what the generated loops are tested against: the arithmetic is that of
the recorded instructions, one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import cpu
from ..backend.recorder import Instruction, Ref
from .binding import STARTS, UFUNCS, Call, GroupArrays, leveled
from .fusion import BROADCAST, MAP, PICK, REDUCE, RENAME, Level, Member
from .simplify import references

__all__ = ["bind_group"]

BLOCK = 64 * 1024  # bytes of one value in a block
REDUCTIONS = {"sum": np.add, "max": np.maximum, "min": np.minimum}


def bind_group(bound: GroupArrays) -> list[Call]:
    """The calls that compute a group."""
    group = bound.group
    grid = bound.grid
    if all(m.kind in (MAP, RENAME) for m in group.members) and (grid[0] * grid[1], 1) in group.grids:
        grid = (grid[0] * grid[1], 1)  # nothing but elements, which any block can have any number of
    levels = group.levels(*grid)
    assert levels is not None
    binder = _Binder(bound._replace(grid=grid), levels)
    rows = max(1, BLOCK // (8 * grid[1]))
    for start in range(0, grid[0], rows):
        binder.block(start, min(start + rows, grid[0]))
    return binder.calls


class _Binder:
    def __init__(self, bound: GroupArrays, levels: dict[int, Level]) -> None:
        self.bound = bound
        self.levels = levels
        self.calls: list[Call] = []
        self.whole: dict[int, Any] = {}  # the arrays of values in memory, of two axes
        self.free: dict[tuple[Any, ...], list[Any]] = {}  # memory that a block no longer needs, by shape and dtype
        self.totals = {
            m.instruction.output: m.instruction.name
            for m in bound.group.members
            if m.kind == REDUCE and levels[m.instruction.args[0].number].row and not levels[m.instruction.output].row
        }
        last: dict[int, int] = {}
        for k, m in enumerate(bound.group.members):
            last.update((n, k) for n in references((m.instruction.args, m.instruction.kwargs)))
        self.last = last
        for n, name in self.totals.items():
            self.calls.append(Call(self._memory(n).fill, (STARTS[name],)))

    def _memory(self, n: int) -> Any:
        """The array of a value that is in memory, as a part of the grid."""
        if n not in self.whole:
            self.whole[n], fill = leveled(self.bound.array_of(n), self.levels[n], self.bound.grid, 2)
            if fill is not None:
                self.calls.append(fill)
        return self.whole[n]

    def block(self, start: int, stop: int) -> None:
        """The calls for some of the rows."""
        here: dict[int, Any] = {}  # the values of this block
        owned: dict[int, Any] = {}  # those of them in memory that goes back when they have been read for the last time

        def get(n: int) -> Any:
            if n not in here:
                array = self._memory(n)
                here[n] = array[start:stop] if self.levels[n].row else array
            return here[n]

        def new(n: int) -> Any:
            if n in self.bound.stored and n not in self.totals:
                return get(n)
            level, (rows, columns) = self.levels[n], (stop - start, self.bound.grid[1])
            shape, dtype = (rows if level.row else 1, columns if level.column else 1), self.bound.group.values[n][1]
            spare = self.free.setdefault((shape, dtype), [])
            owned[n] = here[n] = spare.pop() if spare else np.empty(shape, dtype)
            return here[n]

        for k, member in enumerate(self.bound.group.members):
            i = member.instruction
            if i.output in self.totals:
                of = get(i.args[0].number)
                part = np.empty_like(self._memory(i.output))
                function = REDUCTIONS[i.name]
                self.calls.append(Call(_reduced, (function, of, None if not self.levels[i.output].column else 0, part)))
                self.calls.append(Call(function, (self.whole[i.output], part, self.whole[i.output])))
            elif member.kind in (RENAME, BROADCAST):
                here[i.output] = get(i.args[0].number)
                if i.args[0].number in owned:  # under another name it may be needed for longer
                    owned.setdefault(i.output, owned.pop(i.args[0].number))
                if i.output in self.bound.stored:
                    array = self._memory(i.output)
                    array = array[start:stop] if self.levels[i.output].row else array
                    self.calls.append(Call(np.copyto, (array, here[i.output])))
            else:
                args = [get(a.number) if type(a) is Ref else a for a in member.operands]
                self.calls += _computed(member, args, new(i.output))
            for n in [n for n in owned if self.last.get(n, k) <= k]:
                array = owned.pop(n)
                self.free[(array.shape, array.dtype)].append(array)


def _computed(member: Member, args: list[Any], out: Any) -> list[Call]:
    """The calls of one instruction on a block."""
    i = member.instruction
    if member.kind == REDUCE:
        return [Call(_reduced, (REDUCTIONS[i.name], args[0], 1, out))]
    if member.kind == PICK:
        return [Call(_picked, (args[0], args[1], out))]
    if member.kind != MAP:
        return [Call(_placed, (args[0], args[1], out))]
    if i.name == "where":
        return [Call(_chosen, (args[0], args[1], args[2], out))]
    if i.name == "astype":
        return [Call(np.copyto, (out, args[0], "unsafe"))]
    return _mapped(i, args, out)


def _mapped(i: Instruction, args: list[Any], out: Any) -> list[Call]:
    if i.name in ("maximum", "minimum"):  # of two arrays they are vectorised, of an array and a number they are not
        args = [a if isinstance(a, np.ndarray) else np.full(out.shape[1:], a, out.dtype) for a in args]
    if i.name == "sigmoid":
        one = out.dtype.type(1)
        return [
            Call(np.negative, (args[0], out)), Call(_exponential, (out,)), Call(np.add, (out, one, out)),
            Call(np.reciprocal, (out, out)),
        ]  # fmt: skip
    ufunc = UFUNCS.get(i.name)
    return [Call(ufunc, (*args, out))] if ufunc else [Call(_copied, (getattr(cpu, i.name), args, out))]


def _copied(function: Any, args: list[Any], out: Any) -> None:
    np.copyto(out, function(*args))


def _exponential(out: Any) -> None:
    with np.errstate(over="ignore"):
        np.exp(out, out)


def _reduced(function: Any, x: Any, axis: int | None, out: Any) -> None:
    function.reduce(x, axis, None, out, True)


def _chosen(condition: Any, x: Any, y: Any, out: Any) -> None:
    np.copyto(out, y)
    np.copyto(out, x, where=condition)


def _picked(x: Any, index: Any, out: Any) -> None:
    np.copyto(out, cpu.take_along_axis(x, index, 1))


def _placed(x: Any, index: Any, out: Any) -> None:
    out.fill(0)
    np.put_along_axis(out, index, x, 1)
