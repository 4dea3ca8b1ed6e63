"""The two ways of doing a group: as loops that numba compiles, or as NumPy's own functions."""

from __future__ import annotations

from typing import Any

from ..backend.jit import installed
from .fusion import MAP, RENAME, Group
from .numpy_tier import NumpyGroup

__all__ = ["grid_for", "tier"]


def tier() -> Any:
    """`NumbaGroup` where numba is there, else `NumpyGroup`."""
    if installed() is None:
        return NumpyGroup
    from .numba_tier import NumbaGroup

    return NumbaGroup


def grid_for(group: Group, kind: Any) -> tuple[int, int]:
    """The rows and columns that a group is done in, where it is free to choose."""
    rows, columns = group.grid
    flat = (rows * columns, 1)
    if kind is NumpyGroup and flat in group.grids and all(m.kind in (MAP, RENAME) for m in group.members):
        return flat  # nothing but elements: a block may have any number of them
    return group.grid
