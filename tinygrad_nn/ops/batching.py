"""What batch rules share: the first axis of an operand runs over samples, the others are those of one sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.variable import Variable
from ..autograd.vmap import aligned, padded
from .axes import behind

__all__ = ["aligned", "along_axis", "everywhere", "on_stacks", "padded"]


def along_axis(name: str) -> Callable[..., Any]:
    """The rule of a function of one array with an `axis`: the same along the axis behind."""

    def batch(xp: Any, batched: Any, x: Any, *, axis: Any = None, **attrs: Any) -> Any:
        return getattr(xp, name)(x, axis=behind(axis, x.ndim - 1), **attrs)

    return batch


def on_stacks(name: str) -> Callable[..., Any]:
    """The rule of a function of one array that takes any number of axes in front: the function itself."""
    return lambda xp, batched, x, **attrs: getattr(xp, name)(x, **attrs)


def everywhere(xp: Any, batched: Any, inputs: Any) -> list[Any]:
    """The tensors among the inputs, all with the axis of samples."""
    size = next(x.shape[0] for x, own in zip(inputs, batched) if own)
    return [
        xp.broadcast_to(x, (size, *x.shape)) if isinstance(x, Variable) and not own else x
        for x, own in zip(inputs, batched)
    ]
