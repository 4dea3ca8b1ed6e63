"""The sizes that layers are made with."""

from __future__ import annotations

from numbers import Integral
from typing import Any

__all__ = ["check_sizes"]


def check_sizes(layer: str, least: int = 0, **sizes: Any) -> None:
    """Raise where one of them is no integer, or less than `least`.

    Examples
    --------
    >>> from tinygrad_nn.nn.sizes import check_sizes
    >>> check_sizes("Linear", in_features=3, out_features=-2)
    Traceback (most recent call last):
    ...
    ValueError: Linear: out_features is -2, wanted at least 0
    """
    for name, size in sizes.items():
        if not isinstance(size, Integral):
            raise TypeError(f"{layer}: {name} is {size!r}, wanted an integer")
        if int(size) < least:
            raise ValueError(f"{layer}: {name} is {size}, wanted at least {least}")
