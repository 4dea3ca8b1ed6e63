"""Which instructions can share one pair of loops, over rows and within them over columns.

The loops of a group go over a grid of `rows` x `columns`. A value of the group varies along both (as an activation
does), along the rows only (the maximum of each row), along the columns only (a bias), or is one number: that is its
`Level`, and it follows from the shapes alone. Arrays of more axes are such grids too, their first axes taken together
as rows and the others as columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..backend import cpu
from ..backend.recorder import Instruction, Ref
from .elementwise import Expression, expression_of
from .simplify import looked_at, references

__all__ = [
    "BROADCAST", "MANY", "MAP", "PICK", "PLACE", "REDUCE", "RENAME", "Group", "Level", "Member", "Values", "is_rename",
    "member_of",
]  # fmt: skip

# What a member of a group does to the grid.
MAP = "map"  # computes each element from those in its place
RENAME = "rename"  # gives the same elements in the same order another shape
BROADCAST = "broadcast"  # repeats
REDUCE = "reduce"  # sums, or takes the largest or smallest
PICK = "pick"  # chooses one element of each row: take_along_axis
PLACE = "place"  # puts one element into each row of zeros: put_along_axis

LARGEST = 48  # members of a group: what one compilation may cost
MANY = 2048  # rows that are better done in parts, by several threads or in blocks: a group must not lose them
RENAMING = frozenset(("expand_dims", "getitem", "reshape", "squeeze"))
REDUCTIONS = frozenset(("max", "min", "sum"))

Values = Mapping[int, tuple[tuple[int, ...], Any]]  # shape and dtype of each value, by its number


class Level(NamedTuple):
    """Along what a value of a group varies."""

    row: bool
    column: bool


class Member(NamedTuple):
    """An instruction of a group, and what it does there."""

    kind: str
    instruction: Instruction
    expression: Expression | None = None
    dtype: Any = None  # that the operands are converted to

    @property
    def operands(self) -> tuple[Any, ...]:
        """The values (`Ref`) and numbers that it computes with."""
        return self.instruction.args if self.kind == MAP else tuple(map(Ref, references(self.instruction.args)))


def member_of(i: Instruction, values: Values) -> Member | None:
    """What an instruction would do in a group; None where it must be done by itself."""
    if 0 in i.shape or any(0 in values[n][0] for n in references(i.args)):
        return None
    if is_rename(i, values):
        return Member(RENAME, i)
    if i.name == "broadcast_to":
        return Member(BROADCAST, i)
    if i.name in REDUCTIONS:
        shape, dtype = values[i.args[0].number]
        return Member(REDUCE, i) if shape and i.dtype == dtype and dtype in (np.float32, np.float64) else None
    if i.name in ("take_along_axis", "put_along_axis"):
        return _along_rows(i, values)
    if not all(type(a) is Ref or type(a) in (bool, int, float) for a in i.args):
        return Member(MAP, i, *found) if i.name == "astype" and (found := _expression(i, values)) else None
    found = _expression(i, values)
    return Member(MAP, i, *found) if found else None


def _expression(i: Instruction, values: Values) -> tuple[Expression, Any] | None:
    return expression_of(i, [values[a.number][1] if type(a) is Ref else a for a in i.args])


def _along_rows(i: Instruction, values: Values) -> Member | None:
    """`take_along_axis` and `put_along_axis`, where they choose one element of each row."""
    shape, dtype = values[i.args[0].number]
    indices, kind = values[i.args[1].number]
    axis = i.kwargs.get("axis", i.args[2] if len(i.args) > 2 else -1)
    if axis not in (-1, len(shape) - 1) or indices[-1:] != (1,) or kind != np.int64 or shape[:-1] != indices[:-1]:
        return None
    if dtype not in (np.float32, np.float64):
        return None
    if i.name == "take_along_axis":
        return Member(PICK, i)
    return Member(PLACE, i) if shape[-1] == 1 else None


def is_rename(i: Instruction, values: Values) -> bool:
    """Whether an instruction gives the elements of an array in order, in the same memory, another shape."""
    if i.name not in RENAMING or len(list(references((i.args, i.kwargs)))) != 1:
        return False
    shape, _ = values[i.args[0].number]
    if prod(shape) != prod(i.shape):
        return False
    strides = [prod(shape[n + 1 :]) for n in range(len(shape))]
    x = as_strided(np.empty(1, np.int8), shape, strides)  # what it would be of an array, without its memory
    y = looked_at(i, x, i.args[1:], i.kwargs)
    return bool(y.flags.c_contiguous and cpu.same_place(y.reshape(-1)[:1], x.reshape(-1)[:1]))


class Group:
    """Instructions that share one pair of loops.

    Attributes
    ----------
    members : list of Member
        In order.
    grids : list of (int, int)
        The rows and columns that the loops may go over.
    """

    def __init__(self, first: Member, values: Values) -> None:
        self.values = values
        shape = first.instruction.shape
        if first.kind in (REDUCE, PICK):
            shape = values[first.instruction.args[0].number][0]
        grids = dict.fromkeys((prod(shape[:k]), prod(shape[k:])) for k in range(len(shape), -1, -1))
        self.samples = shape[0] if shape else 1
        self.members = [first]
        self.grids = [grid for grid in grids if self.levels(*grid) is not None]

    def join(self, *members: Member) -> bool:
        """Take in more instructions, where the loops can do them too."""
        before = self.members
        self.members = [*before, *members]
        grids = [grid for grid in self.grids if self.levels(*grid) is not None]
        if not grids or len(self.members) > LARGEST or self._divisible(self.grids) > self._divisible(grids):
            self.members = before
            return False
        self.grids = grids
        return True

    def absorb(self, other: Group) -> bool:
        """Take in all of another group, that may read what this one computes."""
        before = self.grids
        if before == [(1, 1)]:  # one number, which may be a part of larger grids
            self.grids = other.grids
        joined = self.join(*other.members)
        if not joined:
            self.grids = before
        return joined

    def _divisible(self, grids: list[tuple[int, int]]) -> bool:
        """Whether one of the grids has the many samples of a batch as its rows."""
        return self.samples >= MANY and any(rows == self.samples for rows, _ in grids)

    @property
    def reads(self) -> set[int]:
        """The numbers of the values from elsewhere that it reads, views and all."""
        parts = [member.instruction for member in self.members]
        return {n for i in parts for n in references((i.args, i.kwargs))} - self.outputs

    @property
    def outputs(self) -> set[int]:
        """The numbers of the values that it computes."""
        return {member.instruction.output for member in self.members}

    @property
    def grid(self) -> tuple[int, int]:
        """The rows and columns to go over: rows that are long enough to be worth a loop of their own, else one row."""
        return next((grid for grid in self.grids if grid[1] >= 8 or len(self.grids) == 1), self.grids[-1])

    def totals(self, grid: tuple[int, int]) -> dict[int, str]:
        """The values that are reduced over all rows of a grid, and how: known only when the loops have ended."""
        levels = self.levels(*grid)
        assert levels is not None
        reductions = [m.instruction for m in self.members if m.kind == REDUCE]
        return {i.output: i.name for i in reductions if levels[i.args[0].number].row and not levels[i.output].row}

    def levels(self, rows: int, columns: int) -> dict[int, Level] | None:
        """The level of each value that the members compute or read; None where they do not fit such a grid."""
        found: dict[int, Level] = {}
        summed: set[int] = set()  # over all rows: known only when the loops have ended
        for member in self.members:
            operands = [a.number for a in member.operands if type(a) is Ref]
            if summed.intersection(operands):
                return None
            level = self._level(member, operands, found, rows, columns)
            if level is None:
                return None
            found[member.instruction.output] = level
            if member.kind == REDUCE and found[operands[0]].row and not level.row:
                summed.add(member.instruction.output)
            if member.kind in (MAP, BROADCAST, PLACE) and rows > 1 and level.column and not level.row:
                return None  # a loop of its own would do this once instead of once a row
        return found

    def _level(self, member: Member, operands: list[int], found: dict[int, Level], rows: int,
               columns: int) -> Level | None:  # fmt: skip
        """The level of a member's result, after those of operands from outside have been entered in `found`."""
        i = member.instruction
        if member.kind == RENAME:
            after_it = _levels(i.shape, rows, columns)
            for level in _levels(self.values[operands[0]][0], rows, columns):
                if level in after_it and found.setdefault(operands[0], level) == level:
                    return level
            return None
        if member.kind == REDUCE:
            shape = self.values[operands[0]][0]
            for k in _splits(shape, rows, columns):
                before, after = _reduced(i, len(shape), k, shape)
                level = _level(shape, k)
                if before is None or after is None or (rows > 1 and level == Level(False, True)):
                    continue
                if found.setdefault(operands[0], level) == level:
                    return Level(level.row and not before, level.column and not after)
            return None
        if member.kind in (PICK, PLACE):
            whole = self.values[operands[0]][0] if member.kind == PICK else i.shape
            if (prod(whole[:-1]), whole[-1]) != (rows, columns):
                return None
            row, grid = Level(rows > 1, False), Level(rows > 1, columns > 1)
            of_array, result = (grid, row) if member.kind == PICK else (row, grid)
            fits = found.setdefault(operands[0], of_array) == of_array and found.setdefault(operands[1], row) == row
            return result if fits else None
        for k in _splits(i.shape, rows, columns):  # MAP, BROADCAST
            aligned = {n: _aligned(self.values[n][0], i.shape, k) for n in operands}
            if all(a is not None and found.get(n, a) == a for n, a in aligned.items()):
                found.update(aligned)  # type: ignore[arg-type]
                return _level(i.shape, k)
        return None


def _splits(shape: tuple[int, ...], rows: int, columns: int) -> Iterator[int]:
    """After how many axes of an array its columns may begin."""
    for k in range(len(shape) + 1):
        if prod(shape[:k]) in (1, rows) and prod(shape[k:]) in (1, columns):
            yield k


def _level(shape: tuple[int, ...], k: int) -> Level:
    return Level(prod(shape[:k]) > 1, prod(shape[k:]) > 1)


def _levels(shape: tuple[int, ...], rows: int, columns: int) -> list[Level]:
    return [_level(shape, k) for k in _splits(shape, rows, columns)]


def _aligned(shape: tuple[int, ...], result: tuple[int, ...], k: int) -> Level | None:
    """The level of an operand that is broadcast to `result`, whose columns begin after `k` axes; None where it is
    broadcast along a part of the rows, or of the columns, only."""
    shape = (1,) * (len(result) - len(shape)) + shape
    parts = ((shape[:k], result[:k]), (shape[k:], result[k:]))
    if any(part != whole and prod(part) != 1 for part, whole in parts):
        return None
    return _level(shape, k)


def _reduced(i: Instruction, ndim: int, k: int, shape: tuple[int, ...]) -> tuple[bool | None, bool | None]:
    """Whether a reduction goes over the first `k` axes, and over the others; None where over some of them only."""
    given = (*i.args[1:], None, None)
    axis = i.kwargs.get("axis", given[0])
    axes = range(ndim) if axis is None else [a % ndim for a in (axis if isinstance(axis, tuple) else (axis,))]

    def over(part: range) -> bool | None:
        counted = [n for n in part if shape[n] > 1]
        if all(n in axes for n in counted):
            return bool(counted)
        return False if not any(n in axes for n in counted) else None

    return over(range(k)), over(range(k, ndim))
