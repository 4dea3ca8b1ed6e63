"""The point that a line search finds fulfils the strong Wolfe conditions."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.optim.line_search import Point, strong_wolfe

FUNCTIONS = {
    "a parabola": (lambda t: (t - 3.0) ** 2, lambda t: 2 * (t - 3.0)),
    "far away": (lambda t: (t - 900.0) ** 2, lambda t: 2 * (t - 900.0)),
    "very near": (lambda t: (t - 1e-3) ** 2, lambda t: 2 * (t - 1e-3)),
    "bumps": (lambda t: t * t / 9 - 3 * np.sin(2 * t), lambda t: 2 * t / 9 - 6 * np.cos(2 * t)),
    "a wall": (lambda t: np.exp(5 * t) - 20 * t, lambda t: 5 * np.exp(5 * t) - 20),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("first", [0.1, 1.0, 20.0])
def test_what_is_found(name: str, first: float) -> None:
    f, slope = FUNCTIONS[name]
    places: list[float] = []

    def at(t: float) -> Point:
        places.append(t)
        return Point(t, float(f(t)), float(slope(t)), tg.zeros(1))

    start = at(0.0)
    found, count = strong_wolfe(at, start, first, reach=1.0, limit=25, tolerance=1e-9)
    assert count == len(places) - 1
    assert found.at in places
    assert found.value <= start.value + 1e-4 * found.at * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)


def test_it_ends_where_nothing_falls() -> None:
    found, count = strong_wolfe(
        lambda t: Point(t, 1.0 + t, 1.0, tg.zeros(1)), Point(0.0, 1.0, -1.0, tg.zeros(1)), 1.0, reach=1.0, limit=25,
        tolerance=1e-9,
    )  # fmt: skip
    assert found.at == 0.0
    assert count <= 26
