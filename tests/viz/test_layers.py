"""Boxes in rows do not overlap, and lines lead from one to the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.viz.layers import GAP, arranged


@st.composite
def graphs(draw: st.DrawFn):
    count = draw(st.integers(1, 14))
    boxes = {f"box {k}": (draw(st.floats(5, 300)), draw(st.floats(5, 90))) for k in range(count)}
    rows = {name: draw(st.integers(0, 9)) for name in boxes}
    pairs = [(one, other) for one in boxes for other in boxes if rows[one] < rows[other]]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return boxes, rows, edges


@given(graphs())
def test_arrangements(graph) -> None:
    boxes, rows, edges = graph
    place = arranged(boxes, rows, edges)
    for name, (x, y) in place.corners.items():
        width, height = boxes[name]
        assert x >= -1e-6
        assert x + width <= place.size[0] + 1e-6
        assert y >= 0
        assert y + height <= place.size[1] + 1e-6
        for other, (its_x, its_y) in place.corners.items():
            if rows[other] == rows[name] and other != name:
                assert its_y == y
                assert its_x >= x + width + GAP - 1e-6 or x >= its_x + boxes[other][0] + GAP - 1e-6
            if rows[other] > rows[name]:
                assert its_y >= y + height
    assert set(place.lines) == set(edges)
    for (start, end), points in place.lines.items():
        (x, y), (to_x, to_y) = place.corners[start], place.corners[end]
        assert abs(points[0][0] - x - boxes[start][0] / 2) < 1e-6
        assert abs(points[0][1] - y - boxes[start][1]) < 1e-6
        assert abs(points[-1][0] - to_x - boxes[end][0] / 2) < 1e-6
        assert abs(points[-1][1] - to_y) < 1e-6
        assert all(one[1] <= other[1] for one, other in zip(points, points[1:]))
        for (x, top), (same, bottom) in zip(points[1:-1:2], points[2:-1:2]):  # through rows, beside their boxes
            assert x == same
            for name, (left, upper) in place.corners.items():
                width, height = boxes[name]
                assert upper + height <= top or upper >= bottom or not left < x < left + width


def test_lines_that_need_not_cross_do_not() -> None:
    boxes = dict.fromkeys("abcdef", (40.0, 20.0))
    rows = dict(zip("abcdef", (0, 0, 0, 1, 1, 1)))
    place = arranged(boxes, rows, [("a", "f"), ("b", "e"), ("c", "d")])
    assert all(len(points) == 2 and abs(points[0][0] - points[1][0]) < 1 for points in place.lines.values())
