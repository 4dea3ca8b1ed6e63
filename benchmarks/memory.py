"""How much memory this process holds, and the most that it held meanwhile (Linux tells; elsewhere None)."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
RESET_PEAK = "5"  # see proc(5)


def resident_mb() -> float | None:
    """Resident memory in MB, after what is free has been given back to the system."""
    give_back()
    return _megabytes("VmRSS")


def peak_mb(run: Callable[[], object]) -> float | None:
    """The most resident memory in MB while `run` ran, without what was free before."""
    give_back()
    try:
        RESET.write_text(RESET_PEAK, encoding="ascii")
    except OSError:
        return None
    run()
    return _megabytes("VmHWM")


def give_back() -> None:
    """Collect garbage, and hand free memory back to the system where the C library can (glibc)."""
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library; TypeError is what Windows says
        return
    trim(0)


def _megabytes(key: str) -> float | None:
    """A line of the process's status, in MB (of 1,000,000 bytes)."""
    try:
        lines = STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = [int(line.split()[1]) for line in lines if line.startswith(f"{key}:")]
    return kilobytes[0] * 1024 / 1e6 if kilobytes else None
