"""Reading and writing at an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]


def at(x: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """The index of one place along an axis."""
    return (slice(None),) * (dim % x.ndim) + (index,)


def gather(x: Any, dim: int, index: Any) -> Any:
    """PyTorch reads only as far as the indices go; ours broadcasts them."""
    part = [slice(size) for size in index.shape]
    part[dim] = slice(None)
    return tg.take_along_axis(x[tuple(part)], index, axis=dim)


def scatter_add(x: Any, dim: int, index: Any, source: Any) -> Any:
    """PyTorch writes only as far as the indices go."""
    part = [slice(size) for size in index.shape]
    part[dim] = slice(None)
    added = tg.put_along_axis(source[tuple(slice(n) for n in index.shape)], index, axis=dim, size=x.shape[dim])
    return x + tg.scatter_add(added, tuple(part), x.shape)


def narrow(x: Any, dim: int, start: Any, length: int) -> Any:
    start = int(start) % x.shape[dim]
    return x[at(x, dim, slice(start, start + length))]


def take_slice(x: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    return x[at(x, dim, slice(start, end, step))]


def masked_select(x: Any, mask: Any) -> Any:
    x, mask = tg.broadcast_arrays(x, mask)
    return x[mask]


def index_put(x: Any, index: Any, value: Any, accumulate: bool = False) -> Any:
    if not accumulate:
        return tg.assign_at(x, index, value)
    return x + tg.scatter_add(tg.broadcast_to(value, x[index].shape), index, x.shape)


def put(x: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """PyTorch's places are those of the flattened tensor."""
    return tg.reshape(index_put(tg.reshape(x, (-1,)), (index,), tg.reshape(source, index.shape), accumulate), x.shape)


def slice_scatter(x: Any, source: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    return tg.assign_at(x, at(x, dim, slice(start, end, step)), source)


CALLS: dict[str, Callable[..., Any]] = {
    "__getitem__": lambda x, index: x[index],
    "gather": gather,
    "take_along_dim": lambda x, index, dim=None: (
        tg.take_along_axis(x, index, axis=dim)
        if dim is not None
        else tg.take_along_axis(tg.flatten(x), tg.flatten(index))
    ),
    "index_select": lambda x, dim, index: tg.take(x, index, axis=dim),
    "take": tg.take,
    "nn.functional.embedding": lambda weight, index: tg.take(weight, index, axis=0),
    "select": lambda x, dim, index: x[at(x, dim, index)],
    "slice": take_slice,
    **dict.fromkeys(("narrow", "narrow_copy"), narrow),
    "masked_select": masked_select,
    "nonzero": lambda x, as_tuple: tg.nonzero(x) if as_tuple else tg.stack(tg.nonzero(x), axis=1),
    "scatter_add": scatter_add,
    "index_put": index_put,
    "put": put,
    "index_add": lambda x, dim, index, source, alpha=1: x + tg.scatter_add(alpha * source, at(x, dim, index), x.shape),
    "index_fill": lambda x, dim, index, value: tg.assign_at(x, at(x, dim, index), value),
    "index_copy": lambda x, dim, index, source: tg.assign_at(x, at(x, dim, index), source),
    "select_scatter": lambda x, source, dim, index: tg.assign_at(x, at(x, dim, index), source),
    "slice_scatter": slice_scatter,
}
