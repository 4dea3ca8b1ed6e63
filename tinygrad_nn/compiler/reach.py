"""The modules that a function may look at without calling them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..nn import Module

__all__ = ["modules_in_reach"]


def modules_in_reach(function: Callable[..., Any]) -> Iterator[Module]:
    """The modules that a function is a method of, or has in its variables, with all below them.

    ``lambda x: model.loss(x)`` reads attributes of a module that it never calls.
    """
    from ..nn import Module

    for value in _values(function):
        if isinstance(value, Module):
            yield from value.modules()


def _values(function: Any) -> Iterator[Any]:
    if isinstance(function, partial):
        yield from (*function.args, *function.keywords.values())
        yield from _values(function.func)
    elif isinstance(function, MethodType):
        yield function.__self__
        yield from getattr(function.__self__, "__dict__", {}).values()
        yield from _values(function.__func__)
    elif isinstance(function, FunctionType):
        for cell in function.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # a variable that has no value yet
                continue
        names = function.__globals__
        yield from (names[name] for name in function.__code__.co_names if name in names)
