"""What a function can reach by its variables: modules that it may look at without calling them, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..nn import Module

__all__ = ["Variables", "modules_in_reach"]

NUMBERS = (bool, int, float, complex, str, type(None))


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


class Variables:
    """The variables from outside that a function uses, where they hold tensors, modules, optimizers or numbers.

    What another assignment puts there (a cell of a notebook that is run again) makes another function of it.
    """

    def __init__(self, function: Any) -> None:
        while isinstance(function, (partial, MethodType)):
            function = function.func if isinstance(function, partial) else function.__func__
        self.cells: list[tuple[Any, str, Any]] = []
        self.names: dict[str, Any] = {}
        self.globals: dict[str, Any] = {}
        if isinstance(function, FunctionType):
            cells = zip(function.__closure__ or (), function.__code__.co_freevars)
            self.cells = [(cell, name, _content(cell)) for cell, name in cells if _is_watched(_content(cell))]
            self.globals = function.__globals__
            names = set(function.__code__.co_names) & self.globals.keys()
            self.names = {name: self.globals[name] for name in names if _is_watched(self.globals[name])}

    def difference(self) -> str:
        """In words, which of them is another one now; empty if none."""
        for cell, name, was in self.cells:
            if _content(cell) is not was and not _is_same(_content(cell), was):
                return f"the variable {name} is another one"
        for name, was in self.names.items():
            now = self.globals.get(name)
            if now is not was and not _is_same(now, was):
                return f"the variable {name} is another one"
        return ""


def _content(cell: Any) -> Any:
    """What a variable of an enclosing function holds; the cell itself where it has no value."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


def _is_watched(value: Any) -> bool:
    from ..nn import Module
    from ..optim import Optimizer
    from ..tensor import Tensor

    return isinstance(value, (Module, Optimizer, Tensor, *NUMBERS))


def _is_same(now: Any, was: Any) -> bool:
    return type(now) is type(was) and type(now) in NUMBERS and bool(now == was)
