"""Indices, taken apart into a template and arrays, and what they become where there is an axis of samples in front."""

from __future__ import annotations

from typing import Any

from ..autograd.variable import Variable
from .batching import everywhere, padded

__all__ = ["ARRAY", "put_together"]


class _Array:
    """Stands for the next index array in a template."""

    def __repr__(self) -> str:
        return "array"


ARRAY = _Array()


def put_together(template: Any, arrays: tuple[Any, ...]) -> Any:
    """The index that `take_index_apart` took apart."""
    if not arrays:
        return template
    if len(template) == 1:
        return arrays[0]
    rest = iter(arrays)
    return tuple(next(rest) if part is ARRAY else part for part in template)


def getitem(xp: Any, batched: Any, x: Any, *, template: Any) -> Any:
    return x[_behind(template)]


def _behind(template: Any) -> tuple[Any, ...]:
    """The index of one sample as one of all."""
    return (slice(None), *(template if type(template) is tuple else (template,)))


def _together(template: Any) -> bool:
    """Whether the arrays (and the integers, which count as such where there are arrays) stand side by side."""
    places = [i for i, part in enumerate(template) if part is ARRAY or isinstance(part, int)]
    return places == list(range(places[0], places[-1] + 1))


def _per_sample(xp: Any, batched: Any, arrays: Any) -> tuple[Any, ...]:
    """Index arrays of which some differ from sample to sample, led by the number of the sample: (B, ...) each."""
    ndim = max(len(x.shape) - own for x, own in zip(arrays, batched) if isinstance(x, Variable))
    first = next(x for x, own in zip(arrays, batched) if own)
    size = first.shape[0]
    samples = xp.cumulative_sum(xp.ones_like(xp.reshape(first, (size, -1))[:, 0]), axis=0) - 1
    rest = [padded(x, ndim) if own else x for x, own in zip(arrays, batched)]
    return (xp.reshape(samples, (size, *(1,) * ndim)), *rest)


def _index_for_all(xp: Any, batched: Any, arrays: Any, template: Any) -> Any:
    """The index into (B, ...) that does for every sample what the template does for one; None where there is none."""
    if any(own and _is_mask(x) for x, own in zip(arrays, batched)):
        raise ValueError("vmap: a boolean mask differs from sample to sample, and so would the shape; use tg.where")
    if not any(batched):
        return (slice(None), *_tuple(put_together(template, arrays))) if not arrays or _together(template) else None
    if all(part is ARRAY for part in template) and not any(map(_is_mask, arrays)):
        return _per_sample(xp, batched, arrays)
    return None


def _is_mask(x: Any) -> bool:
    return isinstance(x, bool) or x.dtype.kind == "b"


def _tuple(index: Any) -> tuple[Any, ...]:
    return index if type(index) is tuple else (index,)


def getitem_at_arrays(xp: Any, batched: Any, x: Any, *arrays: Any, template: Any) -> Any:
    index = _index_for_all(xp, batched[1:], arrays, template)
    if index is None:
        return NotImplemented
    if not batched[0]:
        return xp.getitem(x, index[1:])  # all samples read from the same array
    return xp.getitem(x, index)


def scatter_add(xp: Any, batched: Any, x: Any, *arrays: Any, template: Any, shape: tuple[int, ...]) -> Any:
    index = _index_for_all(xp, batched[1:], arrays, template)
    if index is None:
        return NotImplemented
    size = next(y.shape[0] for y, own in zip((x, *arrays), batched) if own)
    if not batched[0]:
        x = xp.broadcast_to(x, (size, *x.shape))
    return xp.scatter_add(x, index, (size, *shape))


def assign_at(xp: Any, batched: Any, x: Any, value: Any, *arrays: Any, template: Any) -> Any:
    index = _index_for_all(xp, batched[2:], arrays, template)
    if index is None:
        return NotImplemented
    if not batched[0]:
        size = next(y.shape[0] for y, own in zip((value, *arrays), batched[1:]) if own)
        x = xp.broadcast_to(x, (size, *x.shape))
    if batched[1]:
        ndim = xp.getitem(x, index).ndim - 1
        if value.ndim > ndim + 1:  # leading axes of size one that the place does not have
            value = xp.reshape(value, (value.shape[0], *value.shape[value.ndim - ndim :]))
        value = padded(value, ndim)
    return xp.assign_at(x, index, value)


def take_along_axis(xp: Any, batched: Any, x: Any, indices: Any, *, axis: int) -> Any:
    x, indices = everywhere(xp, batched, (x, indices))
    return xp.take_along_axis(x, indices, axis=axis + 1)


def put_along_axis(xp: Any, batched: Any, x: Any, indices: Any, *, axis: int, size: int) -> Any:
    x, indices = everywhere(xp, batched, (x, indices))
    return xp.put_along_axis(padded(x, indices.ndim - 1), indices, axis=axis + 1, size=size)
