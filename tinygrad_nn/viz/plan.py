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

__all__ = ["draw_plan"]

WIDTH = 212.0  # of a step
LINE = 14.0  # height of a line of text
PADDING = 7.0
LETTERS = 34  # in a line of a box
LISTED = 4  # lines of a box about values
COLOURS = {  # of each kind of box: its area, and its edge
    "product": ("#dbeafe", "#2563eb"), "loops": ("#fef3c7", "#d97706"), "other": ("#f3f4f6", "#6b7280"),
    "blocks": ("#ecfdf5", "#059669"), "input": ("#e0e7ff", "#6366f1"), "state": ("#f3e8ff", "#a855f7"),
    "output": ("#dcfce7", "#16a34a"),
}  # fmt: skip
NAMES = {
    "product": "matrix product", "loops": "loops over elements", "other": "other function", "blocks": "blocks of rows",
    "input": "input", "state": "state", "output": "what it leaves",
}  # fmt: skip
STYLE = """
text { font-family: ui-sans-serif, "Helvetica Neue", Helvetica, Arial, sans-serif; font-size: 11px; fill: #111827; }
text.head { font-weight: bold; } text.dim { fill: #4b5563; } text.name { font-size: 15px; font-weight: bold; }
path.value { fill: none; stroke: #9ca3af; stroke-width: 1.3; } path.value:hover { stroke: #dc2626; stroke-width: 3; }
"""


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
    head = _heading(plan)
    top, width = LINE * (len(head) + 3.5), max(place.size[0], 640.0)
    parts = [_text(20, 26, head[0], "name")]
    parts += [_text(20, 26 + LINE * k, line, "dim") for k, line in enumerate(head[1:], start=1)]
    kinds = {part.kind for box in boxes.values() for part in (box, *box.inside)}
    parts += _legend(20, 26 + LINE * len(head), kinds)
    shift = (width - place.size[0]) / 2 + 20, top + 20
    parts.append(f'<g transform="translate({shift[0]:.1f} {shift[1]:.1f})">')
    parts += [_curve(place.lines[edge], numbers, plan) for edge, numbers in values.items()]
    for name, box in boxes.items():
        parts += _drawn(box, *place.corners[name])
    size = f"{width + 40:.0f}", f"{place.size[1] + top + 40:.0f}"
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}">\n<title>{escape(head[0])}</title>\n<style>{STYLE}</style>\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#6b7280"/></marker></defs>\n'
        '<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</g>\n</svg>\n",
        encoding="utf-8",
    )
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
    width, height = box.size
    area, edge = COLOURS[box.kind]
    corner = 12 if box.kind in ("input", "state", "output") else 3
    dash = ' stroke-dasharray="6 3"' if box.inside else ""
    yield f"<g><title>{escape(box.full)}</title>"
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{corner}" fill="{area}" '
        f'stroke="{edge}"{dash}/>'
    )
    y += PADDING - 3
    for k, line in enumerate(box.lines):
        y += LINE
        last = k == len(box.lines) - 1 and box.kind not in ("input", "state", "output")
        yield _text(x + PADDING + 1, y, line, "head" if k == 0 and corner == 3 else "dim" if last else "")
    yield "</g>"
    for inner in box.inside:
        yield from _drawn(inner, x + PADDING, y + PADDING)
        y += inner.size[1] + PADDING


def _curve(points: list[tuple[float, float]], numbers: set[int], plan: Plan) -> str:
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for k, (next_x, next_y) in enumerate(rest):
        if k % 2:  # through a row
            parts.append(f"L{next_x:.1f} {next_y:.1f}")
        else:
            bend = (y + next_y) / 2
            parts.append(f"C{x:.1f} {bend:.1f} {next_x:.1f} {bend:.1f} {next_x:.1f} {next_y:.1f}")
        x, y = next_x, next_y
    title = escape("\n".join(_typed(plan, n) for n in sorted(numbers)))
    return f'<path class="value" marker-end="url(#tip)" d="{" ".join(parts)}"><title>{title}</title></path>'


def _legend(x: float, y: float, kinds: set[str]) -> Iterable[str]:
    for kind in (kind for kind in COLOURS if kind in kinds):
        area, edge = COLOURS[kind]
        yield f'<rect x="{x:.1f}" y="{y:.1f}" width="11" height="11" rx="2" fill="{area}" stroke="{edge}"/>'
        yield _text(x + 16, y + 9.5, NAMES[kind], "dim")
        x += 34 + 5.6 * len(NAMES[kind])


def _text(x: float, y: float, text: str, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}">{escape(text)}</text>'
