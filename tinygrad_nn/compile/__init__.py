"""Programs: whole functions, with their backward and update, as a flat list of instructions."""

from .program import Program
from .trace import trace

__all__ = ["Program", "trace"]
