"""Programs: whole functions, with their backward and update, as a flat list of instructions; and how these are run."""

from .compiled import CompiledFunction, compile
from .program import Program
from .trace import trace

__all__ = ["CompiledFunction", "Program", "compile", "trace"]
