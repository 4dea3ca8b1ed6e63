"""Shapes, arrangement, joining, copies and casts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]


def expand(x: Any, shape: Sequence[int]) -> Any:
    """PyTorch's -1 keeps the size that there is."""
    own = (0,) * (len(shape) - x.ndim) + x.shape
    return tg.broadcast_to(x, tuple(old if new == -1 else new for old, new in zip(own, shape)))


def pad(x: Any, widths: Sequence[int], mode: str = "constant", value: float = 0) -> Any:
    """PyTorch's widths go in pairs from the last axis to the first."""
    assert mode == "constant"
    pairs = list(zip(widths[::2], widths[1::2]))[::-1]
    return tg.pad(x, [(0, 0)] * (x.ndim - len(pairs)) + pairs, value)


def split_by(x: Any, size: int, dim: int = 0) -> Any:
    """Pieces of one size, the last of them as long as it comes."""
    return tg.split(x, list(range(size, x.shape[dim], size)), axis=dim)


def split_into(x: Any, sizes: Sequence[int], dim: int = 0) -> Any:
    return tg.split(x, list(accumulate(sizes))[:-1], axis=dim)


def tensor_split(x: Any, places: Any, dim: int = 0) -> Any:
    """PyTorch's number of pieces may leave a rest, which the first pieces take."""
    places = places.tolist() if isinstance(places, tg.Tensor) else places
    if isinstance(places, int):
        size, rest = divmod(x.shape[dim], places)
        return split_into(x, [size + 1] * rest + [size] * (places - rest), dim)
    return tg.split(x, places, axis=dim)


def repeat(x: Any, repetitions: Sequence[int]) -> Any:
    return tg.tile(x, tuple(repetitions))


def repeat_interleave(x: Any, repeats: Any, dim: int | None = None, output_size: int | None = None) -> Any:
    return tg.repeat(x, repeats.tolist() if isinstance(repeats, tg.Tensor) else repeats, axis=dim)


def cast(dtype: Any) -> Callable[..., Any]:
    """A cast; the order of the elements in memory is not ours to choose."""
    return lambda x, memory_format=None: tg.astype(x, dtype)


def to(x: Any, *target: Any, memory_format: Any = None) -> Any:
    """PyTorch tells from its type what is named: a device, a dtype, or a tensor with both."""
    for part in target[:2]:
        if isinstance(part, tg.Tensor):
            x = tg.astype(tg.to_device(x, part.device), part.dtype)
        elif isinstance(part, str):
            x = tg.to_device(x, part)
        elif not isinstance(part, bool):
            x = tg.astype(x, part)
    return x


def permute(x: Any, axes: Sequence[int]) -> Any:
    return tg.permute_dims(x, tuple(axes))


def meshgrid(first: Any, *others: Any, indexing: str) -> Any:
    """PyTorch takes numbers for vectors of one, and a list too."""
    xs = first if isinstance(first, list) else (first, *others)
    return tg.meshgrid(*(tg.reshape(x, (-1,)) for x in xs), indexing=indexing)


def copied(x: Any, **memory: Any) -> Any:
    return tg.copy(x)


CALLS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("reshape", "view", "view_copy"), tg.reshape),
    **dict.fromkeys(("reshape_as", "view_as"), lambda x, other: tg.reshape(x, other.shape)),
    "ravel": tg.flatten,
    "flatten": lambda x, start_dim=0, end_dim=-1: tg.flatten(x, start_dim, end_dim),
    **dict.fromkeys(("permute", "permute_copy"), permute),
    **dict.fromkeys(("transpose", "transpose_copy"), tg.swapaxes),
    **dict.fromkeys(("t", "t_copy"), lambda x: tg.permute_dims(x, tuple(range(x.ndim))[::-1])),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "movedim": tg.moveaxis,
    **dict.fromkeys(("squeeze", "squeeze:multiple", "squeeze_copy"), lambda x, dim=None: tg.squeeze(x, axis=dim)),
    **dict.fromkeys(("unsqueeze", "unsqueeze_copy"), lambda x, dim: tg.expand_dims(x, axis=dim)),
    **dict.fromkeys(("expand", "expand_copy"), expand),
    "expand_as": lambda x, other: tg.broadcast_to(x, other.shape),
    "broadcast_to": tg.broadcast_to,
    "broadcast_tensors": tg.broadcast_arrays,
    "flip": lambda x, dims: tg.flip(x, axis=dims),
    "fliplr": lambda x: tg.flip(x, axis=1),
    "flipud": lambda x: tg.flip(x, axis=0),
    "roll": lambda x, shifts, dims=None: tg.roll(x, shifts, axis=dims),
    "tile": repeat,
    "repeat": repeat,
    "repeat_interleave": repeat_interleave,
    "constant_pad_nd": lambda x, widths, value=0: pad(x, widths, "constant", value),
    "nn.functional.pad:constant": pad,
    "tril": lambda x, k=0: tg.tril(x, k=k),
    "triu": lambda x, k=0: tg.triu(x, k=k),
    "cat": lambda xs, dim=0: tg.concat(xs, axis=dim),
    "stack": lambda xs, dim=0: tg.stack(xs, axis=dim),
    "hstack": lambda xs: tg.concat(xs, axis=min(1, xs[0].ndim - 1)),
    **dict.fromkeys(("meshgrid:variadic_tensors", "meshgrid:list_of_tensors"), meshgrid),
    **dict.fromkeys(("unbind", "unbind_copy"), lambda x, dim=0: tg.unstack(x, axis=dim)),
    **dict.fromkeys(("split", "unsafe_split"), split_by),
    **dict.fromkeys(("split:list_args", "split_with_sizes", "split_with_sizes_copy"), split_into),
    **dict.fromkeys(("chunk", "unsafe_chunk"), lambda x, n, dim=0: split_by(x, -(-x.shape[dim] // n), dim)),
    "tensor_split": tensor_split,
    "hsplit": lambda x, places: tg.split(x, places, axis=min(1, x.ndim - 1)),
    "vsplit": lambda x, places: tg.split(x, places, axis=0),
    "dsplit": lambda x, places: tg.split(x, places, axis=2),
    **dict.fromkeys(("clone", "contiguous", "alias_copy"), copied),
    "to": to,
    "half": cast(tg.float16),
    "float": cast(tg.float32),
    "double": cast(tg.float64),
    "cfloat": cast(tg.complex64),
    "cdouble": cast(tg.complex128),
    "bool": cast(tg.bool),
    "char": cast(tg.int8),
    "byte": cast(tg.uint8),
    "short": cast(tg.int16),
    "int": cast(tg.int32),
    "long": cast(tg.int64),
}
