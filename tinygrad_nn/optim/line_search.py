"""Looking along a line for a point that is low and flat enough."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

from ..tensor import Tensor

__all__ = ["Point", "strong_wolfe"]

_DESCENT, _FLATNESS = 1e-4, 0.9  # c1 and c2 of the Wolfe conditions


class Point(NamedTuple):
    """A point of the line, by its place on it, and what the function is like there."""

    at: float
    value: float
    slope: float
    gradient: Tensor


def strong_wolfe(evaluate: Callable[[float], Point], start: Point, at: float, *, reach: float, limit: int,
                 tolerance: float) -> tuple[Point, int]:  # fmt: skip
    """Find a point where the function has fallen by enough and its slope is small (the strong Wolfe conditions).

    First it steps out until a minimum must lie between two points, then these are brought together.

    Parameters
    ----------
    evaluate : callable
        The point at a place.
    start : Point
        That at 0, where the function falls.
    at : float
        Where to look first.
    reach : float
        The largest change of any coordinate between the points at 0 and 1.
    limit : int
        How many further points to look at, at most.
    tolerance : float
        Two points between which no coordinate changes by more are one.

    Returns
    -------
    Point, int
        The best point that was found, and how many were looked at.

    References
    ----------
    J. Nocedal and S. J. Wright, "Numerical Optimization", 2nd edition 2006, algorithms 3.5 and 3.6.
    """

    def is_too_high(point: Point) -> bool:
        return point.value > start.value + _DESCENT * point.at * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -_FLATNESS * start.slope

    before, point, steps = start, evaluate(at), 0
    while steps < limit:
        has_risen = is_too_high(point) or (steps > 1 and point.value >= before.value)
        if is_flat(point) and not has_risen:
            return point, steps + 1
        if has_risen or point.slope >= 0:
            break
        further = _lowest(before, point, point.at + 0.01 * (point.at - before.at), point.at * 10.0)
        before, point, steps = point, evaluate(further), steps + 1
    else:
        before = start
    low, high = (before, point) if before.value <= point.value else (point, before)

    was_near = False  # whether the last point was close to an end
    while steps < limit:
        left, right = min(low.at, high.at), max(low.at, high.at)
        if (right - left) * reach < tolerance:
            break
        at = _lowest(low, high, left, right)
        margin = 0.1 * (right - left)
        is_near = min(right - at, at - left) < margin
        if is_near and (was_near or not left < at < right):
            at = right - margin if right - at < at - left else left + margin
            is_near = False
        was_near = is_near
        point, steps = evaluate(at), steps + 1
        if is_too_high(point) or point.value >= low.value:
            low, high = (point, low) if point.value < low.value else (low, point)
        elif is_flat(point):
            low = point
            break
        else:
            low, high = point, low if point.slope * (high.at - low.at) >= 0 else high
    return low, steps + 1


def _lowest(a: Point, b: Point, left: float, right: float) -> float:
    """Where the cubic through two points with their slopes is lowest, between `left` and `right`."""
    if a.at > b.at:
        a, b = b, a
    bend = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.at - b.at)
    square = bend * bend - a.slope * b.slope
    if not square >= 0.0:
        return (left + right) / 2.0
    root = sqrt(square)
    width = b.slope - a.slope + 2.0 * root
    if width == 0.0:  # a straight line
        return right if b.value < a.value else left
    return min(max(b.at - (b.at - a.at) * ((b.slope + root - bend) / width), left), right)
