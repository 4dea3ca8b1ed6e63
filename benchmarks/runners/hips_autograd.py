"""HIPS autograd: ``value_and_grad`` of a loss function; one-hot targets as in its own examples."""

from __future__ import annotations

import autograd.numpy as np
from autograd import value_and_grad

from benchmarks.layers import between
from benchmarks.runners import Step
from benchmarks.runners.numpy_optimizers import make_optimizer
from benchmarks.workloads import Array, Parameters, Workload

ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 * (np.tanh(0.5 * z) + 1),
}


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    x, t = batch
    activation = between(workload.layers)
    if workload.loss == "cross_entropy":
        t = np.eye(workload.outputs, dtype=x.dtype)[t]
    weights = [np.ascontiguousarray(array) for weight, bias in parameters for array in (weight.T, bias)]
    optimizer = make_optimizer(workload, weights)
    layers = len(parameters)

    def loss_function(weights: list[Array]) -> Array:
        h = x
        for layer in range(layers - 1):
            h = ACTIVATIONS[activation](np.dot(h, weights[2 * layer]) + weights[2 * layer + 1])
        z = np.dot(h, weights[-2]) + weights[-1]
        if workload.loss == "mse":
            return np.mean((z - t) ** 2)
        if workload.loss == "binary_cross_entropy":
            return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))
        shifted = z - np.max(z, axis=1, keepdims=True)
        log_probabilities = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        return -np.mean(np.sum(log_probabilities * t, axis=1))

    loss_and_gradients = value_and_grad(loss_function)

    def step() -> Array:
        loss, gradients = loss_and_gradients(weights)
        optimizer.step(gradients)
        return loss

    return step
