"""Compiled steps beside the same steps as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import tinygrad_nn as tg
from tinygrad_nn.compiler.executor import Executor
from tinygrad_nn.compiler.fusion import Group
from tinygrad_nn.compiler.plan import Plan
from tinygrad_nn.compiler.program import Program
from tinygrad_nn.compiler.regions import Region

__all__ = ["arrays", "assert_same", "executed", "plan_of", "steps_of", "tensor"]


def arrays(*shapes: tuple[int, ...], seed: int = 0, dtype: str = "float32") -> list[Any]:
    """Random numbers."""
    random = np.random.default_rng(seed)
    return [random.normal(size=shape).astype(dtype) for shape in shapes]


def tensor(array: Any) -> Any:
    """A tensor of these values, in memory of its own and in the same order."""
    return tg.asarray(array.copy(order="K"))


def assert_same(
    make: Callable[[], tuple[Callable[..., Any], list[Any]]], calls: Sequence[list[Any]], *, rtol: float = 1e-5,
    atol: float = 1e-5,
) -> Program:  # fmt: skip
    """Compiled, a step gives the same results, and leaves the same state with the same gradients; gives its program.

    `make` gives the step and its state, `calls` are the arrays that it is called with.
    """
    (step, state), (eager, wanted_state) = make(), make()
    compiled = tg.compile(step)
    for given in calls:
        found, wanted = compiled(*map(tensor, given)), eager(*map(tensor, given))
        pairs = list(zip(_tensors(found), _tensors(wanted), strict=True)) + list(zip(state, wanted_state, strict=True))
        pairs += [(x.grad, y.grad) for x, y in zip(state, wanted_state) if y.grad is not None]
        for x, y in pairs:
            assert (x.dtype, x.shape) == (y.dtype, y.shape)
            np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), rtol=rtol, atol=atol)
    (program,) = compiled.programs
    return program


def _tensors(result: Any) -> list[Any]:
    return [] if result is None else list(result) if isinstance(result, (tuple, list)) else [result]


def plan_of(function: Callable[..., Any], *given: Any) -> Plan:
    """How a function of arrays of these values is done."""
    return Plan(tg.trace(function, *map(tg.asarray, given)))


def executed(function: Callable[..., Any], *given: Any) -> tuple[Executor, Any]:
    """A function as it runs, and what it gives for these arrays."""
    tensors = list(map(tensor, given))
    executor = Executor(tg.trace(function, *tensors))
    return executor, executor(*tensors)


def steps_of(plan: Plan) -> list[Any]:
    """The names of instructions in each step: a string for one by itself, a list for a group, of lists for a region."""

    def names(step: Any) -> Any:
        if isinstance(step, Region):
            return [names(part) for part in step.steps]
        return [m.instruction.name for m in step.members] if isinstance(step, Group) else step.name

    return [names(step) for step in plan.steps]
