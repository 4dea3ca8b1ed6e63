"""The order of a program's instructions, and the steps that they are done in."""

from __future__ import annotations

from typing import NamedTuple

from ..backend.indexing import is_basic
from ..backend.recorder import LINKED, Instruction
from .fusion import BROADCAST, REDUCE, RENAME, Group, Member, Values, member_of
from .simplify import references

__all__ = ["Schedule", "schedule"]

VIEWS = LINKED | {"reshape"}


class Schedule(NamedTuple):
    """What is done, in order, and what is only looked at in another way.

    Attributes
    ----------
    steps : list of Group or Instruction
        Loops over elements, and instructions that are done by themselves.
    views : dict of int to Instruction
        Values that are in the memory of others, or may be: by their number, how they come from these.
    stored : set of int
        Of the values that groups compute, those that others read: they have memory.
    """

    steps: list[Group | Instruction]
    views: dict[int, Instruction]
    stored: set[int]


def schedule(instructions: list[Instruction], values: Values, wanted: set[int]) -> Schedule:
    """Bring instructions into steps that pass over memory as seldom as possible.

    What can wait until its result is needed waits, so that it is computed where it is used rather than stored until
    then. Each instruction joins the groups that compute its operands, or that read what it reads.
    """
    members = {i.output: member_of(i, values) for i in instructions}
    depth = _depths(instructions, members)
    builder = _Builder(values)
    for i in sorted(instructions, key=lambda i: depth[i.output]):  # (sorting is stable)
        member = members[i.output]
        if member is not None and builder.join(member, depth[i.output]):
            continue
        if _is_view(i) and (member is None or member.kind in (RENAME, BROADCAST)):
            builder.view(i)
        elif member is None or not builder.begin(member, depth[i.output]):
            builder.alone(i)
    steps = [step for step in builder.steps if step is not None]
    return Schedule(steps, builder.views, _stored(steps, builder.views, wanted))


def _is_view(i: Instruction) -> bool:
    """Whether an instruction looks at memory in another way; `reshape` may copy, which is done where it is read."""
    return i.name in VIEWS and (i.name != "getitem" or is_basic(i.args[1]))


class _Builder:
    """The steps so far.

    Attributes
    ----------
    steps : list of Group, Instruction or None
        None where a group was that has become a part of another.
    made : dict of int to int
        The place of the step that computes each value; that of a view is where its memory is written.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.steps: list[Group | Instruction | None] = []
        self.made: dict[int, int] = {}
        self.views: dict[int, Instruction] = {}
        self.depths: dict[int, int] = {}
        self.reads: list[set[int]] = []

    def alone(self, i: Instruction) -> None:
        """A step of one instruction."""
        self._append(i, i)

    def view(self, i: Instruction) -> None:
        """No step: another way to look at what is there."""
        self.views[i.output] = i
        self.made[i.output] = self._ready(i)

    def begin(self, member: Member, depth: int) -> bool:
        """A new group, if loops can do this at all."""
        group = Group(member, self.values)
        if not group.grids:
            return False
        self._append(group, member.instruction)
        self.depths[len(self.steps) - 1] = depth
        return True

    def join(self, member: Member, depth: int) -> bool:
        """Take an instruction into the groups of the same depth that compute its operands, or read one of them."""
        i = member.instruction
        operands = set(references((i.args, i.kwargs)))
        ready = self._ready(i)
        made = {self.made[n] for n in operands if n not in self.views and n in self.made}
        homes = sorted(place for place in made if self.depths.get(place) == depth)
        for place in homes[1:]:
            if not self._merge(homes[0], place):
                return self._into(homes[-1], member, operands)
        if homes:
            return self._into(homes[0], member, operands)
        beside = [p for p, d in self.depths.items() if d == depth and p >= ready and self.reads[p] & operands]
        return any(self._into(place, member, operands) for place in beside)

    def _into(self, place: int, member: Member, operands: set[int]) -> bool:
        group = self.steps[place]
        if not isinstance(group, Group) or place < self._ready(member.instruction):
            return False
        if any(n in self.views and self.made.get(n) == place for n in operands):
            return False  # what it looks at is there only when the group has ended
        if not group.join(member):
            return False
        self.made[member.instruction.output] = place
        self.reads[place] |= operands
        return True

    def _merge(self, first: int, second: int) -> bool:
        """Make the later of two groups a part of the earlier, where all that it reads is there by then."""
        one, other = self.steps[first], self.steps[second]
        assert isinstance(one, Group)
        assert isinstance(other, Group)
        if any(first < self.made.get(n, -1) != second for n in self.reads[second]):
            return False
        if any(self.made.get(n, -1) == first and n in self.views for n in self.reads[second]):
            return False
        if not one.absorb(other):
            return False
        self.reads[first] |= self.reads[second]
        self.steps[second] = None
        del self.depths[second]
        self.made.update((n, first) for n, place in self.made.items() if place == second)
        return True

    def _append(self, step: Group | Instruction, i: Instruction) -> None:
        self.steps.append(step)
        self.reads.append(set(references((i.args, i.kwargs))))
        self.made[i.output] = len(self.steps) - 1

    def _ready(self, i: Instruction) -> int:
        """The place of the last step that it needs; -1 for none."""
        return max((self.made.get(n, -1) for n in references((i.args, i.kwargs))), default=-1)


def _depths(instructions: list[Instruction], members: dict[int, Member | None]) -> dict[int, int]:
    """How many steps at least come before each; what only transforms elements is as late as possible."""

    def apart(before: Instruction, after: Instruction) -> int:
        """How many steps further the second of two is, where it reads the first."""
        return 0 if members[before.output] is not None and members[after.output] is not None else 1

    by_output = {i.output: i for i in instructions}
    depth: dict[int, int] = {}
    readers: dict[int, list[Instruction]] = {}
    for i in instructions:
        sources = [by_output[n] for n in references((i.args, i.kwargs)) if n in by_output]
        depth[i.output] = max((depth[s.output] + apart(s, i) for s in sources), default=0)
        for s in sources:
            readers.setdefault(s.output, []).append(i)
    for i in reversed(instructions):
        member = members[i.output]
        if member is not None and member.kind != REDUCE and i.output in readers:
            depth[i.output] = min(depth[r.output] - apart(i, r) for r in readers[i.output])
    return depth


def _stored(steps: list[Group | Instruction], views: dict[int, Instruction], wanted: set[int]) -> set[int]:
    """The values of groups that are read outside of their group."""
    read: set[int] = set(wanted)
    for view in views.values():
        read.update(references((view.args, view.kwargs)))
    inside: set[int] = set()
    for step in steps:
        if isinstance(step, Group):
            inside |= step.outputs
            read |= step.reads
        else:
            read.update(references((step.args, step.kwargs)))
    return inside & read
