"""A plan as a picture: the steps of a program, and the values that go from one to the next."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from ..backend.live import LiveNumber
from ..compiler.explain import amounts, cost_of, summary, title_of, total_cost
from ..compiler.fusion import Group
from ..compiler.plan import Plan
from ..compiler.regions import Region, Step
from .layers import arranged
from .svg import LINE, PADDING, Kind, curve, page, rectangle, text

__all__ = ["draw_plan"]

WIDTH = 212.0  # of a step
LETTERS = 34  # in a line of a box
LISTED = 4  # lines of a box about values
KINDS = {
    "product": Kind("matrix product", "#dbeafe", "#2563eb"), "loops": Kind("loops over elements", "#fef3c7", "#d97706"),
    "other": Kind("other function", "#f3f4f6", "#6b7280"), "blocks": Kind("blocks of rows", "#ecfdf5", "#059669"),
    "input": Kind("input", "#e0e7ff", "#6366f1", 12), "state": Kind("state", "#f3e8ff", "#a855f7", 12),
    "output": Kind("what it leaves", "#dcfce7", "#16a34a", 12),
}  # fmt: skip


class _Box(NamedTuple):
    """What is in a box: lines of text, the first of them bold, and boxes below these."""

    kind: str
    lines: list[str]
    full: str
    inside: list[_Box]

    @property
    def size(self) -> tuple[float, float]:
        height = 2 * PADDING + LINE * len(self.lines) + sum(box.size[1] + PADDING for box in self.inside)
        if self.inside:
            return max(box.size[0] for box in self.inside) + 2 * PADDING, height
        if self.kind in ("input", "state", "output"):
            return max(70.0, 6.2 * max(map(len, self.lines)) + 2 * PADDING), height
        return WIDTH, height


def draw_plan(plan: Plan, path: str | os.PathLike[str]) -> Path:
    """Draw how a program is done: its steps from top to bottom, and the values that one computes for the other.

    Each step says what it has to compute and to move at least. With the pointer on a step or a line, its full name or
    the shapes of its values appear. Numbers that are the same in each run, and those of optimizers, are left out.

    Parameters
    ----------
    plan : Plan
        Of a program; `tinygrad_nn.compiler.Program.draw` makes one.
    path : str or path-like
        Where to save the picture: an SVG file that needs nothing else.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    ValueError
        The name of the file says that it is another kind of picture.

    Examples
    --------
    >>> import tempfile
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.compiler.plan import Plan
    >>> from tinygrad_nn.viz import draw_plan
    >>> program = tg.trace(lambda a, b: tg.tanh(a @ b + 1).sum(), tg.ones((64, 32)), tg.ones((32, 16)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = draw_plan(Plan(program), f"{folder}/plan.svg")
    ...     path.name, path.read_text().startswith("<svg")
    ('plan.svg', True)
    """
    file = Path(path)
    if file.suffix.lower() != ".svg":
        raise ValueError(f"draw: {file.name!r} is no name of an SVG file; let it end in .svg")
    boxes, rows, values = _graph(plan)
    place = arranged({name: box.size for name, box in boxes.items()}, rows, values)
    kinds = {part.kind for box in boxes.values() for part in (box, *box.inside)}
    drawn = [curve(place.lines[edge], _titled(numbers, plan)) for edge, numbers in values.items()]
    for name, box in boxes.items():
        drawn += _drawn(box, *place.corners[name])
    used = [kind for name, kind in KINDS.items() if name in kinds]
    file.write_text(page(_heading(plan), used, place.size, drawn), encoding="utf-8")
    return file


# What is drawn.


def _graph(plan: Plan) -> tuple[dict[str, _Box], dict[str, int], dict[tuple[str, str], set[int]]]:
    """The boxes, the rows that they are in, and the numbers of the values that go from one to another."""
    program = plan.program
    boxes: dict[str, _Box] = {}
    rows: dict[str, int] = {}
    values: dict[tuple[str, str], set[int]] = {}
    made: dict[int, str] = {}
    readers: dict[int, list[str]] = {}
    for k, step in enumerate(plan.steps):
        name = f"step {k}"
        boxes[name] = _step(plan, step, f"{k + 1}  ")
        rows[name] = 3 * (1 + max((rows[made[n]] // 3 for n in plan.reads_of(k) if n in made), default=0))
        for n in plan.reads_of(k):
            readers.setdefault(n, []).append(name)
            if n in made:
                values.setdefault((made[n], name), set()).add(n)
        made.update(dict.fromkeys(plan.outputs_of(step), name))
    given = [("input", n, "input") for n, *_ in program.inputs] + [("state", n, "state") for n, _ in program.state]
    given += [("input", n, "random") for n, draw in program.draws.items() if type(draw) is not LiveNumber]
    left = [("result", n) for n in plan.outputs]
    left += [("gradient", n) for _, n in program.grads if n is not None]
    left += [("gradient", n) for _, n in program.input_grads] + [("new state", n) for _, n in program.writes]
    roots = [plan.root(n) for _, n in left]
    together: dict[tuple[str, tuple[str, ...], bool], list[tuple[str, int]]] = {}
    for kind, n, word in given:
        if n in readers or n in roots:  # those that the same steps read share a box
            together.setdefault((kind, tuple(readers.get(n, ())), n in roots), []).append((word, n))
    for k, ((kind, names, _), members) in enumerate(together.items()):
        name = f"given {k}"
        boxes[name] = _values(plan, kind, members)
        rows[name] = min((rows[reader] for reader in names), default=3) - 1
        made.update((n, name) for _, n in members)
        for reader in names:
            values[name, reader] = {n for _, n in members}
    leaving: dict[str, list[tuple[str, int]]] = {}
    for root, (word, n) in zip(roots, left):
        leaving.setdefault(made.get(root, ""), []).append((word, n))
    for k, (maker, members) in enumerate(leaving.items()):
        name = f"left {k}"
        boxes[name] = _values(plan, "output", members)
        rows[name] = rows[maker] + (1 if maker.startswith("step") else 2) if maker else 4
        if maker:
            values[maker, name] = {n for _, n in members}
    return boxes, rows, values


def _step(plan: Plan, step: Step, number: str = "") -> _Box:
    title = title_of(plan, step)
    operations, moved = amounts(cost_of(plan, step))
    cost = f"{operations},  {moved}"
    if isinstance(step, Region):
        inside = [_step(plan, part) for part in step.steps]
        head, _, rest = title.partition(", ")
        return _Box("blocks", [number + head, rest, cost], title, inside)
    if isinstance(step, Group):
        head, _, rest = title.partition(": ")
    else:
        head, _, rest = title.partition(" ")
    kind = "loops" if isinstance(step, Group) else "product" if step.name == "matmul" else "other"
    lines = wrap(rest, LETTERS)
    if len(lines) > LISTED:
        lines = [*lines[: LISTED - 1], f"... {lines[LISTED - 1]}"[: LETTERS - 4] + " ..."]
    return _Box(kind, [number + head, *lines, cost], f"{title}\n{cost}", [])


def _values(plan: Plan, kind: str, members: list[tuple[str, int]]) -> _Box:
    counts = Counter(f"{word} {plan.values[plan.number(n)][0]}" for word, n in members)
    lines = [f"{line} x {count}" if count > 1 else line for line, count in counts.items()]
    if len(lines) > LISTED:
        lines[LISTED - 1 :] = [f"and {sum(list(counts.values())[LISTED - 1 :])} more"]
    return _Box(kind, lines, "\n".join(f"{word} {_typed(plan, n)}" for word, n in members), [])


def _typed(plan: Plan, n: int) -> str:
    shape, dtype = plan.values[plan.number(n)]
    return f"{dtype}{list(shape)}"


def _heading(plan: Plan) -> list[str]:
    operations, moved = amounts(total_cost(plan))
    first, *memory = summary(plan)
    return [first, f"{operations}, {moved} read and written", *(line.strip() for line in memory)]


# How.


def _drawn(box: _Box, x: float, y: float) -> Iterable[str]:
    kind = KINDS[box.kind]
    of_values = box.kind in ("input", "state", "output")
    yield f"<g><title>{escape(box.full)}</title>"
    yield rectangle(x, y, box.size, kind, dashed=bool(box.inside))
    y += PADDING - 3
    for k, line in enumerate(box.lines):
        y += LINE
        last = k == len(box.lines) - 1
        yield text(x + PADDING + 1, y, line, "" if of_values else "head" if k == 0 else "dim" if last else "")
    yield "</g>"
    for inner in box.inside:
        yield from _drawn(inner, x + PADDING, y + PADDING)
        y += inner.size[1] + PADDING


def _titled(numbers: set[int], plan: Plan) -> str:
    return "\n".join(_typed(plan, n) for n in sorted(numbers))
