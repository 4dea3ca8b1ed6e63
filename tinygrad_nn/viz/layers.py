"""Boxes in rows, one below the other, with the lines between them: where each is to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["Arrangement", "arranged"]

GAP = 18.0  # between boxes of a row
BETWEEN = 34.0  # between rows
LINE = 10.0  # width that a line takes that passes through a row
SWEEPS = 12

Point = tuple[float, float]


class Arrangement(NamedTuple):
    """Where boxes and lines are.

    Attributes
    ----------
    corners : dict of str to (float, float)
        The upper left corner of each box.
    lines : dict of (str, str) to list of (float, float)
        The points that each line goes through, from the lower edge of one box to the upper edge of another. Between the
        points of odd and even number, counted from 0, it crosses a row and goes straight down.
    size : (float, float)
        Width and height of all.
    """

    corners: dict[str, Point]
    lines: dict[tuple[str, str], list[Point]]
    size: Point


def arranged(
    boxes: Mapping[str, Point], rows: Mapping[str, int], edges: Iterable[tuple[str, str]]
) -> Arrangement:  # fmt: skip
    """Arrange boxes so that lines are short and cross seldom.

    Parameters
    ----------
    boxes : mapping of str to (float, float)
        Width and height of each, by a name.
    rows : mapping of str to int
        The row that each is in; rows may be left out.
    edges : iterable of (str, str)
        The lines, each from a box to one in a later row.

    Returns
    -------
    Arrangement
    """
    if not boxes:
        return Arrangement({}, {}, (0.0, 0.0))
    used = {row: k for k, row in enumerate(sorted(set(rows.values())))}
    order: list[list[str]] = [[] for _ in used]
    width = {name: w for name, (w, _) in boxes.items()}
    for name in boxes:
        order[used[rows[name]]].append(name)
    paths: dict[tuple[str, str], list[str]] = {}
    for start, end in edges:  # a line that passes through rows takes its place in each of them
        through = [f"{start} {end} {k}" for k in range(used[rows[start]] + 1, used[rows[end]])]
        for k, name in enumerate(through, start=used[rows[start]] + 1):
            order[k].append(name)
            width[name] = LINE
        paths[start, end] = [start, *through, end]
    above: dict[str, list[str]] = {name: [] for name in width}
    below: dict[str, list[str]] = {name: [] for name in width}
    for path in paths.values():
        for one, other in zip(path, path[1:]):
            below[one].append(other)
            above[other].append(one)
    _sort(order, above, below)
    middle = _place(order, above, below, width)
    heights = [max(boxes[name][1] for name in row if name in boxes) for row in order]
    tops = [sum(heights[:k]) + k * BETWEEN for k in range(len(heights))]
    row_of = {name: k for k, row in enumerate(order) for name in row}
    left = min(middle[name] - width[name] / 2 for name in width)
    corners = {name: (middle[name] - width[name] / 2 - left, tops[row_of[name]]) for name in boxes}
    lines = {}
    for (start, end), path in paths.items():
        points = [(middle[start] - left, tops[row_of[start]] + boxes[start][1])]
        for name in path[1:-1]:
            x, top = middle[name] - left, tops[row_of[name]]
            points += [(x, top), (x, top + heights[row_of[name]])]
        lines[start, end] = [*points, (middle[end] - left, tops[row_of[end]])]
    right = max(middle[name] + width[name] / 2 for name in width)
    return Arrangement(corners, lines, (right - left, tops[-1] + heights[-1]))


def _sort(order: list[list[str]], above: dict[str, list[str]], below: dict[str, list[str]]) -> None:
    """Bring each row into the order of what its boxes are connected with, downwards and upwards in turn."""
    for sweep in range(SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for row in order if sweep % 2 == 0 else order[::-1]:
            place = {name: k / max(1, len(other) - 1) for other in order for k, name in enumerate(other)}
            here = {name: [place[n] for n in neighbours[name]] or [place[name]] for name in row}
            row.sort(key=lambda name: sum(here[name]) / len(here[name]))


def _place(
    order: list[list[str]], above: dict[str, list[str]], below: dict[str, list[str]], width: dict[str, float]
) -> dict[str, float]:  # fmt: skip
    """The middle of each box: as near to those that it is connected with as the others of its row let it be."""
    middle: dict[str, float] = {}
    for row in order:
        middle.update(zip(row, _spread([0.0] * len(row), [width[name] for name in row])))
    for sweep in range(2 * SWEEPS):
        for row in order if sweep % 2 == 0 else order[::-1]:
            wanted = []
            for name in row:
                near = [middle[n] for n in [*above[name], *below[name]]]
                wanted.append(sum(near) / len(near) if near else middle[name])
            middle.update(zip(row, _spread(wanted, [width[name] for name in row])))
    return middle


def _spread(wanted: list[float], widths: list[float]) -> list[float]:
    """Places in order that do not overlap, with the least squares of distances from those that are wanted."""
    offsets = [0.0]
    for one, other in zip(widths, widths[1:]):
        offsets.append(offsets[-1] + (one + other) / 2 + GAP)
    blocks: list[tuple[float, int]] = []  # boxes that stand side by side: the mean of what they want, and how many
    for want, offset in zip(wanted, offsets):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, others = blocks.pop()
            mean, count = (mean * count + before * others) / (count + others), count + others
        blocks.append((mean, count))
    starts = [mean for mean, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets)]
