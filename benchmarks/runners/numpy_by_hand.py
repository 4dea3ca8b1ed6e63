"""The floor: forward and backward written out by hand in NumPy, as one would without a framework.

It follows the dtype of its data, so in float64 it is also the reference for every framework's losses.
"""

from __future__ import annotations

import numpy as np

from benchmarks.runners import Step
from benchmarks.runners.numpy_optimizers import make_optimizer
from benchmarks.workloads import Array, Parameters, Workload


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    x, t = batch
    # (inputs, outputs) in memory: x @ W reads it faster than x @ W.T.
    weights = [np.ascontiguousarray(weight.T) for weight, _ in parameters]
    biases = [bias.copy() for _, bias in parameters]
    optimizer = make_optimizer(workload, [*weights, *biases])
    last = len(weights) - 1

    def step() -> float:
        activations = [x]
        for layer, (weight, bias) in enumerate(zip(weights, biases)):
            z = activations[-1] @ weight
            z += bias
            activations.append(activate(workload.activation, z) if layer < last else z)

        loss, g = loss_and_gradient(workload.loss, activations.pop(), t)

        weight_gradients, bias_gradients = [], []
        for layer in range(last, -1, -1):
            h = activations.pop()
            weight_gradients.append(h.T @ g)
            bias_gradients.append(g.sum(axis=0))
            if layer > 0:
                g = g @ weights[layer].T
                multiply_by_derivative(workload.activation, g, h)

        optimizer.step([*reversed(weight_gradients), *reversed(bias_gradients)])
        return loss

    return step


def activate(activation: str | None, z: Array) -> Array:
    """The activation of `z`, in place."""
    if activation == "relu":
        return np.maximum(z, 0, out=z)
    if activation == "tanh":
        return np.tanh(z, out=z)
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    return np.reciprocal(z, out=z)


def multiply_by_derivative(activation: str | None, g: Array, h: Array) -> None:
    """Multiply the gradient `g` in place by the activation's derivative, known from its output `h`."""
    if activation == "relu":
        g *= h > 0
    elif activation == "tanh":
        g *= 1 - h * h
    else:
        g *= h * (1 - h)


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
