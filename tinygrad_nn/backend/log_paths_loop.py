"""Sums over paths through states, sequence by sequence: a loop for numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled

__all__ = ["log_paths_loop"]


def _log_paths(emitted: Any, inside: Any, start: Any, leap: Any, never: Any, out: Any) -> None:
    """What `summed_paths` gives, written to `out`; `never` is of its dtype."""
    frames, sequences, states = emitted.shape
    before = np.empty(states + 2, out.dtype)  # with two in front that nothing comes from
    before[:2] = never
    for n in range(sequences):
        before[2:] = start[n]
        for t in range(frames):
            if inside[t, n]:
                for s in range(states):
                    stay, step, over = before[s + 2], before[s + 1], before[s] + leap[n, s]
                    most = max(stay, step, over)
                    total = np.exp(stay - most) + np.exp(step - most) + np.exp(over - most)
                    out[t, n, s] = most + np.log(total) + emitted[t, n, s]
                before[2:] = out[t, n]
            else:
                out[t, n] = before[2:]


log_paths_loop = compiled(_log_paths) or _log_paths
