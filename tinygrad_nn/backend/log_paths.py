"""Sums over paths through states, in logarithms: what sequence losses are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import installed

__all__ = ["NEVER", "log_paths", "summed_paths"]

NEVER = -1e30  # the logarithm of no probability at all: unlike infinity it has differences and slopes
LOOPED = 16 * 1024  # bytes from which a loop of machine code is faster, and numba worth loading


def summed_paths(xp: Any, emitted: Any, inside: Any, start: Any, leap: Any) -> Any:
    """Logarithms of the weights of all paths that are in a state, frame after frame.

    In each frame a path stays in its state, goes on to the next, or over one where the leap allows it.

    Parameters
    ----------
    xp : namespace
        Of the arrays.
    emitted : array
        What a state adds in a frame: T frames, N sequences and L states, (T, N, L).
    inside : array of bool
        The frames that a sequence has: (T, N). In others everything stays.
    start : array
        Before the first frame: (N, L).
    leap : array
        What it costs to get into a state from the last but one: (N, L), of which the first two do not count.

    Returns
    -------
    array
        Shape (T, N, L).
    """
    edge = xp.broadcast_to(xp.full_like(start[:, :1], NEVER), (start.shape[0], 2))
    paths, every = start, []
    for t in range(emitted.shape[0]):
        before = xp.concat([edge, paths], axis=1)  # (N, 2 + L)
        moved = xp.logaddexp(before[:, 2:], before[:, 1:-1])
        moved = xp.logaddexp(moved, before[:, :-2] + leap) + emitted[t]
        paths = xp.where(inside[t][:, None], moved, paths)
        every.append(paths)
    return xp.stack(every)


def log_paths(emitted: Any, inside: Any, start: Any, leap: Any) -> Any:
    """The same on the CPU, by a loop where there is much to do and numba is installed; it differs by rounding."""
    if emitted.nbytes < LOOPED or emitted.dtype not in (np.float32, np.float64) or installed() is None:
        return summed_paths(np, emitted, inside, start, leap)
    from .log_paths_loop import log_paths_loop  # numba takes a while to load

    out = np.empty_like(emitted, order="C")
    log_paths_loop(emitted, inside, start, leap, emitted.dtype.type(NEVER), out)
    return out
