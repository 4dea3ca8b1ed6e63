"""A naive model of tensors that share memory: NumPy arrays for the values, jets for the derivatives.

A write in place changes the values of everything that shares the memory. If it is recorded, it changes the derivatives
of the tensor that it went through; all others that hold the written elements no longer know where their values come
from, unless they were detached from it. If it is not recorded, it changes no derivatives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import jets
from .jets import DIRECTIONS, Jet

__all__ = ["Memory", "Naive", "Step", "ancestors", "derived"]


class Memory:
    """Counts of the writes to a piece of memory."""

    def __init__(self) -> None:
        self.writes = 0
        self.recorded = 0


class Step:
    """One recorded operation: what it may have kept, and whether a backward has used it up."""

    def __init__(self, parents: list[Step], kept: list[Memory]) -> None:
        self.parents = parents
        self.kept = [(memory, memory.writes) for memory in kept]
        self.used_up = False

    def may_be_refused(self) -> bool:
        return self.used_up or any(memory.writes != writes for memory, writes in self.kept)


def ancestors(step: Step | None) -> Iterator[Step]:
    waiting, seen = [step] if step else [], set()
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            yield step
            waiting += step.parents


class Naive:
    """What a tensor should be.

    Attributes
    ----------
    real
        The tensor of the framework.
    array, jet
        Values and derivatives.
    place : slice or None
        The directions that stand for the elements of this tensor itself: every leaf has them, others where asked for.
    family : object
        Shared by views; a detached tensor begins a new one.
    apart : bool
        Of a detached family: writes through other families do not concern it.
    lost : bool
        A recorded write went past it: to use it in a recorded operation must be refused.
    is_used : bool
        Something was computed from it: then it is too late to give it directions of its own.
    """

    def __init__(self, real: Any, array: Any, jet: Jet, *, memory: Memory | None = None, family: Any = None,
                 apart: bool = False, step: Step | None = None) -> None:  # fmt: skip
        self.real = real
        self.array = array
        self.jet = jet
        self.memory = memory or Memory()
        self.known = self.memory.recorded
        self.family = family or object()
        self.apart = apart
        self.step = step
        self.place: slice | None = None
        self.is_leaf = False
        self.grad: Naive | None = None
        self.lost = False
        self.is_used = False

    @property
    def requires_grad(self) -> bool:
        return self.is_leaf or self.step is not None

    @property
    def steps(self) -> list[Step]:
        return [self.step] if self.step else []

    @property
    def is_behind(self) -> bool:
        """Whether the memory was written through something else: then the framework may refuse it to be careful."""
        return self.known != self.memory.recorded

    def mark(self, start: int) -> None:
        """Give the elements directions of their own, from `start` on."""
        size = self.array.size
        self.place = slice(start, start + size)
        own = np.eye(size).reshape(*self.array.shape, size)
        self.jet = Jet(self.jet.first.copy(), self.jet.second)
        self.jet.first[..., self.place] += own

    def written(self, region: Any, values: Any, jet: Jet, step: Step | None, everyone: list[Naive]) -> None:
        """After a write of `values` to `region`, a view of this array; `step` where it was recorded."""
        region[...] = values
        self.memory.writes += 1
        if step is None:
            return
        self.memory.recorded += 1
        for other in everyone:
            if other is not self and (other.family is self.family or not other.apart):
                other.lost = other.lost or np.shares_memory(other.array, region)
        if self.apart:
            self.family, self.apart = object(), False
        self.known = self.memory.recorded
        self.jet, self.step, self.place, self.is_used = jet, step, None, False

    def pulled_back(self, seed: Any, seed_jet: Jet, place: slice) -> tuple[Any, Jet]:
        """The gradient of ``sum(seed * self)`` with respect to what the directions `place` stand for."""
        slopes = self.jet.first.reshape(-1, DIRECTIONS)
        curvatures = self.jet.second.reshape(-1, DIRECTIONS, DIRECTIONS)
        weights = seed.reshape(-1)
        g = weights @ slopes[:, place]
        first = np.einsum("o,oik->ik", weights, curvatures[:, place])
        first = first + np.einsum("ok,oi->ik", seed_jet.first.reshape(-1, DIRECTIONS), slopes[:, place])
        return g, Jet(first, np.full((len(g), DIRECTIONS, DIRECTIONS), np.nan))


def derived(real: Any, value: Any, jet: Jet, step: Step | None) -> Naive:
    """A result in memory of its own, laid out as that of the framework, which decides whether a reshape is a view."""
    array = np.empty_like(real.detach().numpy())
    array[...] = value
    return Naive(real, array, jet if step else jets.constant(array.shape), step=step)
