"""A group of instructions as the source of one Python function, for a compiler: two loops with all of it inside.

The function is the same for all sizes. Its arguments are the rows and columns, the constants, the arrays that it reads
and those that it writes: of two axes where they vary along both, else of one. Sums and the like over all rows are added
to what is in their arrays already, so that the rows can be done in parts.

Within a row there are phases: a value that a reduction along the row gives is known in the next phase only. What a
later phase needs of an earlier one's elements, and nobody else, is kept in a row of scratch memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..backend.recorder import Ref
from .fusion import BROADCAST, MAP, PICK, PLACE, REDUCE, RENAME, Group, Level, Member

__all__ = ["Source", "source_of"]

SCALAR = Level(False, False)
COMBINED = {
    "sum": "plus({acc}, {value})",
    "max": "{value} if ({value} > {acc}) | ({value} != {value}) else {acc}",
    "min": "{value} if ({value} < {acc}) | ({value} != {value}) else {acc}",
}
STARTS = {"sum": "0", "max": "-inf", "min": "inf"}


class Source(NamedTuple):
    """The text of a function, and what its arguments stand for.

    Attributes
    ----------
    text : str
        ``def kernel(rows, columns, constants, *reads, *writes, *scratch)``
    constants : list of float
        The numbers among the operands.
    reads, writes : list of (int, Level)
        Values by their numbers, as arrays of the axes that their levels say.
    scratch : list of dtype
        Arrays of one row each.
    totals : dict of int to str
        Of `writes`, those that are added to, and how: ``"sum"``, ``"max"`` or ``"min"``.
    """

    text: str
    constants: list[float]
    reads: list[tuple[int, Level]]
    writes: list[tuple[int, Level]]
    scratch: list[Any]
    totals: dict[int, str]


def source_of(group: Group, grid: tuple[int, int], stored: Iterable[int], same: dict[int, int]) -> Source:
    """Write the function of a group.

    Parameters
    ----------
    group : Group
        The instructions.
    grid : (int, int)
        The rows and columns that it is for: sizes do not enter, but where there is one row or one column only.
    stored : iterable of int
        The values to write to memory.
    same : dict of int to int
        Of `stored`, those that are written where another value was read, in its place.
    """
    return _Writer(group, grid, frozenset(stored), same).source()


class _Writer:
    def __init__(self, group: Group, grid: tuple[int, int], stored: frozenset[int], same: dict[int, int]) -> None:
        levels = group.levels(*grid)
        assert levels is not None
        self.group = group
        self.levels = levels
        self.rows, self.columns = grid[0] > 1, grid[1] > 1  # whether there are such loops
        self.stored = stored
        self.same = same
        self.values = group.values
        self.outputs = group.outputs
        self.phase: dict[int, int] = {}
        self.alias: dict[int, int] = {}  # values that are others by another name
        self.name: dict[int, str] = {}  # the local variable of each value
        self.reads: dict[int, str] = {}
        self.writes: dict[int, str] = {}
        self.constants: list[float] = []
        self.scratch: dict[int, str] = {}
        self.scratch_dtypes: list[Any] = []
        self.totals: dict[int, str] = {}
        self.before: list[str] = []  # lines before all loops
        self.row: list[list[str]] = []  # of each phase: those before its loop over columns
        self.inner: list[list[str]] = []  # those within it
        self.stores: list[list[str]] = []  # those at its end, behind whatever reads what they may write over
        self.after_row: list[str] = []
        self.after: list[str] = []
        self.loaded: set[tuple[int, int]] = set()  # values that a phase has got already
        self._find_phases()

    # What is known when

    def _find_phases(self) -> None:
        for member in self.group.members:
            i = member.instruction
            phases = [self.phase.setdefault(self._source(a.number), 0) for a in member.operands if type(a) is Ref]
            phase = max(phases, default=0)
            if member.kind in (RENAME, BROADCAST):
                self.alias[i.output] = self._source(i.args[0].number)
                continue
            if member.kind == REDUCE:
                of, to = self.levels[i.args[0].number], self.levels[i.output]
                if of == to:
                    self.alias[i.output] = self._source(i.args[0].number)
                    continue
                self.phase[i.output] = phase + 1 if to.row == of.row else phase
            elif member.kind == PICK:
                whole = self._source(i.args[0].number)
                chosen = self.phase[self._source(i.args[1].number)]
                self.phase[i.output] = max(self.phase[whole] + 1 if whole in self.outputs else 0, chosen)
            else:
                self.phase[i.output] = phase
        count = max(self.phase.values(), default=0) + 1
        self.row = [[] for _ in range(count)]
        self.inner = [[] for _ in range(count)]
        self.stores = [[] for _ in range(count)]

    def _source(self, number: int) -> int:
        return self.alias.get(number, number)

    # Values

    def _read(self, number: int) -> str:
        """The array argument of a value from outside."""
        return self.reads.setdefault(number, f"x{len(self.reads)}")

    def _written(self, number: int) -> str:
        """The array argument of a value that is stored."""
        if number in self.same and self.same[number] in self.reads:
            return self.reads[self.same[number]]
        return self.writes.setdefault(number, f"y{len(self.writes)}")

    def _index(self, level: Level) -> str:
        return ", ".join([*(["i"] if level.row else []), *(["j"] if level.column else [])]) or "0"

    def _type(self, number: int) -> str:
        return _TYPES[str(self.values[number][1])]

    def _value(self, number: int, level: Level, phase: int) -> str:
        """The name of a value in the lines of `level` and `phase`; where it is in memory it is got from there first."""
        number = self._source(number)
        of = self._level(number)
        name = self.name.setdefault(number, f"v{len(self.name)}")
        if number not in self.outputs:
            array = self._read(number)
            if not of.column:
                if (number, -1) not in self.loaded:
                    self.loaded.add((number, -1))
                    (self.row[0] if of.row else self.before).append(f"{name} = {array}[{self._index(of)}]")
            elif (number, phase) not in self.loaded:
                self.loaded.add((number, phase))
                self.inner[phase].append(f"{name} = {array}[{self._index(of)}]")
        elif of.column and self.phase[number] != phase and (number, phase) not in self.loaded:
            self.loaded.add((number, phase))
            self.inner[phase].append(f"{name} = {self._kept(number)}")
        return name

    def _level(self, number: int) -> Level:
        return self.levels[number]

    def _kept(self, number: int) -> str:
        """Where the elements of a value are when its phase is over."""
        if number in self.stored and number not in self.same:
            return f"{self._written(number)}[{self._index(self._level(number))}]"
        if number not in self.scratch:
            self.scratch[number] = f"t{len(self.scratch)}"
            self.scratch_dtypes.append(self.values[number][1])
            self.stores[self.phase[number]].append(f"{self.scratch[number]}[j] = {self.name[number]}")
        return f"{self.scratch[number]}[j]"

    def _converted(self, operand: Any, dtype: Any, level: Level, phase: int) -> str:
        kind = _TYPES[str(dtype)]
        if type(operand) is Ref:
            name = self._value(operand.number, level, phase)
            if self.values[operand.number][1] == dtype:
                return name
            return f"({name} != 0)" if kind == "bool" else f"{kind}({name})"
        self.constants.append(float(operand))
        name = f"c{len(self.constants) - 1}"
        got = f"constants[{len(self.constants) - 1}]"
        self.before.append(f"{name} = {got} != 0.0" if kind == "bool" else f"{name} = {kind}({got})")
        return name

    # Lines

    def source(self) -> Source:
        """All of it."""
        for member in self.group.members:
            if member.instruction.output not in self.alias:
                {MAP: self._map, REDUCE: self._reduce, PICK: self._pick, PLACE: self._place}[member.kind](member)
            self._store(member)
        arrays = [*self.reads.values(), *self.writes.values(), *self.scratch.values()]
        arguments = ["rows", "columns", "constants", *arrays]
        return Source(
            f"def kernel({', '.join(arguments)}):\n" + "\n".join(self._body()) + "\n",
            self.constants,
            [(n, self._level(n)) for n in self.reads],
            [(n, self._level(n)) for n in self.writes],
            self.scratch_dtypes,
            self.totals,
        )

    def _body(self) -> list[str]:
        row: list[str] = []
        for before, inner, stores in zip(self.row, self.inner, self.stores):
            row += before
            if inner or stores:
                row += ["for j in range(columns):", *_indented(inner + stores)]
        row += self.after_row
        if self.rows:
            row = ["for i in range(rows):", *_indented(row or ["pass"])]
        return _indented([*self.before, *row, *self.after] or ["pass"])

    def _lines(self, level: Level, phase: int) -> list[str]:
        """Where the lines of such a value belong."""
        if level.column:
            return self.inner[phase]
        return self.row[phase] if level.row or not self.rows else self.before

    def _set(self, number: int, text: str) -> None:
        level, phase = self._level(number), self.phase[number]
        name = self.name.setdefault(number, f"v{len(self.name)}")
        self._lines(level, phase).append(f"{name} = {text}")

    def _map(self, member: Member) -> None:
        i = member.instruction
        level, phase = self._level(i.output), self.phase[i.output]
        kinds = [member.dtype] * len(member.operands)
        if i.name == "where":
            kinds[0] = self.values[member.operands[0].number][1]
        if i.name == "astype":
            member = member._replace(instruction=i._replace(args=i.args[:1]))
        assert member.expression is not None
        given = [self._converted(a, kind, level, phase) for a, kind in zip(member.operands, kinds)]
        text = member.expression.text.format(*given, T=_TYPES[str(member.dtype)])
        self._set(i.output, text if i.dtype.kind == "b" else f"{self._type(i.output)}({text})")

    def _reduce(self, member: Member) -> None:
        i = member.instruction
        operand, name, kind = i.args[0].number, i.name, self._type(i.output)
        of, to = self._level(operand), self._level(i.output)
        phase = self.phase[self._source(operand)]
        value = self._value(operand, of, phase)
        start = f"{kind}({STARTS[name]})"
        if to.row == of.row:  # along the columns, within a row
            acc = self.name.setdefault(i.output, f"v{len(self.name)}")
            self.row[phase].append(f"{acc} = {start}")
            self.inner[phase].append(f"{acc} = {COMBINED[name].format(acc=acc, value=value)}")
            return
        self.totals[i.output] = name
        array = self._written(i.output)
        if to.column:  # along the rows
            place = f"{array}[j]"
            self.inner[phase].append(f"{place} = {COMBINED[name].format(acc=place, value=value)}")
            return
        acc = f"total{len(self.totals)}"
        self.before.append(f"{acc} = {start}")
        self.after.append(f"{array}[0] = {COMBINED[name].format(acc=f'{array}[0]', value=acc)}")
        if of.column:  # along both: first within a row
            part = f"part{len(self.totals)}"
            self.row[phase].append(f"{part} = {start}")
            self.inner[phase].append(f"{part} = {COMBINED[name].format(acc=part, value=value)}")
            self._after_inner(phase).append(f"{acc} = {COMBINED[name].format(acc=acc, value=part)}")
        else:
            self.row[phase].append(f"{acc} = {COMBINED[name].format(acc=acc, value=value)}")

    def _after_inner(self, phase: int) -> list[str]:
        return self.row[phase + 1] if phase + 1 < len(self.row) else self.after_row

    def _pick(self, member: Member) -> None:
        i = member.instruction
        whole, phase = self._source(i.args[0].number), self.phase[i.output]
        index = self._place_in_row(i.args[1].number, phase)
        if not self.columns:
            self._set(i.output, self._value(whole, self._level(whole), phase))
            return
        if whole in self.outputs:
            text = self._kept(whole).replace("j]", f"{index}]")
        else:
            text = f"{self._read(whole)}[{'i, ' if self.rows else ''}{index}]"
        self._set(i.output, text)

    def _place(self, member: Member) -> None:
        i = member.instruction
        level, phase = self._level(i.output), self.phase[i.output]
        value = self._value(i.args[0].number, level, phase)
        index = self._place_in_row(i.args[1].number, phase)
        if not self.columns:
            self._set(i.output, value)
            return
        self._set(i.output, f"{value} if j == {index} else {self._type(i.output)}(0)")

    def _place_in_row(self, number: int, phase: int) -> str:
        """The name of a checked index along the row."""
        level = Level(self.rows, False)
        value = self._value(number, level, phase)
        index = f"at_{value}"
        if (self._source(number), -2) not in self.loaded:
            self.loaded.add((self._source(number), -2))
            lines = self.row[self.phase[self._source(number)]]
            lines += [
                f"{index} = {value} + columns if {value} < 0 else {value}",
                f"if {index} < 0 or {index} >= columns:",
                '    raise IndexError("an index along an axis is out of bounds")',
            ]
        return index

    def _store(self, member: Member) -> None:
        """Write a value to memory where others read it."""
        i = member.instruction
        number = i.output
        if number not in self.stored or number in self.totals:
            return
        level = self._level(number)
        self.phase.setdefault(number, self.phase.get(self._source(number), 0))
        name = self._value(number, level, self.phase[number])
        lines = self.stores[self.phase[number]] if level.column else self.after_row
        if self.rows and not level.row and not level.column:
            lines = self.after
        lines.append(f"{self._written(number)}[{self._index(level)}] = {name}")


_TYPES = {"bool": "bool", "float32": "float32", "float64": "float64", "int64": "int64"}


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
