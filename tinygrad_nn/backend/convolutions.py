"""Convolutions as matrix products, over any number of spatial axes.

Each output element is a product of the kernel with a window of the input. The windows of a block of samples are copied
out of a strided view (im2col), so that one batched product computes the block; where it goes back, the products are
added up at the windows' places (col2im).

All here take the array library, NumPy or CuPy, which have the same functions; `Convolutions` binds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

__all__ = ["Convolutions", "Pairs", "Sizes", "output_sizes", "padded"]

Sizes = tuple[int, ...]  # one for each spatial axis
Pairs = tuple[tuple[int, int], ...]  # likewise: before the first element, and after the last


def output_sizes(sizes: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Sizes:
    """How many windows there are along each spatial axis."""
    return tuple(
        (size + before + after - d * (k - 1) - 1) // s + 1
        for size, k, s, (before, after), d in zip(sizes, kernel, stride, padding, dilation)
    )


def padded(library: Any, x: Any, padding: Pairs) -> Any:
    """Zeros around the spatial axes; a negative amount takes elements away. `x` itself where there is nothing to do."""
    if not any(map(any, padding)):
        return x
    inner = (..., *(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape[2:], padding)))
    x = x[inner]
    if all(a <= 0 and b <= 0 for a, b in padding):
        return x
    around = [(max(a, 0), max(b, 0)) for a, b in padding]
    y = library.zeros((*x.shape[:2], *(n + a + b for n, (a, b) in zip(x.shape[2:], around))), x.dtype)
    place = (..., *(slice(a, a + n) for n, (a, _) in zip(x.shape[2:], around)))
    y[place] = x
    return y


class Convolutions:
    """The words of convolution, of one array library.

    Parameters
    ----------
    library : module
        NumPy, or CuPy.
    block : int
        How many bytes of windows to make at a time: on a CPU, what stays in its cache.
    """

    def __init__(self, library: Any, block: int) -> None:
        self.library = library
        self.block = block

    def unfold(self, x: Any, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Any:
        """All windows of `shape`: (N, C, *size) to (N, C, *shape, *windows)."""
        return self._windows(x, shape, stride, padding, dilation).copy()

    def fold(self, x: Any, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Any:
        """The adjoint: zeros of (N, C, *shape) with the elements of all windows added where they were taken."""
        axes = len(shape)
        whole = [n + a + b for n, (a, b) in zip(shape, padding)]
        y = self.library.zeros((*x.shape[:2], *whole), x.dtype)
        kernel, windows = x.shape[2 : 2 + axes], x.shape[2 + axes :]
        for place in product(*map(range, kernel)):
            steps = zip(place, windows, stride, dilation)
            there = (..., *(slice(k * d, k * d + n * s, s) for k, n, s, d in steps))
            source = (slice(None), slice(None), *place)
            y[there] += x[source]
        return padded(self.library, y, tuple((-a, -b) for a, b in padding))

    def convolution(self, x: Any, weight: Any, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int) -> Any:
        """The kernels of `weight` moved over `x`: (N, C, *size) and (O, C / groups, *kernel) to (N, O, *windows)."""
        windows = self._windows(x, weight.shape[2:], stride, padding, dilation)
        samples, sizes = len(x), windows.shape[weight.ndim :]
        w = weight.reshape(groups, len(weight) // groups, prod(weight.shape[1:]))
        y = self.library.empty((samples, groups, w.shape[1], prod(sizes)), self.library.result_type(x, weight))
        for part in self._blocks(windows):
            target = y[part]
            columns = windows[part].reshape(len(target), groups, w.shape[2], y.shape[3])
            self.library.matmul(w, columns, out=target)
        return y.reshape(samples, len(weight), *sizes)

    def convolution_input(self, y: Any, weight: Any, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
                          groups: int) -> Any:  # fmt: skip
        """Its adjoint in `x`: (N, O, *windows) and (O, C / groups, *kernel) to (N, C, *shape)."""
        samples, channels, kernel = len(y), groups * weight.shape[1], weight.shape[2:]
        w = weight.reshape(groups, len(weight) // groups, prod(weight.shape[1:])).swapaxes(1, 2)
        g = y.reshape(samples, groups, w.shape[2], prod(y.shape[2:]))
        x = self.library.empty((samples, channels, *shape), self.library.result_type(y, weight))
        sizes = (channels, *kernel, *y.shape[2:])
        for part in self._parts(samples, prod(sizes) * x.itemsize):
            target = x[part]
            columns = self.library.matmul(w, g[part]).reshape(len(target), *sizes)
            target[...] = self.fold(columns, shape, stride, padding, dilation)
        return x

    def convolution_weight(self, x: Any, y: Any, shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
                           groups: int) -> Any:  # fmt: skip
        """Its adjoint in `weight`: (N, C, *size) and (N, O, *windows) to (O, C / groups, *shape)."""
        windows = self._windows(x, shape, stride, padding, dilation)
        outputs, channels = y.shape[1], x.shape[1] // groups
        g = y.reshape(len(y), groups, outputs // groups, prod(y.shape[2:]))
        dtype = self.library.result_type(x, y)
        weight = self.library.zeros((groups, g.shape[2], channels * prod(shape)), dtype)
        for part in self._blocks(windows):
            own = g[part]
            columns = windows[part].reshape(len(own), groups, weight.shape[2], g.shape[3])
            weight += self.library.matmul(own, columns.swapaxes(2, 3)).sum(0, dtype=dtype)
        return weight.reshape(outputs, channels, *shape)

    def _windows(self, x: Any, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Any:
        """A view of (N, C, *kernel, *windows) into `x`, or into a copy of it with zeros around."""
        sizes = output_sizes(x.shape[2:], kernel, stride, padding, dilation)
        x = padded(self.library, x, padding)
        step = x.strides[2:]
        strides = (*x.strides[:2], *(n * d for n, d in zip(step, dilation)), *(n * s for n, s in zip(step, stride)))
        return self.library.lib.stride_tricks.as_strided(x, (*x.shape[:2], *kernel, *sizes), strides)

    def _blocks(self, windows: Any) -> Iterator[slice]:
        return self._parts(len(windows), prod(windows.shape[1:]) * windows.itemsize)

    def _parts(self, samples: int, nbytes: int) -> Iterator[slice]:
        """Slices of samples of `nbytes` each, a block's worth at a time."""
        step = max(1, self.block // max(nbytes, 1))
        return (slice(start, start + step) for start in range(0, samples, step))
