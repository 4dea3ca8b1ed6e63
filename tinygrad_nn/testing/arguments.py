"""What `check_op` is told, looked at before anything runs: a mistake there is none of the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np

from ..backend import is_available
from ..tensor import Tensor
from .layouts import LAYOUTS

__all__ = ["FLOATS", "ReturnsNoTensors", "names_of", "returning_tensors", "validate"]

DEVICES = ("cpu", "strict", "cuda")
FLOATS = ("float16", "float32", "float64")


class ReturnsNoTensors(TypeError):
    """The function under test returned something else than tensors."""


def validate(f: Any, arity: Any, low: Any, high: Any, avoid: Any, reference: Any, examples: Any, layouts: Any,
             dtypes: Any, devices: Any, numeric: dict[str, Any]) -> None:  # fmt: skip
    """Raise TypeError or ValueError for the first argument that makes no sense."""
    if not callable(f):
        _refuse("f", f, "a function of tensors")
    if reference is not None and not callable(reference):
        _refuse("reference", reference, "a function of NumPy arrays")
    for name, number, least in (("arity", arity, 0), ("examples", examples, 1)):
        if not isinstance(number, int) or isinstance(number, bool):
            _refuse(name, number, "an int")
        if number < least:
            raise ValueError(f"check_op: {name}={number} must be at least {least}")
    for name, number in (("low", low), ("high", high), *numeric.items()):
        if not _is_number(number):
            _refuse(name, number, "a number")
    if not (isfinite(low) and isfinite(high) and low < high):
        raise ValueError(f"check_op: low={low} and high={high} must be finite, low below high")
    for name, number in numeric.items():
        if not (number > 0 if name == "eps" else number >= 0):
            raise ValueError(f"check_op: {name}={number} must be {'above' if name == 'eps' else 'at least'} 0")
    if not isinstance(avoid, (Sequence, np.ndarray)) or not all(map(_is_number, avoid)):
        _refuse("avoid", avoid, "a sequence of numbers, as in avoid=[0.0]")
    _known("layouts", layouts, LAYOUTS.__contains__, LAYOUTS)
    _known("dtypes", dtypes, FLOATS.__contains__, FLOATS)
    _known("devices", devices, _is_here, [name for name in DEVICES if is_available(name)])


def _is_here(device: str) -> bool:
    try:
        return is_available(device)
    except ValueError:  # it is none at all
        return False


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float, np.integer, np.floating))


def _refuse(name: str, given: Any, wanted: str) -> None:
    raise TypeError(f"check_op: {name}={given!r} ({type(given).__name__}); wanted is {wanted}")


def _known(name: str, given: Any, is_known: Callable[[str], bool], known: Sequence[str]) -> None:
    for one in names_of(name, given, ()):
        if not isinstance(one, str):
            _refuse(name, given, "True, False, or names")
        if not is_known(one):
            raise ValueError(f"check_op: {name} has no {one!r} here; there are {', '.join(map(repr, known))}")


def names_of(name: str, given: Any, usual: Sequence[str]) -> tuple[Any, ...]:
    """The names that the argument called `name` stands for: the usual ones where it is a bool."""
    if isinstance(given, bool):
        return tuple(usual)
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Sequence):
        _refuse(name, given, "True, False, or names")
    return tuple(given)


def returning_tensors(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which raises `ReturnsNoTensors` where it returns anything but tensors."""

    def checked(*inputs: Any) -> Any:
        result = f(*inputs)
        for y in result if isinstance(result, (tuple, list)) else (result,):
            if not isinstance(y, Tensor):
                raise ReturnsNoTensors(
                    f"check_op: the function returned {'' if y is result else 'a part that is '}{type(y).__name__}; "
                    "wanted is a tensor, or a tuple or list of tensors"
                )
        return result

    return checked
