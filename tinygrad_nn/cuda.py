"""What there is of CUDA on this machine."""

from __future__ import annotations

from . import backend

__all__ = ["is_available", "synchronize"]


def is_available() -> bool:
    """Whether tensors can be put on a GPU: CuPy is installed and finds a device.

    Returns
    -------
    bool

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> device = "cuda" if tg.cuda.is_available() else "cpu"
    """
    return backend.is_available("cuda")


def synchronize(device: str = "cuda") -> None:
    """Wait until a GPU has done all it was given, as a timer must.

    Parameters
    ----------
    device : str
        Which: ``"cuda"``, ``"cuda:1"``.

    Raises
    ------
    DeviceError
        The device is not available here.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> if tg.cuda.is_available():
    ...     tg.cuda.synchronize()
    """
    backend.namespace_for(device).synchronize()
