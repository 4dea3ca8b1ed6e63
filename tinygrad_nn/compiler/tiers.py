"""The two ways of doing a group: as loops that numba compiles, or as NumPy's own functions."""

from __future__ import annotations

from typing import Any

from ..backend.jit import installed
from .fusion import MAP, RENAME, Group
from .numpy_tier import NumpyGroup

__all__ = ["MOST", "Tiers"]

MOST = 64  # compiled functions of one program: each takes some tenths of a second when it is met for the first time


class Tiers:
    """Chooses for each group of a program: loops where numba is there, unless they are too many to be compiled."""

    def __init__(self) -> None:
        self.compiled: set[str] = set()  # the sources of the program's loops

    def kernel(self, group: Group, stored: set[int], same: dict[int, int], grid: tuple[int, int] | None = None) -> Any:
        """What computes a group: a `NumbaGroup` or a `NumpyGroup`.

        Parameters
        ----------
        group : Group
            The instructions.
        stored : set of int
            The values to write.
        same : dict of int to int
            Of these, those that are written over another that is read.
        grid : (int, int) or None
            The rows and columns; None where the group is free to choose.
        """
        rows, columns = grid or group.grid
        if installed() is not None:
            from .numba_tier import NumbaGroup

            made = NumbaGroup(group, (rows, columns), stored, same)
            if made.source.text in self.compiled or len(self.compiled) < MOST:
                self.compiled.add(made.source.text)
                return made
        flat = (rows * columns, 1)
        if grid is None and flat in group.grids and all(m.kind in (MAP, RENAME) for m in group.members):
            return NumpyGroup(group, flat, stored, same)  # nothing but elements: a block may have any number of them
        return NumpyGroup(group, (rows, columns), stored, same)
