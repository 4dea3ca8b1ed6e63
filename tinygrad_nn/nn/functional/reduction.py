"""What becomes of the losses of single elements, and the checks that losses share."""

from __future__ import annotations

from typing import Any

from ... import backend, ops
from ...autograd.modes import current_mode
from ...backend.dtypes import is_floating
from ...tensor import Tensor

__all__ = ["REDUCTIONS", "check_pair", "check_reduction", "check_tensors", "check_within", "labels_like", "reduced"]

REDUCTIONS = frozenset(("mean", "sum", "none"))


def check_reduction(name: str, reduction: str) -> None:
    """Refuse an unknown reduction."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{name}: reduction={reduction!r}; wanted is 'mean', 'sum' or 'none'")


def check_tensors(name: str, input: Any, target: Any) -> None:
    """Refuse lists, numbers and arrays."""
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)):
        wrong, found = ("target", target) if isinstance(input, Tensor) else ("input", input)
        raise TypeError(f"{name}: the {wrong} is a {type(found).__name__}; make a tensor of it with tg.asarray(...)")


def check_pair(name: str, input: Any, target: Any, reduction: str) -> None:
    """Refuse a target that differs from the input in shape (nothing is broadcast) or is not floating."""
    check_tensors(name, input, target)
    if input.shape != target.shape:
        fix = f"; use target.reshape({input.shape})" if input.size == target.size else ""
        raise ValueError(f"{name}: the input has shape {input.shape}, the target {target.shape}; they must agree{fix}")
    if target.dtype is not input.dtype and not is_floating(target.dtype):
        raise TypeError(
            f"{name}: the target is {target.dtype}, the input {input.dtype}; use target.astype(tg.{input.dtype})"
        )
    if reduction not in REDUCTIONS:
        check_reduction(name, reduction)


def labels_like(name: str, input: Any, target: Any, shape: tuple[int, ...] | None = None) -> Any:
    """Labels of any dtype as numbers of that of the input; refuse other shapes than the given, or that of the input."""
    check_tensors(name, input, target)
    shape = input.shape if shape is None else shape
    if target.shape != shape:
        raise ValueError(f"{name}: the input has shape {input.shape}, the target {target.shape}; wanted is {shape}")
    return target if target.dtype is input.dtype else ops.astype(target, input.dtype)


def check_within(x: Any, low: float, high: float, error: Exception) -> None:
    """Raise the error where an element is not from `low` to `high`; a program asks for values when it is run."""
    recorder = current_mode().recorder
    if recorder is not None:
        recorder.check(x, low, high, None, error)
    elif not backend.all_within(x.array, low, high):
        raise error


def reduced(losses: Any, reduction: str) -> Tensor:
    """The losses, their sum or their mean."""
    total: Tensor = losses if reduction == "none" else losses.mean() if reduction == "mean" else losses.sum()
    return total
