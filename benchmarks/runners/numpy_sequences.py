"""Layers over sequences by hand in NumPy: an LSTM, and the block of a transformer."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from benchmarks import layers
from benchmarks.runners.numpy_layers import Layer
from benchmarks.workloads import Array

__all__ = ["Attend", "Recur"]


def as_rows(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


class Recur(Layer):
    """An LSTM: gates i, f, g, o."""

    def __init__(self, layer: layers.Recur, *arrays: Array) -> None:
        super().__init__([array.copy() for array in arrays])
        self.size = layer.hidden

    def forward(self, x: Array) -> Array:
        of_x, of_h, bias_x, bias_h = self.parameters
        n, steps, _ = x.shape
        size = self.size
        z = (as_rows(x.swapaxes(0, 1)) @ of_x.T + (bias_x + bias_h)).reshape(steps, n, -1)
        self.x, self.gates = x, z
        self.h, self.c = (np.zeros((steps + 1, n, size), x.dtype) for _ in range(2))
        for t in range(steps):
            z[t] += self.h[t] @ of_h.T
            g = z[t, :, 2 * size : 3 * size]
            tanh = np.tanh(g)
            z[t] = 1 / (1 + np.exp(-z[t]))
            g[...] = tanh
            i, f, g, o = np.split(z[t], 4, axis=1)
            self.c[t + 1] = f * self.c[t] + i * g
            self.h[t + 1] = o * np.tanh(self.c[t + 1])
        return self.h[-1]

    def backward(self, g_h: Array, first: bool) -> Array | None:
        of_x, of_h, *_ = self.parameters
        z = self.gates
        g_c: Any = 0
        for t in reversed(range(len(z))):
            i, f, g, o = np.split(z[t], 4, axis=1)
            tanh = np.tanh(self.c[t + 1])
            g_c = g_c + g_h * o * (1 - tanh * tanh)
            parts = [
                g_c * g * i * (1 - i),
                g_c * self.c[t] * f * (1 - f),
                g_c * i * (1 - g * g),
                g_h * tanh * o * (1 - o),
            ]
            g_c = g_c * f
            z[t] = np.concatenate(parts, axis=1)
            g_h = z[t] @ of_h
        rows = as_rows(z)
        bias = rows.sum(axis=0)
        self.gradients = [rows.T @ as_rows(self.x.swapaxes(0, 1)), rows.T @ as_rows(self.h[:-1]), bias, bias]
        return None if first else (z @ of_x).swapaxes(0, 1)


class Attend(Layer):
    """``x + attention(norm(x))``, then ``x + linear(gelu(linear(norm(x))))``; a step sees those before it."""

    def __init__(self, layer: layers.Attend, *arrays: Array) -> None:
        super().__init__([array.copy() for array in arrays])
        self.heads = layer.heads

    def forward(self, x: Array) -> Array:
        w_in, b_in, w_out, b_out, w_1, b_1, w_2, b_2, *norms = self.parameters
        n, steps, size = x.shape
        self.normed_1, y_1 = normalized(x, *norms[:2])
        self.y_1 = y_1
        qkv = (as_rows(y_1) @ w_in.T + b_in).reshape(n, steps, 3, self.heads, -1)
        self.q, self.k, self.v = np.ascontiguousarray(qkv.transpose(2, 0, 3, 1, 4))  # (n, heads, steps, size / heads)
        scores = self.q @ self.k.swapaxes(2, 3) / sqrt(size // self.heads)
        scores[..., np.arange(steps) > np.arange(steps)[:, None]] = -np.inf
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        self.weights = scores
        self.attended = (scores @ self.v).transpose(0, 2, 1, 3).reshape(-1, size)
        x = x + (self.attended @ w_out.T + b_out).reshape(x.shape)
        self.normed_2, y_2 = normalized(x, *norms[2:])
        self.y_2 = y_2
        self.z = as_rows(y_2) @ w_1.T + b_1
        self.a = self.z * 0.5 * (1 + np.tanh(inner(self.z)))
        return x + (self.a @ w_2.T + b_2).reshape(x.shape)

    def backward(self, g: Array, first: bool) -> Array:
        w_in, _, w_out, _, w_1, _, w_2, _, *norms = self.parameters
        n, steps, size = g.shape
        rows = as_rows(g)
        of_2 = [rows.T @ self.a, rows.sum(axis=0)]
        t = np.tanh(inner(self.z))
        slope = 0.5 * (1 + t + self.z * (1 - t * t) * sqrt(2 / pi) * (1 + 3 * 0.044715 * self.z * self.z))
        g_z = (rows @ w_2) * slope
        of_1 = [g_z.T @ as_rows(self.y_2), g_z.sum(axis=0)]
        g_x, of_norm_2 = normalized_back((g_z @ w_1).reshape(g.shape), *self.normed_2, norms[2])
        g = g + g_x
        rows = as_rows(g)
        of_out = [rows.T @ self.attended, rows.sum(axis=0)]
        heads = (rows @ w_out).reshape(n, steps, self.heads, -1).swapaxes(1, 2)
        g_weights = heads @ self.v.swapaxes(2, 3)
        g_scores = self.weights * (g_weights - (g_weights * self.weights).sum(axis=-1, keepdims=True))
        g_scores /= sqrt(size // self.heads)
        parts = g_scores @ self.k, g_scores.swapaxes(2, 3) @ self.q, self.weights.swapaxes(2, 3) @ heads
        g_qkv = np.stack(parts).transpose(1, 3, 0, 2, 4).reshape(n * steps, -1)
        of_in = [g_qkv.T @ as_rows(self.y_1), g_qkv.sum(axis=0)]
        g_x, of_norm_1 = normalized_back((g_qkv @ w_in).reshape(g.shape), *self.normed_1, norms[0])
        self.gradients = [*of_in, *of_out, *of_1, *of_2, *of_norm_1, *of_norm_2]
        return g + g_x


def inner(z: Array) -> Array:
    """What goes into the tanh of a GELU."""
    return sqrt(2 / pi) * (z + 0.044715 * z * z * z)


def normalized(x: Array, weight: Array, bias: Array) -> tuple[tuple[Array, Array], Array]:
    """What backward needs, and the normalised, scaled and shifted rows."""
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = 1 / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + 1e-5)
    centred *= scale
    return (centred, scale), centred * weight + bias


def normalized_back(g: Array, unit: Array, scale: Array, weight: Array) -> tuple[Array, list[Array]]:
    gradients = [as_rows(g * unit).sum(axis=0), as_rows(g).sum(axis=0)]
    g = g * weight
    means = g.mean(axis=-1, keepdims=True), (g * unit).mean(axis=-1, keepdims=True)
    return scale * (g - means[0] - unit * means[1]), gradients
