"""Nested states (dicts and lists of tensors, numbers and texts) as one JSON tree and tensors by name, and back.

JSON has neither tensors, nor tuples, nor keys that are numbers. Each is a dict with one key that begins with ``@``:
``{"@tensor": name}``, ``{"@tuple": [...]}``, ``{"@items": [[key, value], ...]}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..tensor import Tensor

__all__ = ["pack", "unpack"]


def pack(state: Any, name: str, tensors: dict[str, Any]) -> Any:
    """Return the JSON tree of `state`, and put its tensors into `tensors`, under names that begin with `name`."""
    if isinstance(state, np.ndarray):
        state = Tensor(state)
    if isinstance(state, Tensor):
        tensors[name] = state
        return {"@tensor": name}
    if isinstance(state, np.generic):
        return state.item()
    if state is None or isinstance(state, (bool, int, float, str)):
        return state
    if isinstance(state, Mapping):
        items = [(key, pack(value, f"{name}/{key}", tensors)) for key, value in state.items()]
        if all(isinstance(key, str) and not key.startswith("@") for key in state):
            return dict(items)
        return {"@items": [[pack(key, name, tensors), value] for key, value in items]}
    if isinstance(state, (list, tuple)):
        values = [pack(value, f"{name}/{i}", tensors) for i, value in enumerate(state)]
        return values if isinstance(state, list) else {"@tuple": values}
    raise TypeError(
        f"{name} is a {type(state).__name__}; a checkpoint holds tensors, numbers, texts, None, lists, tuples and dicts"
    )


def unpack(tree: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Return the state whose JSON tree `tree` is."""
    if isinstance(tree, list):
        return [unpack(value, tensors) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if "@tensor" in tree:
        return tensors[tree["@tensor"]]
    if "@tuple" in tree:
        return tuple(unpack(value, tensors) for value in tree["@tuple"])
    if "@items" in tree:
        return {unpack(key, tensors): unpack(value, tensors) for key, value in tree["@items"]}
    return {key: unpack(value, tensors) for key, value in tree.items()}
