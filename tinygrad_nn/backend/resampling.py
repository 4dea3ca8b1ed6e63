"""Interpolation along an axis as weighted sums over windows: which elements each new one is made of.

All give a table of places and weights, (elements, new ones), for an axis of `size` elements that is to have `count`.
Where one new element is at the next, `step` elements further on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["blended", "cubic", "linear", "nearest"]


def nearest(size: int, count: int, step: float, centred: bool) -> tuple[Any, Any]:
    """The element below each place; with `centred`, places are in the middle of elements and not at their beginning."""
    # in float32 as in PyTorch, which decides what is below where a place falls on an element
    found = np.floor((np.arange(count, dtype=np.float32) + np.float32(0.5 * centred)) * np.float32(step))
    return np.minimum(found.astype(np.int64), size - 1)[None], np.ones((1, count))


def linear(size: int, count: int, step: float, corners: bool) -> tuple[Any, Any]:
    """The two elements around each place."""
    below, part = _around(np.maximum(_sources(count, step, corners), 0))
    return np.minimum(below + np.arange(2)[:, None], size - 1), np.stack([1 - part, part])


def cubic(size: int, count: int, step: float, corners: bool) -> tuple[Any, Any]:
    """The four elements around each place (Keys 1981, with -0.75); those at the ends stand for what is beyond."""
    below, part = _around(_sources(count, step, corners))
    element = np.arange(-1, 3)[:, None]
    return np.clip(below + element, 0, size - 1), _cubic(element - part, -0.75)


def blended(size: int, count: int, step: float, kind: str) -> tuple[Any, Any]:
    """All elements that a new one covers where there are fewer of these, in the shape of linear or cubic weights."""
    wide = max(step, 1)
    reach = {"linear": 1, "cubic": 2}[kind] * wide
    centre = (np.arange(count) + 0.5) * step
    first, end = np.clip((centre + [[-reach], [reach]] + 0.5).astype(np.int64), 0, size)
    place = first + np.arange(max(end - first))[:, None]
    distance = (place - centre + 0.5) / wide
    weight = np.maximum(1 - np.abs(distance), 0) if kind == "linear" else _cubic(distance, -0.5)
    weight = np.where(place < end, weight, 0)
    return np.minimum(place, size - 1), weight / weight.sum(0)


def _sources(count: int, step: float, corners: bool) -> Any:
    """Where new elements are among those there are: the first and the last on each other, or the ends of both."""
    place = np.arange(count)
    return place * step if corners else (place + 0.5) * step - 0.5


def _around(source: Any) -> tuple[Any, Any]:
    below = np.floor(source)
    return below.astype(np.int64), source - below


def _cubic(distance: Any, a: float) -> Any:
    """The weight of an element at a distance from the place; `a` is the slope at distance 1."""
    x = np.abs(distance)
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))
