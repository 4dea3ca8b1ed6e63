"""What a report of a fault, or of a speed, should say of the machine: versions, devices, BLAS and threads."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from . import backend
from .version import __version__

__all__ = ["environment"]

_REQUIRED = ("numpy", "safetensors", "tqdm")
_OPTIONAL = ("matplotlib", "pooch", "cupy-cuda12x", "cupy-cuda13x", "numba", "ml_dtypes")
_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def environment() -> dict[str, str]:
    """Return what there is, by its name, in words.

    Examples
    --------
    >>> from tinygrad_nn.info import environment
    >>> list(environment())
    ['tinygrad_nn', 'python', 'required', 'optional', 'device cpu', 'device cuda', 'BLAS', 'threads']
    """
    return {
        "tinygrad_nn": __version__,
        "python": f"{platform.python_version()} on {platform.platform()}",
        "required": ", ".join(f"{name} {_installed(name)}" for name in _REQUIRED),
        "optional": ", ".join(f"{name} {_installed(name)}" for name in _OPTIONAL),
        "device cpu": _device("cpu"),
        "device cuda": _device("cuda"),
        "BLAS": _blas(),
        "threads": _threads(),
    }


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _device(name: str) -> str:
    if not backend.is_available(name):
        return "not available"
    description: str = backend.namespace_for(name).description()
    return description


def _blas() -> str:
    """The library that multiplies NumPy's matrices."""
    import numpy as np  # for its own configuration only; it is loaded anyway

    found: Any = np.show_config(mode="dicts") or {}
    blas = found.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".rstrip()


def _threads() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = ", ".join(f"{name}={os.environ[name]}" for name in _LIMITS if name in os.environ)
    return f"{usable} usable cores, {limits or 'no limit set'}"
