"""MyGrad: its tensors, activations and softmax-cross-entropy; NumPy for the update."""

from __future__ import annotations

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu, sigmoid, tanh
from mygrad.nnet.losses import softmax_crossentropy

from benchmarks.layers import between
from benchmarks.runners import Step
from benchmarks.runners.numpy_optimizers import make_optimizer
from benchmarks.workloads import Array, Parameters, Workload

ACTIVATIONS = {"relu": relu, "tanh": tanh, "sigmoid": sigmoid}


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    mg.turn_memory_guarding_off()  # What its documentation advises once a program is known to be right.
    x, t = batch
    activation = between(workload.layers)
    weights = [mg.tensor(np.ascontiguousarray(array)) for weight, bias in parameters for array in (weight.T, bias)]
    optimizer = make_optimizer(workload, [weight.data for weight in weights])
    layers = len(parameters)

    def step() -> mg.Tensor:
        h = x
        for layer in range(layers - 1):
            h = ACTIVATIONS[activation](mg.matmul(h, weights[2 * layer]) + weights[2 * layer + 1])
        z = mg.matmul(h, weights[-2]) + weights[-1]
        if workload.loss == "mse":
            loss = mg.mean((z - t) ** 2)
        elif workload.loss == "binary_cross_entropy":
            loss = mg.mean(mg.logaddexp(0, z) - z * t)
        else:
            loss = softmax_crossentropy(z, t)
        loss.backward()
        optimizer.step([weight.grad for weight in weights])
        return loss

    return step
