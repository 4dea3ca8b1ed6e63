"""Nests of tuples, lists and dictionaries with tensors in them: what functions to transform take and give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["flatten", "mapped", "rebuilt"]


def flatten(tree: Any) -> list[Any]:
    """The leaves of a nest, in order; dictionaries in the order of their keys' insertion."""
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in flatten(part)]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in flatten(part)]
    return [tree]


def mapped(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The same nest with ``function(leaf)`` in the place of each leaf; `others` are nests of the same form."""
    if isinstance(tree, dict):
        for other in others:
            if not isinstance(other, dict) or other.keys() != tree.keys():
                raise TypeError(f"wanted is a dictionary with the keys {list(tree)}, found {_described(other)}")
        return {key: mapped(function, part, *(other[key] for other in others)) for key, part in tree.items()}
    if isinstance(tree, (tuple, list)):
        for other in others:
            if not isinstance(other, (tuple, list)) or len(other) != len(tree):
                raise TypeError(f"wanted is a {type(tree).__name__} of {len(tree)}, found {_described(other)}")
        parts = [mapped(function, *together) for together in zip(tree, *others)]
        return type(tree)(*parts) if type(tree) not in (tuple, list) else type(tree)(parts)
    return function(tree, *others)


def rebuilt(tree: Any, leaves: list[Any]) -> Any:
    """The nest of the form of `tree` with these leaves."""
    rest = iter(leaves)
    return mapped(lambda leaf: next(rest), tree)


def _described(tree: Any) -> str:
    if isinstance(tree, dict):
        return f"one with the keys {list(tree)}"
    return f"a {type(tree).__name__} of {len(tree)}" if isinstance(tree, (tuple, list)) else f"a {type(tree).__name__}"
