"""Nests of tuples, lists and dictionaries with tensors in them, as arguments and results of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.variable import Variable
from ..backend.errors import TraceError

__all__ = ["Leaf", "flatten", "mapped", "unflatten"]


class Leaf:
    """The place of a tensor in a structure, by the number of its value."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure with every tensor (or place of one) replaced."""
    if isinstance(tree, (Variable, Leaf)):
        return function(tree)
    if isinstance(tree, tuple):
        parts = [mapped(function, part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    if isinstance(tree, list):
        return [mapped(function, part) for part in tree]
    if isinstance(tree, dict):
        return {key: mapped(function, part) for key, part in tree.items()}
    if tree is None or isinstance(tree, (bool, int, float, complex, str)):
        return tree
    raise TraceError(
        f"a traced function takes and returns tensors, numbers, and nests of them, not {type(tree).__name__}"
    )


def flatten(tree: Any) -> list[Any]:
    """The tensors of a structure, in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def unflatten(tree: Any, made: Callable[[int], Any]) -> Any:
    """A structure of places, filled."""
    return mapped(lambda leaf: made(leaf.number), tree)
