"""What a program finds anew at the start of each run: numbers of Python objects, such as a learning rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from .devices import device_of, namespace_for
from .errors import TraceError

__all__ = ["Beginning", "Live", "LiveNumber", "LiveSettings", "Outdated"]


class Outdated(TraceError):
    """A program was recorded under other circumstances than there are now; nothing has been run."""


class Live(ABC):
    """Something outside of a program that each run looks at, and does its part of the work to."""

    @abstractmethod
    def difference(self) -> str:
        """Look: in words, what makes the recorded program another one than there would be now; empty if nothing."""

    @abstractmethod
    def advance(self) -> None:
        """Do what the function does to it beside arrays, such as counting a step; `difference` was asked before."""

    @abstractmethod
    def take_back(self) -> None:
        """Undo `advance`, after a run that failed."""


class LiveSettings:
    """Settings of which a program reads the floats anew in each run, while the others must be as they were recorded.

    Attributes
    ----------
    now : dict of str to Any
        Those of the run that is about to begin.
    floats : dict of str to float
        The numbers as they were recorded; these change.
    others : dict of str to Any
        The other settings; these must not.
    asked : dict of str to bool
        The numbers that the recorded function asked for their truth (``if weight_decay:``), and the answer.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self.now = settings
        self.floats = {name: float(value) for name, value in settings.items() if isinstance(value, float)}
        self.others = {name: value for name, value in settings.items() if name not in self.floats}
        self.asked: dict[str, bool] = {}

    def difference(self) -> str:
        """What of the settings now is such that the recorded program does not fit it; empty if nothing."""
        now = self.now
        for name, was in self.others.items():
            value = now[name]
            if value is not was and not (type(value) is type(was) and bool(value == was)):
                return f"{name} is {value!r}, and was {was!r}"
        for name, number in self.floats.items():
            if not isinstance(now[name], float):
                return f"{name} is {now[name]!r}, and was {number}"
        for name, truth in self.asked.items():
            if bool(now[name]) is not truth:
                return f"{name} is {now[name]}, and was {self.floats[name]}"
        return ""

    def numbers(self, recorder: Any, array: Any) -> dict[str, Any]:
        """The settings with traced numbers in place of floats, of the dtype and device of an array."""
        return {
            name: recorder.number(LiveNumber(self, name, array)) if name in self.floats else value
            for name, value in self.now.items()
        }


class LiveNumber:
    """One float of settings as an array without axes: call it for that of now, on the CPU the same array each time."""

    __slots__ = ("array", "device", "name", "settings", "xp")

    def __init__(self, settings: LiveSettings, name: str, array: Any) -> None:
        self.settings = settings
        self.name = name
        self.array = np.empty((), array.dtype)
        self.device = device_of(array)
        self.xp = namespace_for(self.device)

    def __call__(self) -> Any:
        self.array[()] = self.settings.now[self.name]
        return self.xp.from_numpy(self.array, self.device)

    def __str__(self) -> str:
        return self.name

    def truth(self) -> bool:
        """Whether it is other than zero, which it must be in each run then."""
        return self.settings.asked.setdefault(self.name, bool(self.settings.now[self.name]))


class Beginning(Live):
    """The action that a run begins with: look at everything, then advance it.

    Raises
    ------
    Outdated
        The program is no longer what its function would do; nothing has been changed.
    """

    def __init__(self, parts: Sequence[Live]) -> None:
        self.parts = parts
        self.advanced = False

    def __call__(self) -> None:
        self.advanced = False
        difference = self.difference()
        if difference:
            raise Outdated(f"{difference}; the program was recorded for that, trace the function again")
        self.advance()

    def difference(self) -> str:
        for part in self.parts:
            difference = part.difference()
            if difference:
                return difference
        return ""

    def advance(self) -> None:
        for part in self.parts:
            part.advance()
        self.advanced = True

    def take_back(self) -> None:
        if self.advanced:
            for part in reversed(self.parts):
                part.take_back()
        self.advanced = False
