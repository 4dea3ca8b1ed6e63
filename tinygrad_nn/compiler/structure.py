"""Nests of tuples, lists and dictionaries with tensors in them, as arguments and results of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.variable import Variable
from ..backend.errors import TraceError

__all__ = ["Leaf", "flatten", "form_and_tensors", "mapped", "unflatten"]


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
    raise _unknown(tree)


def _unknown(leaf: Any) -> TraceError:
    return TraceError(
        f"a traced function takes and returns tensors, numbers, and nests of them, not {type(leaf).__name__}"
    )


def flatten(tree: Any) -> list[Any]:
    """The tensors of a structure, in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found


def form_and_tensors(tree: Any) -> tuple[Any, list[Any]]:
    """The structure with all that is no tensor in it, which two equal ones have in common, and the tensors in order."""
    tensors: list[Any] = []

    def form(part: Any) -> Any:
        if isinstance(part, Variable):
            tensors.append(part)
            return Variable
        if isinstance(part, (tuple, list)):
            return type(part), *map(form, part)
        if isinstance(part, dict):
            return dict, *((key, form(value)) for key, value in part.items())
        if isinstance(part, (float, complex)):
            return type(part), repr(part)  # which tells -0.0 from 0.0, and finds a NaN again
        if part is None or isinstance(part, (bool, int, str)):
            return type(part), part
        raise _unknown(part)

    return form(tree), tensors


def unflatten(tree: Any, made: Callable[[int], Any]) -> Any:
    """A structure of places, filled."""
    return mapped(lambda leaf: made(leaf.number), tree)
