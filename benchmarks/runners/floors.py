"""What no training step can do without, measured alone: its matrix products, and one pass over its memory.

The larger of the two is the roofline of a workload. Both are written in NumPy, in buffers that exist already, each in
the fastest of a few ways on the machine at hand. They are measured, not derived: a program may be a little faster, for
instance one that passes over its inputs once for two products.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from benchmarks.layers import between
from benchmarks.runners import Step
from benchmarks.workloads import Array, Parameters, Workload

Way = Callable[[], None]

TRIALS = 5
# The rows of a large batch that are multiplied together: few enough for what is made of them to stay in cache.
ROWS = 2048


def fastest(ways: Sequence[Way]) -> Way:
    """The one that takes least time, of a few tries each."""

    def seconds(way: Way) -> float:
        start = time.perf_counter()
        way()
        return time.perf_counter() - start

    return min(ways, key=lambda way: min(seconds(way) for _ in range(TRIALS)))


def make_products(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    """The matrix products of the step, and nothing else.

    For each layer of a perceptron the forward ``h @ W``, the weight gradient ``h.T @ g`` and, but for the first layer,
    the input gradient ``g @ W.T``. The ways: weights (inputs, outputs) or (outputs, inputs) in memory, the batch whole
    or in blocks of rows.
    """
    x, _ = batch
    between(workload.layers)
    layouts = [
        [np.ascontiguousarray(weight.T) for weight, _ in parameters],
        [np.ascontiguousarray(weight).T for weight, _ in parameters],
    ]
    blocks = sorted({len(x), min(len(x), ROWS)})
    return fastest([_products(x, weights, rows) for weights in layouts for rows in blocks])


def _products(x: Array, weights: Sequence[Array], rows: int) -> Way:
    """The products of a linear net with these weights, `rows` rows at a time."""
    values = [x, *(np.empty((len(x), weight.shape[1]), x.dtype) for weight in weights)]
    gradients = [np.empty_like(value) for value in values[1:]]
    gradients[-1].fill(1 / len(x))
    found = [np.empty_like(weight) for weight in weights]
    sums = [np.zeros_like(weight) for weight in weights]
    blocks = [slice(start, start + rows) for start in range(0, len(x), rows)]

    def multiply(block: slice) -> None:
        h, g = [value[block] for value in values], [gradient[block] for gradient in gradients]
        for layer, weight in enumerate(weights):
            np.matmul(h[layer], weight, out=h[layer + 1])
        for layer in range(len(weights) - 1, -1, -1):
            np.matmul(h[layer].T, g[layer], out=found[layer])
            if layer > 0:
                np.matmul(g[layer], weights[layer].T, out=g[layer - 1])

    def whole() -> None:
        multiply(blocks[0])

    def by_blocks() -> None:
        for total in sums:
            total.fill(0)
        for block in blocks:
            multiply(block)
            for total, part in zip(sums, found):
                total += part

    return whole if len(blocks) == 1 else by_blocks


def moments(workload: Workload) -> int:
    """How many arrays the optimizer keeps for each parameter."""
    if workload.optimizer == "adam":
        return 2
    return 1 if workload.momentum else 0


def make_pass(workload: Workload, batch: tuple[Array, Array], parameters: Parameters, threads: int) -> Step:
    """One pass over the memory that outlives the step: each array read or written as often as it must be at least.

    Inputs and targets are read (targets that are the inputs once), parameters and the optimizer's moments read and
    written, gradients written. What is between the layers does not count: it may stay in cache. The ways: one thread,
    or `threads` of them.
    """
    read = list({id(array): array for array in batch}.values())
    count = sum(array.size for arrays in parameters for array in arrays)
    state = np.ones((1 + moments(workload)) * count, np.float32)
    gradients = np.empty(count, np.float32)
    pool = ThreadPoolExecutor(threads)

    def touch(part: int, parts: int) -> None:
        for array in read:
            np.maximum.reduce(_part(array, part, parts), initial=0)  # the fastest way to read in NumPy
        own = _part(state, part, parts)
        np.multiply(own, 1, out=own)
        _part(gradients, part, parts).fill(0)

    def together() -> None:
        others = [pool.submit(touch, part, threads) for part in range(1, threads)]
        touch(0, threads)
        for other in others:
            other.result()

    return fastest([partial(touch, 0, 1), together])


def _part(array: Array, part: int, parts: int) -> Array:
    """One of `parts` contiguous parts of an array."""
    flat = array.reshape(-1)
    return flat[flat.size * part // parts : flat.size * (part + 1) // parts]
