"""Rules that are computed together: the first that is asked for computes the gradients of all inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

__all__ = ["Joint"]


class Joint(ABC):
    """What stands in the graph for an operation with several outputs, and is its own sequence of rules."""

    name: str
    broadcasts = False
    outer = None

    def __init__(self) -> None:
        self._last: tuple[Any, dict[int, Any]] | None = None  # of which gradients, and what is still to be fetched

    @abstractmethod
    def gradients(self, xp: Any, gs: list[Any], ys: Any, xs: Sequence[Any]) -> dict[int, Any]:
        """The gradients of inputs, as their rules are to give them."""

    @abstractmethod
    def without(self, index: int, xp: Any, gs: list[Any]) -> Any:
        """The gradient of an input that `gradients` has none for."""

    @property
    def rules(self) -> Any:
        """Itself: ``rules[i]`` gives the gradient of input `i`."""
        return self

    def __getitem__(self, index: int) -> Callable[..., Any]:
        return partial(self._gradient, index)

    def _gradient(self, index: int, xp: Any, gs: list[Any], ys: Any, *xs: Any, **attrs: Any) -> Any:
        last = self._last
        if last is None or last[0] is not gs:  # the walk passes the same list on to all rules of a node
            last = self._last = gs, self.gradients(xp, gs, ys, xs)
        found = last[1].pop(index, None)
        if not last[1]:
            self._last = None
        return self.without(index, xp, gs) if found is None else found
