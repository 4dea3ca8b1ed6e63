"""The bfloat16 numbers of files: as what they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backend.dtypes import dtype_for_bfloat16

__all__ = ["from_bits"]


def from_bits(bits: NDArray[np.uint16], device: str) -> NDArray[Any]:
    """The numbers that `bits` are, for an array on `device`.

    In bfloat16 on the CPU where `ml_dtypes` is installed, else in float32: they are the upper halves of those.
    """
    dtype = dtype_for_bfloat16(device)
    wide = dtype == np.float32
    return np.left_shift(bits, 16, dtype=np.uint32).view(np.float32) if wide else bits.view(dtype)
