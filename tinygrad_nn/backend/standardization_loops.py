"""Normalisation of large float32 arrays, a group of elements after the other while it is in the cache: loops for numba.

Sums are of parts side by side, those of many parts in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import compiled

__all__ = ["columns", "columns_slopes", "groups", "groups_slopes", "rows", "rows_slopes"]

ZERO, ONE, WIDE_ZERO = np.float32(0), np.float32(1), np.float64(0)


def _sum(a: Any, b: Any) -> Any:
    return a + b


_plus = compiled(_sum, inlined=True, reordered=True) or _sum


def _rows(x: Any, weight: Any, bias: Any, eps: Any, centred: bool, y: Any, means: Any, variances: Any) -> None:
    """Each row by its mean and variance, with a weight and a bias for each place in it."""
    size = np.float32(x.shape[1])
    for r in range(x.shape[0]):
        mean, squares = ZERO, ZERO
        if centred:
            for j in range(x.shape[1]):
                mean = _plus(mean, x[r, j])
            mean /= size
        for j in range(x.shape[1]):
            squares = _plus(squares, (x[r, j] - mean) * (x[r, j] - mean))
        variance = squares / size
        rate = ONE / np.sqrt(variance + eps)
        for j in range(x.shape[1]):
            y[r, j] = (x[r, j] - mean) * rate * weight[j] + bias[j]
        means[r], variances[r] = mean, variance


def _rows_slopes(g: Any, x: Any, weight: Any, eps: Any, centred: bool, means: Any, variances: Any, of_x: Any,
                 of_weight: Any, of_bias: Any) -> None:  # fmt: skip
    """The gradients of the values, and those of the weights and biases, which are added to what is there."""
    size = np.float32(x.shape[1])
    for r in range(x.shape[0]):
        mean, rate = means[r], ONE / np.sqrt(variances[r] + eps)
        along, through = ZERO, ZERO
        for j in range(x.shape[1]):
            normal = (x[r, j] - mean) * rate
            along = _plus(along, g[r, j] * weight[j])
            through = _plus(through, g[r, j] * weight[j] * normal)
            of_weight[j] += g[r, j] * normal
            of_bias[j] += g[r, j]
        along = along / size if centred else ZERO
        through /= size
        for j in range(x.shape[1]):
            of_x[r, j] = (g[r, j] * weight[j] - along - (x[r, j] - mean) * rate * through) * rate


def _columns(x: Any, weight: Any, bias: Any, eps: Any, y: Any, means: Any, variances: Any) -> None:
    """Each column by its mean and variance, with a weight and a bias of its own."""
    size = np.float32(x.shape[0])
    means[:], variances[:] = ZERO, ZERO
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            means[j] += x[i, j]
    for j in range(x.shape[1]):
        means[j] /= size
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            variances[j] += (x[i, j] - means[j]) * (x[i, j] - means[j])
    scale = np.empty_like(means)
    for j in range(x.shape[1]):
        variances[j] /= size
        scale[j] = ONE / np.sqrt(variances[j] + eps) * weight[j]
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - means[j]) * scale[j] + bias[j]


def _columns_slopes(g: Any, x: Any, weight: Any, eps: Any, means: Any, variances: Any, of_x: Any, of_weight: Any,
                    of_bias: Any) -> None:  # fmt: skip
    """The gradients of the values, and those of the weights and biases, which are added to what is there."""
    size = np.float32(x.shape[0])
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            of_weight[j] += g[i, j] * (x[i, j] - means[j])
            of_bias[j] += g[i, j]
    scale, offset, slope = np.empty_like(means), np.empty_like(means), np.empty_like(means)
    for j in range(x.shape[1]):
        rate = ONE / np.sqrt(variances[j] + eps)
        of_weight[j] *= rate
        scale[j] = rate * weight[j]
        offset[j] = of_bias[j] / size * scale[j]
        slope[j] = of_weight[j] / size * scale[j] * rate
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            of_x[i, j] = g[i, j] * scale[j] - offset[j] - (x[i, j] - means[j]) * slope[j]


def _groups(order: Any, x: Any, weight: Any, bias: Any, eps: Any, y: Any, means: Any, variances: Any) -> None:
    """Groups of rows by their means and variances, with a weight and a bias for each row.

    Row k of `order` has the numbers of the rows in group k.
    """
    size = np.float64(order.shape[1] * x.shape[1])
    for k in range(order.shape[0]):
        total = WIDE_ZERO
        for i in range(order.shape[1]):
            part = ZERO
            for j in range(x.shape[1]):
                part = _plus(part, x[order[k, i], j])
            total += part
        mean = np.float32(total / size)
        total = WIDE_ZERO
        for i in range(order.shape[1]):
            part = ZERO
            for j in range(x.shape[1]):
                part = _plus(part, (x[order[k, i], j] - mean) * (x[order[k, i], j] - mean))
            total += part
        variance = np.float32(total / size)
        rate = ONE / np.sqrt(variance + eps)
        for i in range(order.shape[1]):
            r = order[k, i]
            scale, shift = rate * weight[r], bias[r]
            for j in range(x.shape[1]):
                y[r, j] = (x[r, j] - mean) * scale + shift
        means[k], variances[k] = mean, variance


def _groups_slopes(order: Any, g: Any, x: Any, weight: Any, eps: Any, means: Any, variances: Any, of_x: Any,
                   of_weight: Any, of_bias: Any) -> None:  # fmt: skip
    """The gradients of the values, and of the weight and the bias of each row."""
    size = np.float64(order.shape[1] * x.shape[1])
    for k in range(order.shape[0]):
        mean, rate = means[k], ONE / np.sqrt(variances[k] + eps)
        along, through = WIDE_ZERO, WIDE_ZERO
        for i in range(order.shape[1]):
            r = order[k, i]
            total, product = ZERO, ZERO
            for j in range(x.shape[1]):
                total = _plus(total, g[r, j])
                product = _plus(product, g[r, j] * (x[r, j] - mean))
            of_bias[r], of_weight[r] = total, product * rate
            along += total * weight[r]
            through += product * rate * weight[r]
        offset, slope = np.float32(along / size), np.float32(through / size) * rate
        for i in range(order.shape[1]):
            r = order[k, i]
            for j in range(x.shape[1]):
                of_x[r, j] = (g[r, j] * weight[r] - offset - (x[r, j] - mean) * slope) * rate


rows, rows_slopes = compiled(_rows) or _rows, compiled(_rows_slopes) or _rows_slopes
columns, columns_slopes = compiled(_columns) or _columns, compiled(_columns_slopes) or _columns_slopes
groups, groups_slopes = compiled(_groups) or _groups, compiled(_groups_slopes) or _groups_slopes
