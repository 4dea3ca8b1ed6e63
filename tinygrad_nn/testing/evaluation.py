"""Functions of tensors evaluated for tests: on leaves in memory of their own, with gradients to start from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd import grad, no_grad
from ..ops import copy
from ..tensor import Tensor

__all__ = [
    "arrays", "as_leaves", "copied", "described", "directions_for", "evaluate", "floating", "is_floating", "of_floats",
    "parts", "requiring", "seeds_for", "values_and_gradients",
]  # fmt: skip

Function = Callable[..., Any]
Inputs = Sequence[Any]


def is_floating(x: Any) -> bool:
    """Whether it is a tensor of a real floating dtype, which is differentiated."""
    return isinstance(x, Tensor) and x.dtype.kind == "f"


def requiring(x: Any) -> Any:
    """The input, made to require a gradient where it can."""
    return x.requires_grad_() if is_floating(x) else x


def as_leaves(inputs: Inputs, dtype: Any = None, device: str | None = None) -> list[Any]:
    """The inputs in memory of their own, those that are floating as leaves that require gradients."""
    made: list[Any] = []
    for x in inputs:
        if isinstance(x, Tensor):
            with no_grad():
                x = copy(x.detach())
                x = x if dtype is None or not is_floating(x) else x.astype(dtype)
                x = x if device is None else x.to_device(device)
        made.append(requiring(x))
    return made


def of_floats(f: Function, inputs: Inputs, all_outputs: bool = False) -> tuple[Function, list[Any]]:
    """The function of its floating inputs alone, which gives a list of its (floating) outputs, and these inputs."""
    places = [i for i, x in enumerate(inputs) if is_floating(x)]

    def on_floats(*xs: Any) -> list[Any]:
        arguments = list(inputs)
        for i, x in zip(places, xs):
            arguments[i] = x
        result = f(*arguments)
        return parts(result) if all_outputs else floating(result)

    return on_floats, [inputs[i] for i in places]


def described(xs: Inputs) -> list[Any]:
    """What inputs must have in common to be samples of one batch, or arguments of one program."""
    return [(x.shape, x.dtype) for x in xs]


def parts(result: Any) -> list[Any]:
    """What a function returned, as a list of tensors."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def floating(result: Any) -> list[Any]:
    """The tensors among what a function returned that can have a gradient."""
    return [y for y in parts(result) if y.dtype.kind == "f"]


def arrays(result: Any) -> list[Any]:
    """What a function returned, as a list of NumPy arrays."""
    return [copied(y) for y in parts(result)]


def copied(x: Any) -> Any:
    """The values of a tensor, in a NumPy array of their own."""
    return np.array(x.detach().numpy()) if isinstance(x, Tensor) else x


def evaluate(f: Function, xs: Inputs) -> list[Any]:
    """The values that a function gives, without a graph."""
    with no_grad():
        return arrays(f(*xs))


def directions_for(xs: Inputs) -> list[Any]:
    """Tangents for inputs, the same ones for the same shapes."""
    random = np.random.default_rng(2)
    return [Tensor(random.uniform(0.5, 1.5, x.shape), x.dtype, x.device) for x in xs]


def seeds_for(outputs: Inputs) -> list[Any]:
    """Gradients for outputs to start from; exact in every dtype."""
    random = np.random.default_rng(1)
    return [Tensor((random.integers(32, 96, y.shape) / 64).astype(y.dtype), device=y.device) for y in outputs]


def values_and_gradients(f: Function, xs: Inputs) -> tuple[list[Any], list[Any]]:
    """The outputs, and the gradients of floating inputs: zeros where nothing flows."""
    outputs = parts(f(*xs))
    recorded = [y for y in outputs if y.requires_grad and y.dtype.kind == "f"]
    leaves = [x for x in xs if is_floating(x)]
    if not recorded:
        return arrays(outputs), [np.zeros(x.shape, x.dtype) for x in leaves]
    seeds = seeds_for(recorded)
    found = grad(recorded, leaves, seeds, allow_unused=True)
    return arrays(outputs), [np.zeros(x.shape, x.dtype) if g is None else copied(g) for x, g in zip(leaves, found)]
