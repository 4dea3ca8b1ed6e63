"""The floor: forward and backward written out by hand in NumPy, as one would without a framework.

It follows the dtype of its data, so in float64 it is also the reference for every framework's losses.
"""

from __future__ import annotations

import numpy as np

from benchmarks.layers import paired
from benchmarks.runners import Step
from benchmarks.runners.numpy_layers import make_layer
from benchmarks.runners.numpy_optimizers import make_optimizer
from benchmarks.workloads import Array, Parameters, Workload


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    x, t = batch
    layers = [make_layer(layer, arrays) for layer, arrays in paired(workload.layers, parameters)]
    optimizer = make_optimizer(workload, [parameter for layer in layers for parameter in layer.parameters])

    def step() -> float:
        h = x
        for layer in layers:
            h = layer.forward(h)

        loss, g = loss_and_gradient(workload.loss, h, t)

        for layer in reversed(layers):
            g = layer.backward(g, first=layer is layers[0])

        optimizer.step([gradient for layer in layers for gradient in layer.gradients])
        return loss

    return step


def loss_and_gradient(loss: str, z: Array, t: Array) -> tuple[float, Array]:
    """The mean loss of outputs `z` against targets `t`, and its gradient with respect to `z`."""
    if loss == "mse":
        difference = z - t
        return float(np.mean(difference * difference)), difference * (2 / z.size)
    if loss == "binary_cross_entropy":
        e = np.exp(-np.abs(z))
        value = np.mean(np.maximum(z, 0) - z * t + np.log1p(e))
        sigmoid = np.where(z >= 0, 1, e) / (1 + e)
        return float(value), (sigmoid - t) / z.size
    rows = np.arange(len(z))
    shifted = z - z.max(axis=1, keepdims=True)
    p = np.exp(shifted)
    total = p.sum(axis=1, keepdims=True)
    value = np.mean(np.log(total[:, 0]) - shifted[rows, t])
    p /= total
    p[rows, t] -= 1
    p /= len(z)
    return float(value), p
