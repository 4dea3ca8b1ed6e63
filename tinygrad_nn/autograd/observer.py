"""Observers: objects that see each operation before and after it is computed, and each write in place and each draw of
random numbers before it is done.

While there is none, which is the rule, they cost nothing: `apply` asks for them and for a recorder in one question.
"""

from __future__ import annotations

from typing import Any

from .apply import apply
from .modes import current_mode, observing

__all__ = ["Observer", "resumed"]


class Observer:
    """A context manager: it sees what is computed inside. The innermost one sees it first.

    Attributes
    ----------
    next : Observer or None
        The one around it, which sees the same.
    """

    next: Any = None

    def __enter__(self) -> Any:
        self.next = current_mode().observer
        observing(self).__enter__()  # not kept: it would be a cycle with this
        return self

    def __exit__(self, *exception: object) -> None:
        observing(self).__exit__(*exception)

    def apply(self, op: Any, inputs: tuple[Any, ...], attrs: Any) -> Any:
        """What `apply` gives; derived classes look at what goes in and comes out."""
        with observing(self.next, current_mode().paused or self):
            return apply(op, inputs, attrs)

    def meet(self, tensor: Any) -> None:
        """A tensor is used in another way than by an operation on it."""
        if self.next is not None:
            self.next.meet(tensor)

    def writing(self, tensor: Any) -> None:
        """`tensor` is about to be written in place."""
        if self.next is not None:
            self.next.writing(tensor)

    def drawing(self, generator: Any) -> None:
        """`generator` is about to be drawn from."""
        if self.next is not None:
            self.next.drawing(generator)


def resumed(inside: bool = False) -> observing:
    """A context in which observers see operations again, within one that they have seen.

    What users wrote is seen as if there were none around it. `inside`, observers are told so by ``mode.paused``.
    """
    mode = current_mode()
    return observing(mode.paused or mode.observer, mode.paused if inside else None)
