"""How arrays look in text."""

from __future__ import annotations

from typing import Any

import numpy as np

from .devices import to_numpy
from .recorder import TracedArray

__all__ = ["format_array"]


def format_array(array: Any, prefix: str = "") -> str:
    """The elements of an array as NumPy prints them, further lines indented by the length of `prefix`.

    Traced arrays have no elements to print: they are named instead.
    """
    if type(array) is TracedArray:
        return repr(array)
    return np.array2string(to_numpy(array), separator=", ", prefix=prefix)
