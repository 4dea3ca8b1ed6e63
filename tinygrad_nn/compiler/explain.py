"""A plan in words: what is done in which steps, how much there is to compute and to move, and the memory it takes."""

from __future__ import annotations

from collections.abc import Sized
from math import prod
from typing import NamedTuple

from ..backend.recorder import Instruction
from .fusion import BROADCAST, RENAME, Group
from .plan import Plan
from .regions import Region, Step, reads
from .simplify import references

__all__ = ["Cost", "amounts", "cost_of", "explained", "summary", "title_of", "total_cost"]


class Cost(NamedTuple):
    """What a step has to do at least.

    Attributes
    ----------
    operations : int
        On numbers: two for each multiplication and addition of a matrix product, one for each element of what is
        computed or reduced element by element.
    moved : int
        Bytes of the arrays that it reads and writes, each counted once.
    """

    operations: int
    moved: int


def cost_of(plan: Plan, step: Step) -> Cost:
    """What a step of a plan has to do at least."""
    if isinstance(step, Region):
        inside = sum(cost_of(plan, part).operations for part in step.steps)
        read = {plan.root(n) for n in reads(step)} - step.computed
        return Cost(inside, sum(map(plan.bytes_of, read | step.outputs)))
    touched = {plan.root(n) for n in reads(step)} | set(plan.outputs_of(step))
    parts = _computing(step) if isinstance(step, Group) else [step]
    return Cost(sum([_operations(plan, i) for i in parts]), sum(map(plan.bytes_of, touched)))


def total_cost(plan: Plan) -> Cost:
    """What all steps of a plan have to do at least."""
    costs = [cost_of(plan, step) for step in plan.steps]
    return Cost(sum(c.operations for c in costs), sum(c.moved for c in costs))


def _computing(group: Group) -> list[Instruction]:
    """The instructions of a group but those that only look at values in another way."""
    return [m.instruction for m in group.members if m.kind not in (RENAME, BROADCAST)]


def _operations(plan: Plan, i: Instruction) -> int:
    shapes = [plan.values[n][0] for n in references(i.args)]
    if i.name == "matmul":
        return int(2 * prod(i.shape) * shapes[0][-1])
    return max(map(prod, [i.shape, *shapes]))


def title_of(plan: Plan, step: Step) -> str:
    """A step in one line."""
    if isinstance(step, Region):
        return f"in blocks of {min(step.block, step.rows)} of {step.rows} rows, on all cores"
    if isinstance(step, Group):
        rows, columns = step.grid
        return f"loops over {rows} x {columns}: {', '.join(i.name for i in _computing(step))}"
    shapes = " x ".join(str(plan.values[n][0]) for n in references(step.args))
    return f"{step.name} {shapes} -> {step.shape}"


def explained(plan: Plan) -> str:
    """The steps of a plan, line by line, and its memory."""
    first, *memory = summary(plan)
    lines = [first]
    for place, step in enumerate(plan.steps, start=1):
        lines.append(_line(f"{place:>4}", title_of(plan, step), cost_of(plan, step)))
        if isinstance(step, Region):
            lines += [_line("    ", f"  {title_of(plan, part)}", cost_of(plan, part)) for part in step.steps]
    return "\n".join([*lines, _line("    ", "in all", total_cost(plan)), *memory])


def summary(plan: Plan) -> list[str]:
    """How many steps there are; and the memory that they take, in two lines."""
    program, memory = plan.program, plan.memory
    return [
        f"plan of {program.name}: {_counted(program.instructions, 'instruction')} in {_counted(plan.steps, 'step')}",
        f"memory: {_size(memory.peak)} at its peak, of {_size(memory.values)} for all values that it computes",
        f"  arena {_size(memory.arena)}, gradients {_size(memory.kept)}, blocks {_size(memory.blocks)}; "
        f"inputs {_size(memory.inputs)} and state {_size(memory.state)} are there already",
    ]


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _line(number: str, title: str, cost: Cost) -> str:
    operations, moved = amounts(cost)
    return f"{number} {operations:>11} {moved:>9}  {title}"


def amounts(cost: Cost) -> tuple[str, str]:
    """Operations and bytes, as they are read most easily."""
    return _scaled(cost.operations, 1000, "FLOP"), _size(cost.moved)


def _size(count: int) -> str:
    return _scaled(count, 1024, "B")


def _scaled(count: float, base: int, unit: str) -> str:
    for prefix in ("", "k", "M"):
        if count < base:
            return f"{count:.3g} {prefix}{unit}"
        count /= base
    return f"{count:.3g} G{unit}"
