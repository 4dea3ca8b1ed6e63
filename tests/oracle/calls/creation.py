"""New arrays, which have no gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]


def full(shape: Sequence[int], value: float, dtype: Any, device: str) -> Any:
    return tg.full(shape, value, dtype=dtype, device=device)


def new(ours: Callable[..., Any]) -> Callable[..., Any]:
    """An array of the dtype of another."""

    def call(x: Any, shape: Sequence[int], *value: float, dtype: Any = None, device: str | None = None) -> Any:
        return ours(shape, *value, dtype=dtype or x.dtype, device=device or x.device)

    return call


def eye(rows: int, columns: int | None = None, *, dtype: Any, device: str, requires_grad: bool) -> Any:
    return tg.eye(rows, columns, dtype=dtype, device=device)


def arange(start: float, *stop_and_step: float, end: float | None = None, **kind: Any) -> Any:
    return tg.arange(start, *(stop_and_step if end is None else (end,)), **kind)


CALLS: dict[str, Callable[..., Any]] = {
    "zeros_like": tg.zeros_like,
    "ones_like": tg.ones_like,
    "full_like": tg.full_like,
    "zero_": tg.zeros_like,
    "fill": lambda x, value: tg.full_like(x, value),
    "full": full,
    "new_full": new(tg.full),
    "new_zeros": new(tg.zeros),
    "new_ones": new(tg.ones),
    "zeros": tg.zeros,
    "ones": tg.ones,
    "eye": eye,
    "arange": arange,
    "linspace": tg.linspace,
}
