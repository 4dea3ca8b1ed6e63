"""Layers by hand in NumPy: what each computes, and its part of backward."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from benchmarks import layers
from benchmarks.workloads import Array

__all__ = ["Layer", "make_layer"]


class Layer:
    """One layer: `forward`, then `backward`, which leaves the `gradients` of the `parameters`."""

    def __init__(self, parameters: list[Array]) -> None:
        self.parameters = parameters
        self.gradients: list[Array] = []

    def forward(self, h: Array) -> Array:
        """The output for inputs (batch, ...)."""
        raise NotImplementedError

    def backward(self, g: Array, first: bool) -> Any:
        """The gradient of the inputs from that of the output; None for the `first` layer, whose inputs have none."""
        raise NotImplementedError


class Linear(Layer):
    def __init__(self, layer: layers.Linear, weight: Array, bias: Array) -> None:
        # (inputs, outputs) in memory: x @ W reads it faster than x @ W.T.
        super().__init__([np.ascontiguousarray(weight.T), bias.copy()])

    def forward(self, h: Array) -> Array:
        weight, bias = self.parameters
        self.h = h
        z: Array = h @ weight
        z += bias
        return z

    def backward(self, g: Array, first: bool) -> Array | None:
        rows = g.reshape(-1, g.shape[-1])
        self.gradients = [self.h.reshape(-1, self.h.shape[-1]).T @ rows, rows.sum(axis=0)]
        del self.h
        return None if first else g @ self.parameters[0].T


class Activate(Layer):
    def __init__(self, layer: layers.Activate) -> None:
        super().__init__([])
        self.kind = layer.kind

    def forward(self, z: Array) -> Array:
        """In place."""
        if self.kind == "relu":
            np.maximum(z, 0, out=z)
        elif self.kind == "tanh":
            np.tanh(z, out=z)
        else:
            np.negative(z, out=z)
            np.exp(z, out=z)
            z += 1
            np.reciprocal(z, out=z)
        self.y = z
        return z

    def backward(self, g: Array, first: bool) -> Array:
        """In place, from the output."""
        y = self.y
        del self.y
        if self.kind == "relu":
            g *= y > 0
        elif self.kind == "tanh":
            g *= 1 - y * y
        else:
            g *= y * (1 - y)
        return g


class Convolve(Layer):
    """A product of the kernels, as a matrix, with all windows as columns."""

    def __init__(self, layer: layers.Convolve, weight: Array, bias: Array) -> None:
        super().__init__([weight.copy(), bias.copy()])
        self.kernel = layer.kernel

    def forward(self, x: Array) -> Array:
        weight, bias = self.parameters
        axes = tuple(range(2, x.ndim))
        windows = np.lib.stride_tricks.sliding_window_view(x, self.kernel, axes)  # (N, C, *windows, *kernel)
        self.shape, sizes = x.shape, windows.shape[2 : x.ndim]
        order = (0, 1, *range(x.ndim, windows.ndim), *axes)
        self.columns = windows.transpose(order).reshape(len(x), weight[0].size, -1)  # (N, C * kernel, windows)
        y = weight.reshape(len(weight), -1) @ self.columns
        y += bias[:, None]
        return y.reshape(len(x), len(weight), *sizes)

    def backward(self, g: Array, first: bool) -> Array | None:
        weight, sizes = self.parameters[0], g.shape[2:]
        g = g.reshape(*g.shape[:2], -1)
        of_weight = (g @ self.columns.swapaxes(1, 2)).sum(0)
        self.gradients = [of_weight.reshape(weight.shape), g.sum(axis=(0, 2))]
        del self.columns
        if first:
            return None
        columns = weight.reshape(len(weight), -1).T @ g
        columns = columns.reshape(*self.shape[:2], *self.kernel, *sizes)
        x = np.zeros(self.shape, g.dtype)
        for place in product(*map(range, self.kernel)):
            there: Any = (..., *(slice(k, k + n) for k, n in zip(place, sizes)))
            source = (slice(None), slice(None), *place)
            x[there] += columns[source]
        return x


class MaxPool(Layer):
    def __init__(self, layer: layers.MaxPool) -> None:
        super().__init__([])
        self.window = layer.window

    def parts(self, x: Array) -> list[Array]:
        """Views: the first elements of all windows, the second ones, and so on."""
        ends = [n // k * k for n, k in zip(x.shape[2:], self.window)]
        views = []
        for place in product(*map(range, self.window)):
            there: Any = (..., *(slice(i, end, k) for i, end, k in zip(place, ends, self.window)))
            views.append(x[there])
        return views

    def forward(self, x: Array) -> Array:
        self.x = x
        first, *rest = self.parts(x)
        y: Array = first.copy()
        for part in rest:
            np.maximum(y, part, out=y)
        self.y = y
        return y

    def backward(self, g: Array, first: bool) -> Array:
        """Of several that are greatest, the first gets the gradient."""
        y = np.zeros_like(self.x)
        for source, target in zip(self.parts(self.x), self.parts(y)):
            np.copyto(target, g, where=source == self.y)
            g = np.where(source == self.y, 0, g)
        del self.x, self.y
        return y


class Flatten(Layer):
    def __init__(self, layer: layers.Flatten) -> None:
        super().__init__([])

    def forward(self, h: Array) -> Array:
        self.shape = h.shape
        return h.reshape(len(h), -1)

    def backward(self, g: Array, first: bool) -> Array:
        return g.reshape(self.shape)


def _of_sequences(layer: Any, *arrays: Array) -> Layer:
    from benchmarks.runners import numpy_sequences

    made: Layer = getattr(numpy_sequences, type(layer).__name__)(layer, *arrays)
    return made


KINDS: dict[type[layers.Layer], Any] = {
    layers.Linear: Linear, layers.Activate: Activate, layers.Convolve: Convolve, layers.MaxPool: MaxPool,
    layers.Flatten: Flatten, layers.Recur: _of_sequences, layers.Attend: _of_sequences,
}  # fmt: skip


def make_layer(layer: layers.Layer, arrays: tuple[Array, ...]) -> Layer:
    """The layer by hand, with copies of its parameters."""
    made: Layer = KINDS[type(layer)](layer, *arrays)
    return made
