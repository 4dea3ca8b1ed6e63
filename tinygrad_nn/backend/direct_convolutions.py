"""Convolutions of float32 on the CPU where numba is there: by loops that copy no windows, on all cores.

The gradient of the input is a convolution too: of the gradient, with the kernels turned around, inputs and outputs
exchanged. With a stride, it is one for each of the places that elements have between two windows.

All three words take `out`: memory in order, for the result, in which the plain ways put a copy.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .activations import ACTIVATIONS
from .convolutions import Convolutions, Pairs, Sizes, output_sizes
from .jit import installed
from .threads import count, shared, split

__all__ = ["DirectConvolutions"]

ROOM = 64 * 1024  # elements that are gone over again and again at a time: they stay in a core's own cache
BLOCK = 256 * 1024  # bytes of windows that are made at a time where that is the way: likewise
SMALL = 1 << 16  # products below which what is around the loops takes longer than they save
SHARED = 4_000_000  # products from which a second core is worth waking


class Plan(NamedTuple):
    """What a loop has to know of shapes and settings."""

    shape: Any  # (N, C, D, H, W) of the input
    windows: Any
    low: Any  # zeros before each of the three axes
    stride: Any
    size: Any  # of what is staged
    offsets: Any  # (groups, places): where the elements lie that the outputs of a group are products of
    rows: int  # of windows, at a time


class DirectConvolutions(Convolutions):
    """The same words, with loops for what they are for; what they are not for goes the plain way."""

    def __init__(self) -> None:
        super().__init__(np, BLOCK)

    def convolution(self, x: Any, weight: Any, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int,
                    bias: Any = None, least: float = -np.inf, out: Any = None) -> Any:  # fmt: skip
        """The convolution, plus a bias, and where it is less than `least` that."""
        sizes = output_sizes(x.shape[2:], weight.shape[2:], stride, padding, dilation)
        suits = _suits(x, weight, weight.shape[2:], len(x) * prod(sizes) * weight.size)
        if suits and (bias is None or bias.dtype == np.float32):
            plan = _forward_plan(x.shape, weight.shape, stride, padding, dilation, groups)
            y = _filled(plan, x, weight.reshape(len(weight), -1), bias, least, out)
            return y.reshape(len(x), len(weight), *sizes)
        y = super().convolution(x, weight, stride, padding, dilation, groups)
        if bias is not None:
            y = _plus(y, bias)
        return placed(y if least == -np.inf else np.maximum(y, np.array(least, y.dtype)), out)

    def biased_convolution(self, xp: Any, x: Any, weight: Any, bias: Any, **geometry: Any) -> Any:
        """The operation of that name."""
        return self.convolution(x, weight, bias=bias, **geometry)

    def activated_convolution(self, xp: Any, x: Any, weight: Any, bias: Any = None, *, activation: str,
                              **geometry: Any) -> Any:  # fmt: skip
        """The operation of that name."""
        if activation == "relu":
            return self.convolution(x, weight, bias=bias, least=0.0, **geometry)
        y = self.convolution(x, weight, bias=bias, **geometry)
        return ACTIVATIONS[activation](y, y if y.dtype.kind in "fc" else None)

    def convolution_input(self, y: Any, weight: Any, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
                          groups: int, out: Any = None) -> Any:  # fmt: skip
        if not _suits(y, weight, weight.shape[2:], prod(y.shape) // max(1, len(weight)) * weight.size):
            return placed(super().convolution_input(y, weight, shape, stride, padding, dilation, groups), out)
        inputs, kernel = weight.shape[1], weight.shape[2:]
        whole = (len(y), groups * inputs, *shape)
        # (O, C / groups, *kernel) as (groups * C / groups, O / groups, *kernel)
        turned = weight.reshape(groups, -1, *weight.shape[1:]).swapaxes(1, 2).reshape(groups * inputs, -1, *kernel)
        parts = _input_parts(y.shape, kernel, shape, stride, padding, dilation, groups)
        if prod(stride) == 1:
            part = parts[0]
            return _filled(part.plan, y, turned[part.places].reshape(len(turned), -1), out=out).reshape(whole)
        x = np.empty(whole, np.float32) if out is None else out
        x[...] = 0
        for part in parts:
            x[part.where] = _filled(part.plan, y, turned[part.places].reshape(len(turned), -1)).reshape(
                x[part.where].shape
            )
        return x

    def convolution_weight(self, x: Any, y: Any, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
                           groups: int, out: Any = None) -> Any:  # fmt: skip
        weight_shape = (y.shape[1], x.shape[1] // groups, *shape)
        if not _suits(x, y, shape, prod(y.shape) // max(1, y.shape[1]) * prod(weight_shape)):
            return placed(super().convolution_weight(x, y, shape, stride, padding, dilation, groups), out)
        from .convolution_loops import add_weight_gradient

        plan = _forward_plan(x.shape, weight_shape, stride, padding, dilation, groups)
        pieces = split(len(x), count() if prod(y.shape) * prod(weight_shape[1:]) >= SHARED else 1)
        sums = np.zeros((len(pieces), y.shape[1], prod(weight_shape[1:])), np.float32)
        block = max(1, ROOM // (x[0].size + y[0].size))
        given, of_windows = (np.ascontiguousarray(array).reshape(-1) for array in (x, y))
        fixed = (plan.low, plan.stride, plan.size, plan.offsets, of_windows, plan.windows)
        calls = [(given, plan.shape, p, *fixed, own, plan.rows, block) for p, own in zip(pieces, sums)]
        shared(add_weight_gradient, calls)
        return placed((sums[0] if len(sums) == 1 else sums.sum(0)).reshape(weight_shape), out)


class Part(NamedTuple):
    """A convolution that gives the gradient of every so-manieth element of an input."""

    plan: Plan
    places: Any  # the index of those in the kernel that meet these elements
    where: Any  # the index of the elements


def _suits(one: Any, other: Any, kernel: Sizes, products: int) -> bool:
    """Whether the loops are for such arrays: kernels of one element are a matrix product as they are."""
    if not (one.dtype == other.dtype == np.float32 and products >= SMALL and len(kernel) <= 3 and max(kernel) > 1):
        return False
    return installed() is not None


def _plus(y: Any, bias: Any) -> Any:
    bias = bias.reshape(-1, *(1,) * (y.ndim - 2))
    return np.add(y, bias, out=y) if np.result_type(y, bias) == y.dtype else y + bias


def _three(sizes: Any, fill: int) -> tuple[Any, ...]:
    """Numbers for three axes: those in front that are missing are filled in."""
    return (fill,) * (3 - len(sizes)) + tuple(sizes)


@lru_cache(256)
def _forward_plan(x: Sizes, weight: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int) -> Plan:
    """Of a convolution of these shapes."""
    windows = output_sizes(x[2:], weight[2:], stride, padding, dilation)
    low = tuple(before for before, _ in padding)
    places = [tuple(range(0, k * d, d)) for k, d in zip(weight[2:], dilation)]
    return _plan(x, groups, windows, stride, low, places)


@lru_cache(256)
def _input_parts(y: Sizes, kernel: Sizes, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
                 groups: int) -> list[Part]:  # fmt: skip
    """The convolutions of which the transposed one consists: one for each place between two windows."""
    made = []
    for phase in product(*map(range, stride)):
        taken = [
            [k for k in range(n) if k * d % s == r] for n, d, s, r in zip(kernel, dilation, stride, phase)
        ]  # of the places in the kernel
        first = [(r - a) % s for r, s, (a, _) in zip(phase, stride, padding)]  # of the elements
        windows = tuple(len(range(i, n, s)) for i, n, s in zip(first, shape, stride))
        if not all(taken) or not all(windows):
            continue
        # Element i + j * s is (i + before) // s + j windows behind the first; place k looks k * d // s windows back.
        back = [[k * d // s for k in ks] for ks, d, s in zip(taken, dilation, stride)]
        low = tuple(max(b) - (i + a) // s for b, i, s, (a, _) in zip(back, first, stride, padding))
        places = [tuple(max(b) - n for n in b) for b in back]
        plan = _plan(y, groups, windows, (1,) * len(kernel), low, places)
        index = (slice(None), slice(None), *np.ix_(*taken)) if len(stride) > 1 else (slice(None), slice(None), *taken)
        where = (slice(None), slice(None), *(slice(i, None, s) for i, s in zip(first, stride)))
        made.append(Part(plan, index, where))
    return made


def _plan(x: Sizes, groups: int, windows: Sizes, stride: Sizes, low: Sizes, places: Any) -> Plan:
    """For `places` in the kernel along each axis, as they lie in the padded input."""
    shape = (*x[:2], *_three(x[2:], 1))
    windows, stride, low = _three(windows, 1), _three(stride, 1), _three(low, 0)
    places = ((0,),) * (3 - len(places)) + tuple(places)
    size = tuple(n + max(at) // s for n, at, s in zip(windows, places, stride))
    plane, phases = prod(size), prod(stride)
    offsets = []
    for d, h, w in product(*places):
        phase = (d % stride[0] * stride[1] + h % stride[1]) * stride[2] + w % stride[2]
        offsets.append(phase * plane + (d // stride[0] * size[1] + h // stride[1]) * size[2] + w // stride[2])
    starts = np.arange(x[1]).reshape(groups, -1, 1) * (phases * plane)
    rows = max(1, min(windows[1], ROOM // (x[1] // groups * size[2])))
    return Plan(shape, windows, low, stride, size, (starts + np.array(offsets)).reshape(groups, -1), rows)


def placed(y: Any, out: Any) -> Any:
    """`y`, in other memory where it was given."""
    if out is None:
        return y
    np.copyto(out, y)
    return out


def _filled(plan: Plan, x: Any, weight: Any, bias: Any = None, least: float = -np.inf, out: Any = None) -> Any:
    """What a convolution gives, (N, O, *windows), flat."""
    from .convolution_loops import convolve

    y = np.empty(len(x) * len(weight) * prod(plan.windows), np.float32) if out is None else out.reshape(-1)
    bias = np.zeros(len(weight), np.float32) if bias is None else np.ascontiguousarray(bias)
    kernels = (plan.offsets, np.ascontiguousarray(weight), bias, np.float32(least))
    fixed = (plan.low, plan.stride, plan.size, *kernels, y, plan.windows, plan.rows)
    given = np.ascontiguousarray(x).reshape(-1)
    pieces = split(len(x), 4 * count() if y.size * weight.shape[1] >= SHARED else 1)
    shared(convolve, [(given, plan.shape, piece, *fixed) for piece in pieces])
    return y
