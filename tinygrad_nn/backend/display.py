"""How arrays look in text."""

from __future__ import annotations

from typing import Any

import numpy as np

from .devices import NAMESPACES, to_numpy

__all__ = ["format_array"]


def format_array(array: Any, prefix: str = "") -> str:
    """The elements of an array as NumPy prints them, further lines indented by the length of `prefix`.

    Arrays that stand for others have no elements to print: they are named instead.
    """
    if NAMESPACES[type(array)].rank:
        return repr(array)
    return np.array2string(to_numpy(array), separator=", ", prefix=prefix)
