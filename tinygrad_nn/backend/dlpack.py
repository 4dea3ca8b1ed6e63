"""DLPack: memory shared with other libraries, without a copy.

Nobody counts the writes of the other side: what it does to shared memory is seen here as new values, but a backward
that still needs the old ones cannot notice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .devices import namespace_for, parse_device, transfer
from .proxy import ProxyArray

__all__ = ["from_dlpack", "to_dlpack"]

# DLPack's numbers of the kinds of memory that NumPy can read, and of those that CuPy can.
HOST = (1, 3)  # plain, pinned by CUDA
GPU = (2, 13)  # of a GPU, managed by CUDA


def to_dlpack(array: Any, **request: Any) -> Any:
    """The capsule that stands for an array; of the arguments of ``__dlpack__``, those that are None are left out.

    Raises
    ------
    BufferError
        Where the memory is read-only, as that of a broadcast array is, to which most libraries would write all the
        same; and where it is read backwards, on which PyTorch ends the process.
    """
    if not isinstance(array, ProxyArray) and not request.get("copy"):
        if type(array) is np.ndarray and not array.flags.writeable:
            raise BufferError(
                "this memory is read-only (a broadcast array holds the same element many times), and other libraries "
                "would write to it; share a copy: x.copy()"
            )
        if min(array.strides, default=0) < 0:
            raise BufferError("this memory is read backwards, which few libraries can; share a copy: x.copy()")
    # a library that is older than these words does not know them, which is well as long as nobody uses them
    return array.__dlpack__(**{name: value for name, value in request.items() if value is not None})


def from_dlpack(x: Any, device: str | None, copy: bool | None) -> Any:
    """The array that shares the memory of `x`, an array of any library, or has a copy of it."""
    kind, number = _memory(x)
    if kind in HOST:
        try:
            array = np.from_dlpack(x)
        except RuntimeError as error:
            if "dtype" not in str(error):
                raise
            raise TypeError(f"from_dlpack: there is no dtype here for {_dtype(x)}; convert it before") from None
    elif kind in GPU:
        array = namespace_for(f"cuda:{number}").from_dlpack(x)
    else:
        raise BufferError(f"from_dlpack: the array is on a device of DLPack's kind {kind}; move it to the CPU before")
    if device is None:
        here = array
    elif copy is False and parse_device(device) != (found := "cpu" if kind in HOST else f"cuda:{number}"):
        raise ValueError(f"from_dlpack: copy=False, but the array is on {found} and is wanted on {device}")
    else:
        here = transfer(array, device)
    return here.copy() if copy and here is array else here


def _memory(x: Any) -> tuple[int, int]:
    """The kind and the number of the device that `x` says it is on."""
    try:
        kind, number = x.__dlpack_device__()
    except AttributeError:
        raise AttributeError(
            f"from_dlpack: a {type(x).__name__} has no __dlpack__; use tg.asarray for numbers and lists"
        ) from None
    return int(kind), int(number)


def _dtype(x: Any) -> Any:
    """What the other library calls the dtype, if it calls it so."""
    return getattr(x, "dtype", "its elements")
