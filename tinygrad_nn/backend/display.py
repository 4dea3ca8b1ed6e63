"""How arrays look in text."""

from __future__ import annotations

from typing import Any

import numpy as np

from .devices import NAMESPACES, to_numpy
from .dtypes import is_bfloat16

__all__ = ["format_array"]


def format_array(array: Any, prefix: str = "") -> str:
    """The elements of an array as NumPy prints them, further lines indented by the length of `prefix`.

    Arrays that stand for others have no elements to print: they are named instead.
    """
    if NAMESPACES[type(array)].rank:
        return repr(array)
    elements = to_numpy(array)
    if is_bfloat16(elements.dtype):  # float32 holds the same numbers, and NumPy knows how to print them
        elements = elements.astype(np.float32)
    return np.array2string(elements, separator=", ", prefix=prefix)
