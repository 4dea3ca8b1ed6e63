"""Convolutions as loops for numba, for float32: no windows are copied, each is where it is in the input.

One sample at a time is staged: written, with zeros around, so that elements a stride apart lie side by side. Then the
elements that one place in the kernel meets, in all windows of a few rows, lie one after the other too, a fixed way from
where the windows begin; between rows there are places that are no window, whose results are dropped. So the products
of a few outputs with a few vectors of windows are added up in registers, over all places in the kernel.

Arrays have three spatial axes here, of which the first may have one element. To import this imports numba.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled
from .vectors import LANES, add_product, greater, load, spread, store, total

__all__ = ["PAIR", "add_weight_gradient", "convolve"]

PAIR = 2 * LANES
ZERO = np.float32(0)


def _compiled(loop: Any) -> Any:
    return compiled(loop) or loop


def _inlined(loop: Any) -> Any:
    return compiled(loop, inlined=True) or loop


@_inlined
def _copy(source: Any, start: int, target: Any, place: int, length: int) -> None:
    """Some elements of a flat array to another: the last vector may go over what is copied already."""
    if length < LANES:
        for i in range(length):
            target[place + i] = source[start + i]
        return
    for i in range(0, length - LANES, LANES):
        store(target, place + i, load(source, start + i))
    store(target, place + length - LANES, load(source, start + length - LANES))


@_compiled
def _stage(x: Any, shape: Any, n: int, low: Any, stride: Any, size: Any, staged: Any, start: int) -> None:
    """One sample, (C, D, H, W), as (C, *stride, *size) among zeros; what lies outside is left out."""
    plane, phases = size[0] * size[1] * size[2], stride[0] * stride[1] * stride[2]
    if phases == 1 and low[0] == low[1] == low[2] == 0 and size == shape[2:]:
        _copy(x, n * shape[1] * plane, staged, start, shape[1] * plane)
        return
    first, last = max(0, -low[2]), min(shape[4], size[2] * stride[2] - low[2])
    for c in range(shape[1]):
        for d in range(max(0, -low[0]), min(shape[2], size[0] * stride[0] - low[0])):
            for h in range(max(0, -low[1]), min(shape[3], size[1] * stride[1] - low[1])):
                source = (((n * shape[1] + c) * shape[2] + d) * shape[3] + h) * shape[4]
                to_d, to_h = d + low[0], h + low[1]
                row = start + c * phases * plane
                if phases == 1:
                    row += (to_d * size[1] + to_h) * size[2]
                else:
                    phase = (to_d % stride[0] * stride[1] + to_h % stride[1]) * stride[2]
                    row += phase * plane + (to_d // stride[0] * size[1] + to_h // stride[1]) * size[2]
                if stride[2] == 1:
                    _copy(x, source + first, staged, row + first + low[2], last - first)
                else:
                    for w in range(first, last):
                        to_w = w + low[2]
                        staged[row + to_w % stride[2] * plane + to_w // stride[2]] = x[source + w]


@_inlined
def _four_outputs(x: Any, start: int, offsets: Any, weight: Any, bias: Any, least: Any, o: int, y: Any, place: int,
                  pitch: int) -> None:  # fmt: skip
    """Two vectors of windows from `start` on, for four outputs: their rows in `y` are a `pitch` apart."""
    a0 = b0 = spread(bias[o])
    a1 = b1 = spread(bias[o + 1])
    a2 = b2 = spread(bias[o + 2])
    a3 = b3 = spread(bias[o + 3])
    for i in range(offsets.size):
        at = start + offsets[i]
        a, b = load(x, at), load(x, at + LANES)
        w = spread(weight[o, i])
        a0, b0 = add_product(w, a, a0), add_product(w, b, b0)
        w = spread(weight[o + 1, i])
        a1, b1 = add_product(w, a, a1), add_product(w, b, b1)
        w = spread(weight[o + 2, i])
        a2, b2 = add_product(w, a, a2), add_product(w, b, b2)
        w = spread(weight[o + 3, i])
        a3, b3 = add_product(w, a, a3), add_product(w, b, b3)
    limit = spread(least)
    store(y, place, greater(a0, limit))
    store(y, place + LANES, greater(b0, limit))
    store(y, place + pitch, greater(a1, limit))
    store(y, place + pitch + LANES, greater(b1, limit))
    store(y, place + 2 * pitch, greater(a2, limit))
    store(y, place + 2 * pitch + LANES, greater(b2, limit))
    store(y, place + 3 * pitch, greater(a3, limit))
    store(y, place + 3 * pitch + LANES, greater(b3, limit))


@_inlined
def _one_output(x: Any, start: int, offsets: Any, weight: Any, bias: Any, least: Any, o: int, y: Any,
                place: int) -> None:  # fmt: skip
    a = b = spread(bias[o])
    for i in range(offsets.size):
        at = start + offsets[i]
        w = spread(weight[o, i])
        a, b = add_product(w, load(x, at), a), add_product(w, load(x, at + LANES), b)
    limit = spread(least)
    store(y, place, greater(a, limit))
    store(y, place + LANES, greater(b, limit))


@_compiled
def convolve(x: Any, shape: Any, samples: Any, low: Any, stride: Any, size: Any, offsets: Any, weight: Any,
             bias: Any, least: Any, y: Any, windows: Any, rows: int) -> None:  # fmt: skip
    """Fill `samples` (from, to) of `y`, (N, O, *windows), from those of `x`, which has the shape (N, C, D, H, W).

    Both are flat. `low` is how many zeros stand before each axis; `size` that of what is staged. `offsets` says for
    each group where the elements lie that its outputs are products of, with the rows of `weight`, plus the `bias`; they
    become `least` where they are less. So many `rows` of windows at a time stay in the cache.
    """
    groups = offsets.shape[0]
    outputs = weight.shape[0] // groups
    staged = np.zeros(shape[1] * stride[0] * stride[1] * stride[2] * size[0] * size[1] * size[2] + 2 * PAIR, x.dtype)
    some = np.empty(4 * ((rows - 1) * size[2] + windows[2] + PAIR), x.dtype)
    channel = windows[0] * windows[1] * windows[2]
    long = windows[2] >= PAIR
    target = y if long else some
    for n in range(samples[0], samples[1]):
        _stage(x, shape, n, low, stride, size, staged, 0)
        for d in range(windows[0]):
            for top in range(0, windows[1], rows):
                height = min(rows, windows[1] - top)
                start = (d * size[1] + top) * size[2]
                # Long rows go to their place; short ones together, with what is no window, by way of `some`.
                pitch = channel if long else (height - 1) * size[2] + windows[2] + PAIR
                for group in range(groups):
                    at = offsets[group]
                    end = (group + 1) * outputs
                    for o in range(group * outputs, end, 4):
                        first = max(min(o, end - 4), group * outputs)  # some outputs may be computed twice
                        place = (n * weight.shape[0] + first) * channel + (d * windows[1] + top) * windows[2]
                        for h in range(height if long else 1):
                            source = start + h * size[2]
                            to = place + h * windows[2] if long else 0
                            length = windows[2] if long else pitch - PAIR
                            for q in range(0, length, PAIR):
                                q = min(q, length - PAIR) if long else q
                                from_q, to_q = source + q, to + q
                                if outputs >= 4:
                                    _four_outputs(staged, from_q, at, weight, bias, least, first, target, to_q, pitch)
                                else:
                                    for j in range(outputs):
                                        to_j = to_q + j * pitch
                                        _one_output(staged, from_q, at, weight, bias, least, o + j, target, to_j)
                        if not long:
                            for j in range(min(4, outputs)):
                                for h in range(height):
                                    row = place + j * channel + h * windows[2]
                                    _copy(some, j * pitch + h * size[2], y, row, windows[2])


@_compiled
def _four_by_three(x: Any, start: int, further: int, at0: int, at1: int, at2: int, g: Any, place: int, pitch: int,
                   step: int, samples: int, length: int, sums: Any) -> None:  # fmt: skip
    """The sums of the products of four rows of `g` with three places of the kernel."""
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = spread(ZERO)
    for n in range(samples):
        at, row = start + n * further, place + n * step
        for q in range(0, length, LANES):
            a, b, c = load(x, at + at0 + q), load(x, at + at1 + q), load(x, at + at2 + q)
            v = load(g, row + q)
            a0, b0, c0 = add_product(v, a, a0), add_product(v, b, b0), add_product(v, c, c0)
            v = load(g, row + pitch + q)
            a1, b1, c1 = add_product(v, a, a1), add_product(v, b, b1), add_product(v, c, c1)
            v = load(g, row + 2 * pitch + q)
            a2, b2, c2 = add_product(v, a, a2), add_product(v, b, b2), add_product(v, c, c2)
            v = load(g, row + 3 * pitch + q)
            a3, b3, c3 = add_product(v, a, a3), add_product(v, b, b3), add_product(v, c, c3)
    sums[0, 0], sums[1, 0], sums[2, 0], sums[3, 0] = total(a0), total(a1), total(a2), total(a3)
    sums[0, 1], sums[1, 1], sums[2, 1], sums[3, 1] = total(b0), total(b1), total(b2), total(b3)
    sums[0, 2], sums[1, 2], sums[2, 2], sums[3, 2] = total(c0), total(c1), total(c2), total(c3)


@_compiled
def _one_by_one(x: Any, start: int, further: int, at0: int, g: Any, place: int, step: int, samples: int,
                length: int) -> Any:  # fmt: skip
    a = spread(ZERO)
    for n in range(samples):
        at, row = start + n * further + at0, place + n * step
        for q in range(0, length, LANES):
            a = add_product(load(g, row + q), load(x, at + q), a)
    return total(a)


@_compiled
def _stage_rows(g: Any, start: int, channel: int, channels: int, height: int, length: int, width: int, pitch: int,
                staged: Any, place: int) -> None:  # fmt: skip
    """Rows of windows of one sample, as far apart as those of the staged input; between them there are zeros."""
    for o in range(channels):
        row = place + o * pitch
        for h in range(height):
            _copy(g, start + o * channel + h * length, staged, row + h * width, length)
        for i in range((height - 1) * width + length, pitch):  # fewer rows than before may leave some behind
            staged[row + i] = ZERO


@_compiled
def add_weight_gradient(x: Any, shape: Any, samples: Any, low: Any, stride: Any, size: Any, offsets: Any, g: Any,
                        windows: Any, weight: Any, rows: int, block: int) -> None:  # fmt: skip
    """Add to `weight`, (O, places), the gradient that `samples` (from, to) give it; `block` of them at a time.

    `x` and its `shape`, and `g`, (N, O, *windows), are as for `convolve`.
    """
    groups, places = offsets.shape
    outputs = weight.shape[0] // groups
    further = shape[1] * stride[0] * stride[1] * stride[2] * size[0] * size[1] * size[2]
    staged = np.zeros(block * further + 2 * PAIR, x.dtype)
    pitch = ((rows - 1) * size[2] + windows[2] + LANES - 1) // LANES * LANES
    step = weight.shape[0] * pitch
    of_windows = np.zeros(block * step, x.dtype)
    channel = windows[0] * windows[1] * windows[2]
    sums = np.empty((4, 3), x.dtype)
    for n in range(samples[0], samples[1], block):
        count = min(block, samples[1] - n)
        for j in range(count):
            _stage(x, shape, n + j, low, stride, size, staged, j * further)
        for d in range(windows[0]):
            for top in range(0, windows[1], rows):
                height = min(rows, windows[1] - top)
                for j in range(count):
                    row = (n + j) * weight.shape[0] * channel + (d * windows[1] + top) * windows[2]
                    _stage_rows(g, row, channel, weight.shape[0], height, windows[2], size[2], pitch, of_windows,
                                j * step)  # fmt: skip
                start = (d * size[1] + top) * size[2]
                length = (height - 1) * size[2] + windows[2]
                for o in range(weight.shape[0]):
                    at = offsets[o // outputs]
                    if outputs < 4 or places < 3:
                        for i in range(places):
                            weight[o, i] += _one_by_one(
                                staged, start, further, at[i], of_windows, o * pitch, step, count, length
                            )
                    elif o % outputs % 4 == 0:
                        first = min(o, (o // outputs + 1) * outputs - 4)  # some may be computed twice, and added once
                        for i in range(0, places, 3):
                            j = min(i, places - 3)
                            _four_by_three(
                                staged, start, further, at[j], at[j + 1], at[j + 2], of_windows, first * pitch, pitch,
                                step, count, length, sums,
                            )  # fmt: skip
                            for k in range(o - first, 4):
                                for m in range(i - j, 3):
                                    weight[first + k, j + m] += sums[k, m]
