"""Programs: whole functions, with their backward and update, as a flat list of instructions.

``tg.compile(function)`` is the function of that name in this room: see `compile`.
"""

import sys
from types import ModuleType
from typing import Any

from .compiled import CompiledFunction, compile
from .program import Program
from .trace import trace

__all__ = ["CompiledFunction", "Program", "compile", "trace"]


class _Room(ModuleType):
    """This room, which can be called: as an attribute of the package it hides the function of the same name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return compile(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
