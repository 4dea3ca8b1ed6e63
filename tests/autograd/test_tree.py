"""Nests of tuples, lists and dictionaries."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tinygrad_nn.autograd.tree import flatten, mapped, rebuilt


class Pair(NamedTuple):
    a: object
    b: object


TREE = {"x": [1, (2, 3)], "y": Pair(4, {"z": 5})}


def test_leaves_in_order_and_back() -> None:
    assert flatten(TREE) == [1, 2, 3, 4, 5]
    assert rebuilt(TREE, [x * 10 for x in flatten(TREE)]) == mapped(lambda x: x * 10, TREE)
    assert isinstance(mapped(lambda x: x, TREE)["y"], Pair)
    assert flatten(7) == [7]
    assert flatten(()) == []


def test_several_at_once() -> None:
    assert mapped(lambda a, b: a - b, TREE, mapped(lambda x: x * x, TREE))["x"] == [0, (-2, -6)]


def test_forms_that_differ() -> None:
    with pytest.raises(TypeError, match=r"dictionary with the keys \['x', 'y'\], found one with the keys \['x'\]"):
        mapped(lambda a, b: a, TREE, {"x": 1})
    with pytest.raises(TypeError, match="list of 2, found a tuple of 3"):
        mapped(lambda a, b: a, [1, 2], (1, 2, 3))
    with pytest.raises(TypeError, match="tuple of 1, found a int"):
        mapped(lambda a, b: a, (1,), 3)
