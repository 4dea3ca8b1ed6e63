"""Whether an object is still as it was: modules that a recorded program relies on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Attributes", "Objects"]


class Attributes:
    """The attributes of an object as they were when a recorded function used it."""

    __slots__ = ("found", "was", "whose")

    def __init__(self, whose: Any) -> None:
        self.whose = whose
        self.found = vars(whose)
        self.was = {name: _copied(value) for name, value in self.found.items()}

    def difference(self) -> str:
        """In words, what is not as it was; empty if nothing."""
        names = [*self.was, *(self.found.keys() - self.was.keys())]
        return next((self._described(name) for name in names if self._differs(name)), "")

    def restore(self, name: str) -> None:
        """Give the object back what it had under a name, or nothing."""
        if name in self.was:
            self.found[name] = self.was[name]
        else:
            del self.found[name]

    def _differs(self, name: str) -> bool:
        if name not in self.found or name not in self.was:
            return True
        found, was = _copied(self.found[name]), self.was[name]
        try:
            return found is not was and (getattr(found, "size", 0) == 1 or bool(found != was))
        except Exception:  # whatever it is that cannot be compared, it is not the same
            return True

    def _described(self, name: str) -> str:
        said = [_said(values[name]) if name in values else "not there" for values in (self.found, self.was)]
        change = f"{said[0]}, and was {said[1]}" if said[0] != said[1] else f"another {said[0]} than it was"
        return f"{type(self.whose).__name__}.{name} is {change}"


def _copied(value: Any) -> Any:
    """A container as it is now, for later it may hold something else; of other values, the same."""
    return value.copy() if type(value) in (list, dict, set) else value


def _said(value: Any) -> str:
    return repr(value) if value is None or isinstance(value, (bool, int, float, str)) else type(value).__name__


class Objects:
    """Several objects, looked at together: where nothing has changed, that takes a fraction of a microsecond each."""

    def __init__(self, attributes: Sequence[Attributes]) -> None:
        self.attributes = attributes
        self.found = [each.found for each in attributes]
        self.was = [each.was for each in attributes]
        # Comparing dictionaries finds the same objects and equal values, and asks tensors for their elements where they
        # are other objects: that is an error, and so a difference, unless there is one element only.
        self.single = [(each.found, name, value) for each in attributes for name, value in each.was.items()
                       if getattr(value, "size", 0) == 1]  # fmt: skip

    def difference(self) -> str:
        """In words, what is not as it was; empty if nothing."""
        try:
            same = self.found == self.was
        except Exception:  # whatever it is that cannot be compared, it is not the same
            same = False
        if same:
            for found, name, value in self.single:
                same = same and found[name] is value
        return "" if same else next(filter(None, (each.difference() for each in self.attributes)), "")
