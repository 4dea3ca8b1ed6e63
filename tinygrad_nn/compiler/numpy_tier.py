"""Groups as calls of NumPy's own functions, a block of rows after the other, so that what is in between stays in cache.

It is what runs where numba is not installed, and what the generated loops are tested against: the arithmetic is that of
the recorded instructions, one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backend import cpu
from ..backend.recorder import Instruction, Ref
from .binding import COMBINE, REDUCTIONS, UFUNCS, Arrays, Call, leveled, starting
from .fusion import BROADCAST, MAP, PICK, REDUCE, RENAME, Group, Member
from .simplify import references
from .threads import side_by_side, worth_two

__all__ = ["NumpyGroup"]

BLOCK = 64 * 1024  # bytes of one value in a block


class NumpyGroup:
    """A group as calls of NumPy's functions.

    Parameters and attributes are those of `NumbaGroup`.
    """

    def __init__(self, group: Group, grid: tuple[int, int], stored: set[int], same: dict[int, int]) -> None:
        self.group = group
        self.rows, self.columns = grid
        self.work = len(group.members) * grid[1]
        self.stored = stored
        levels = group.levels(*grid)
        assert levels is not None
        self.levels = levels
        self.totals = group.totals(grid)
        self.last: dict[int, int] = {}  # the last member that reads each value
        for k, m in enumerate(group.members):
            self.last.update((n, k) for n in references((m.instruction.args, m.instruction.kwargs)))
        for m in reversed(group.members):
            if self.is_other_name(m):
                n = m.instruction.args[0].number
                self.last[n] = max(self.last[n], self.last.get(m.instruction.output, 0))

    def is_other_name(self, member: Member) -> bool:
        """Whether it gives the elements of its operand: it renames, repeats, or reduces along axes of one element."""
        i = member.instruction
        idle = member.kind == REDUCE and self.levels[i.args[0].number] == self.levels[i.output]
        return idle or member.kind in (RENAME, BROADCAST)

    def calls(self, rows: int, arrays: Arrays, *, threads: bool = True) -> list[Call]:
        """The calls that compute so many of the rows, of these arrays."""
        if not threads or not worth_two(rows, rows * self.work):
            return self._blocks(_Binder(self, rows, arrays), range(rows))
        first, second = _Binder(self, rows, arrays), _Binder(self, rows, arrays)
        before: list[Call] = []
        after: list[Call] = []
        for n, kind in self.totals.items():
            total = first.memory(n)
            part = second.whole[n] = np.empty_like(total)
            before.append(starting(kind, part))
            after.append(Call(COMBINE[kind], (total, part, total)))
        half = rows // 2
        parts = [self._blocks(first, range(half)), self._blocks(second, range(half, rows))]
        return [*before, Call(side_by_side, (parts, False)), *after]

    def _blocks(self, binder: _Binder, rows: range) -> list[Call]:
        step = max(1, BLOCK // (8 * self.columns))
        for start in range(rows.start, rows.stop, step):
            binder.block(start, min(start + step, rows.stop))
        return binder.calls


class _Binder:
    def __init__(self, of: NumpyGroup, rows: int, arrays: Arrays) -> None:
        self.of = of
        self.levels, self.totals = of.levels, of.totals
        self.rows = rows
        self.arrays = arrays
        self.calls: list[Call] = []
        self.whole: dict[int, Any] = {}  # the arrays of values in memory, of two axes
        self.free: dict[tuple[Any, ...], list[Any]] = {}  # memory that a block no longer needs, by shape and dtype

    def memory(self, n: int) -> Any:
        """The array of a value that is in memory, as a part of the grid."""
        if n not in self.whole:
            level = self.levels[n]
            self.whole[n], fill = leveled(self.arrays(n, level), level, (self.rows, self.of.columns), 2)
            if fill is not None:
                self.calls.append(fill)
        return self.whole[n]

    def block(self, start: int, stop: int) -> None:
        """The calls for some of the rows."""
        here: dict[int, Any] = {}  # the values of this block
        owned: dict[int, Any] = {}  # those of them in memory that goes back when they have been read for the last time

        def get(n: int) -> Any:
            if n not in here:
                array = self.memory(n)
                here[n] = array[start:stop] if self.levels[n].row else array
            return here[n]

        def new(n: int) -> Any:
            if n in self.of.stored and n not in self.totals:
                return get(n)
            shape, dtype = shape_of(n), self.of.group.values[n][1]
            spare = self.free.setdefault((shape, dtype), [])
            owned[n] = here[n] = spare.pop() if spare else np.empty(shape, dtype)
            return here[n]

        def shape_of(n: int) -> tuple[int, int]:
            level = self.levels[n]
            return stop - start if level.row else 1, self.of.columns if level.column else 1

        for k, member in enumerate(self.of.group.members):
            i = member.instruction
            if i.output in self.totals:
                of = get(i.args[0].number)
                total = self.memory(i.output)
                part = np.empty_like(total)
                axis = 0 if self.levels[i.output].column else None
                self.calls.append(Call(_reduced, (REDUCTIONS[i.name], of, axis, part)))
                self.calls.append(Call(COMBINE[i.name], (total, part, total)))
            elif self.of.is_other_name(member):
                here[i.output] = np.broadcast_to(get(i.args[0].number), shape_of(i.output))
                if i.output in self.of.stored:
                    array = self.memory(i.output)
                    array = array[start:stop] if self.levels[i.output].row else array
                    self.calls.append(Call(np.copyto, (array, here[i.output])))
            else:
                args = [get(a.number) if type(a) is Ref else a for a in member.operands]
                self.calls += _computed(member, args, new(i.output))
            for n in [n for n in owned if self.of.last.get(n, k) <= k]:
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
        if any(np.may_share_memory(out, a) for a in args[:2] if isinstance(a, np.ndarray)):
            return [Call(_copied, (np.where, args, out))]
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
