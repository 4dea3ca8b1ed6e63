"""Exact derivatives without any graph: what each element changes by, to second order, along every direction there is.

A `Jet` belongs to an array of values that is kept elsewhere. NaN stands for "not known", and whatever is computed from
it is not known either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["DIRECTIONS", "Jet", "constant", "joined", "moved", "placed", "plus", "product", "summed", "through"]

DIRECTIONS = 20


@dataclass
class Jet:
    """First derivatives (*shape, DIRECTIONS) and second ones (*shape, DIRECTIONS, DIRECTIONS)."""

    first: Any
    second: Any


def constant(shape: tuple[int, ...]) -> Jet:
    return Jet(np.zeros((*shape, DIRECTIONS)), np.zeros((*shape, DIRECTIONS, DIRECTIONS)))


def moved(jet: Jet, places: Any) -> Jet:
    """The elements at `places`, an array of numbers that count the elements of the jet row by row."""
    first = jet.first.reshape(-1, DIRECTIONS)[places]
    return Jet(first, jet.second.reshape(-1, DIRECTIONS, DIRECTIONS)[places])


def placed(jet: Jet, places: Any, value: Jet) -> Jet:
    """The jet with those of `value` at `places`."""
    result = Jet(jet.first.copy(), jet.second.copy())
    result.first.reshape(-1, DIRECTIONS)[places] = value.first
    result.second.reshape(-1, DIRECTIONS, DIRECTIONS)[places] = value.second
    return result


def joined(jets: list[Jet]) -> Jet:
    """Jets of one shape along a new first axis."""
    return Jet(np.stack([jet.first for jet in jets]), np.stack([jet.second for jet in jets]))


def summed(jet: Jet, axes: tuple[int, ...]) -> Jet:
    return Jet(jet.first.sum(axes), jet.second.sum(axes))


def plus(a: Jet, b: Jet, sign: float = 1) -> Jet:
    return Jet(a.first + sign * b.first, a.second + sign * b.second)


def product(x: Any, a: Jet, y: Any, b: Jet) -> Jet:
    """Of two factors of one shape, with the values `x` and `y`."""
    x, y = x[..., None], y[..., None]
    mixed = a.first[..., :, None] * b.first[..., None, :]
    return Jet(
        x * b.first + y * a.first,
        x[..., None] * b.second + y[..., None] * a.second + mixed + np.swapaxes(mixed, -1, -2),
    )


def through(jet: Jet, slope: Any, curvature: Any) -> Jet:
    """A function of each element, from its first two derivatives there."""
    slope, curvature = slope[..., None], curvature[..., None, None]
    squared = jet.first[..., :, None] * jet.first[..., None, :]
    return Jet(slope * jet.first, slope[..., None] * jet.second + curvature * squared)
