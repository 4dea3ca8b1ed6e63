"""What a program leaves behind: its results, the gradients of tensors, and the values of those that it writes to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from ..autograd.apply import make
from ..autograd.variable import WRITES
from .plan import Plan
from .program import found
from .structure import Leaf, unflatten

__all__ = ["Results"]


class _Kept:
    """A gradient that the program computes into the same memory again, as long as nobody else holds it.

    `holders` are those that there are besides: the calls of the program; 0 as long as they were not counted.
    """

    __slots__ = ("array", "grad", "holders", "leaf", "number")

    def __init__(self, leaf: Any, number: int, array: Any) -> None:
        self.leaf = leaf
        self.number = number
        self.array = array
        self.grad = make(array)
        self.holders = 0

    def count(self) -> int:
        """How many refer to the gradient and to its array, beside the tensor that it is the gradient of."""
        return getrefcount(self.grad) + getrefcount(self.array) - (self.leaf.grad is self.grad)


class Results:
    """The end of each run.

    Parameters
    ----------
    plan : Plan
        Of the program.
    array_of : callable
        Gives the array of a value, by its number.
    """

    def __init__(self, plan: Plan, array_of: Callable[[int], Any]) -> None:
        program = plan.program
        self.array_of = array_of
        self.outputs = program.outputs
        self.input_grads = program.input_grads
        kept = [(leaf, plan.number(n)) for leaf, n in program.grads if n is not None and plan.number(n) in plan.kept]
        self.kept = [_Kept(leaf, n, array_of(n)) for leaf, n in kept]
        self.counted = False  # whether it is known how many hold the gradients when nobody else does
        self.gone = [leaf for leaf, n in program.grads if n is None]
        self.grads = [(leaf, n) for leaf, n in program.grads if n is not None and plan.number(n) not in plan.kept]
        self.moved = plan.moved
        moved = {id(place) for place, _ in plan.moved}
        self.written = [place.version for place, _ in program.writes if id(place) not in moved]

    def renewed(self) -> dict[int, Any]:
        """New memory for the gradients that somebody else holds since the last run, by their numbers."""
        fresh = {}
        for place, kept in enumerate(self.kept):
            if kept.holders and (kept.count() > kept.holders or kept.grad.array is not kept.array or kept.grad.hooks):
                array = fresh[kept.number] = np.empty_like(kept.array)
                self.kept[place] = _Kept(kept.leaf, kept.number, array)
        return fresh

    def abandon(self) -> None:
        """Take away the gradients whose memory a run that failed may have written to."""
        for kept in self.kept:
            if kept.leaf.grad is kept.grad:
                kept.leaf.grad = None

    def _move(self) -> None:
        """Give places of state the values of others, which are taken before any of them changes."""
        for place, array in [(place, self.array_of(n).copy()) for place, n in self.moved]:
            tensor = found(place)
            tensor.array[...] = array
            tensor.version[WRITES] += 1

    def collect(self, given: Sequence[Any]) -> Any:
        """The results of a run that has just ended; gradients and written tensors get theirs."""
        made: dict[int, Any] = {}

        def result(number: int) -> Any:
            if number not in made:
                made[number] = make(self.array_of(number).copy())
            return made[number]

        outputs = result(self.outputs.number) if type(self.outputs) is Leaf else unflatten(self.outputs, result)
        grads = [(leaf, result(n)) for leaf, n in self.grads] if self.grads else []
        if self.input_grads:
            grads += [(given[place], result(n)) for place, n in self.input_grads]
        for version in self.written:
            version[WRITES] += 1
        if self.moved:
            self._move()
        for leaf, grad in grads:
            leaf.grad = grad
        for leaf in self.gone:
            leaf.grad = None
        for kept in self.kept:  # (nobody has a graph that reads them: there would be another holder)
            kept.leaf.grad = kept.grad
        if not self.counted:
            for kept in self.kept:
                kept.holders = kept.count()
            self.counted = True
        return outputs
