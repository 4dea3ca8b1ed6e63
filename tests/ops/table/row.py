"""What a row of the table says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import tinygrad_nn as tg

__all__ = ["HALVES", "ONE", "TWO", "Case", "Row", "cases", "distinct", "one", "two"]


@dataclass(frozen=True)
class Case:
    """One call: shapes of floating inputs or fixed arrays (indices, conditions), and the other arguments."""

    inputs: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __repr__(self) -> str:
        shapes = [repr(x) if isinstance(x, tuple) else f"{x.dtype}{list(x.shape)}" for x in self.inputs]
        return ",".join([*shapes, *(f"{k}={v}" for k, v in self.kwargs.items() if not callable(v))])

    def shapes(self) -> list[tuple[int, ...]]:
        return [x if isinstance(x, tuple) else x.shape for x in self.inputs]


@dataclass(frozen=True)
class Row:
    """An operation.

    `call` takes tensors and `oracle`, which shares no code with it, NumPy arrays. The floating inputs lie in `domain`,
    at a distance from the points in `kinks`, and no two elements of a case are equal, so ties do not occur.
    """

    name: str
    call: Callable[..., Any]
    oracle: Callable[..., Any]
    cases: tuple[Case, ...]
    domain: tuple[float, float] = (-2.0, 2.0)
    kinks: tuple[float, ...] = ()
    gradient: bool = True
    arity: int = 0  # of an elementwise operation: how many inputs broadcast
    covers: tuple[str, ...] = ()  # other operations that the cases go through
    traceable: bool = True

    def arrays(self, case: Case, dtype: Any = np.float64, seed: int = 0) -> list[Any]:
        """NumPy arrays for the inputs of a case."""
        random = np.random.default_rng(seed)
        shapes = [x for x in case.inputs if isinstance(x, tuple)]
        values = iter(distinct(shapes, random, self.domain, self.kinks))
        return [next(values).astype(dtype) if isinstance(x, tuple) else x for x in case.inputs]


def distinct(shapes: list[tuple[int, ...]], random: Any, domain: tuple[float, float] = (-2.0, 2.0),
             kinks: tuple[float, ...] = ()) -> list[Any]:  # fmt: skip
    """Arrays whose elements all differ, in `domain` and away from `kinks`."""
    sizes = [math.prod(shape) for shape in shapes]
    low, high = domain
    grid = np.linspace(low, high, 4 * sum(sizes) + 16)[1:-1]
    for kink in kinks:
        grid = grid[np.abs(grid - kink) > 0.05]
    values = random.choice(grid, sum(sizes), replace=False)
    parts = np.split(values, np.cumsum(sizes)[:-1]) if sizes else []
    return [part.reshape(shape) for part, shape in zip(parts, shapes)]


def cases(*calls: Any, **kwargs: Any) -> tuple[Case, ...]:
    """Cases from tuples of inputs, each with an optional dictionary of other arguments at its end."""
    made = []
    for call in calls:
        own = call[-1] if isinstance(call[-1], dict) else {}
        inputs = call[:-1] if isinstance(call[-1], dict) else call
        made.append(Case(tuple(inputs), {**kwargs, **own}))
    return tuple(made)


# With two axes of one size in each, or nobody would notice a gradient with its axes in the wrong order.
ONE = cases(((),), ((3,),), ((2, 3, 2),), ((0,),), ((2, 0, 3),))
TWO = cases(((), ()), ((3, 3), (3, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((0, 1), (1, 3)))


def one(name: str, oracle: Callable[..., Any], **more: Any) -> Row:
    return Row(name, getattr(tg, name), oracle, ONE, arity=1, **more)


def two(name: str, oracle: Callable[..., Any], **more: Any) -> Row:
    return Row(name, getattr(tg, name), oracle, TWO, arity=2, **more)


HALVES = tuple(i / 2 for i in range(-4, 5))
