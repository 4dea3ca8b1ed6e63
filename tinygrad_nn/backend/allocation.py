"""The memory of arrays that are freed: kept for the next ones, or given back to the system."""

from __future__ import annotations

import ctypes
import os

__all__ = ["keep_freed_memory"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names that glibc's malloc.h gives these parameters
MOST_MAPPED = 32 << 20  # the highest threshold that older versions of glibc take


def keep_freed_memory(limit: int = 1 << 30) -> bool:
    """Let this process keep the memory of arrays that are freed, for the next ones.

    A training step makes its activations anew, and backward frees them together. By default the C library then gives
    large ones back to the system, which hands the same pages out again in the next step, cleared and one at a time:
    with activations of several megabytes that takes 5 to 15 per cent of the step's time. `train.Trainer.fit` calls
    this, and through it ``python -m tinygrad_nn train``.

    It is for the whole process, from now on, whatever allocates; nothing undoes it. The process holds up to `limit`
    bytes more than it uses. This is a setting of glibc (Linux): elsewhere nothing is done.

    Parameters
    ----------
    limit : int
        Bytes, from 0 to 2**31 - 1: how much free memory is kept, and up to which size arrays share it.

    Returns
    -------
    bool
        Whether it was done.

    Raises
    ------
    ValueError
        `limit` is out of its range.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> done = tg.keep_freed_memory()
    """
    if not 0 <= limit < 1 << 31:
        raise ValueError(f"keep_freed_memory: limit is {limit}, wanted is a number of bytes from 0 to 2**31 - 1")
    if not _on_glibc():
        return False
    mallopt = ctypes.CDLL(None).mallopt
    mapped = mallopt(M_MMAP_THRESHOLD, limit) or mallopt(M_MMAP_THRESHOLD, min(limit, MOST_MAPPED))
    return bool(mallopt(M_TRIM_THRESHOLD, limit) and mapped)


def _on_glibc() -> bool:
    if os.name != "posix" or "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        return False
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (OSError, ValueError):
        return False
