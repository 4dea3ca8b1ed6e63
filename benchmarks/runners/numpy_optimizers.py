"""SGD and Adam on NumPy arrays, in place, for the frameworks whose parameters are NumPy arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.workloads import Array, Workload


class SGD:
    """``v = momentum * v + g; p -= lr * v``; plain ``p -= lr * g`` without momentum."""

    def __init__(self, parameters: Sequence[Array], lr: float, momentum: float = 0.0) -> None:
        self.parameters = parameters
        self.lr = lr
        self.momentum = momentum
        self.velocities = [np.zeros_like(parameter) for parameter in parameters]

    def step(self, gradients: Sequence[Array]) -> None:
        for parameter, gradient, velocity in zip(self.parameters, gradients, self.velocities):
            if self.momentum:
                velocity *= self.momentum
                velocity += gradient
                parameter -= self.lr * velocity
            else:
                parameter -= self.lr * gradient


class Adam:
    """Adam with bias correction (Kingma & Ba, 2015)."""

    def __init__(self, parameters: Sequence[Array], lr: float) -> None:
        self.parameters = parameters
        self.lr = lr
        self.beta1, self.beta2, self.eps = 0.9, 0.999, 1e-8
        self.means = [np.zeros_like(parameter) for parameter in parameters]
        self.squares = [np.zeros_like(parameter) for parameter in parameters]
        self.steps = 0

    def step(self, gradients: Sequence[Array]) -> None:
        self.steps += 1
        step_size = self.lr / (1 - self.beta1**self.steps)
        correction = 1 / math.sqrt(1 - self.beta2**self.steps)
        for parameter, gradient, mean, square in zip(self.parameters, gradients, self.means, self.squares):
            mean *= self.beta1
            mean += (1 - self.beta1) * gradient
            square *= self.beta2
            square += (1 - self.beta2) * gradient * gradient
            denominator = np.sqrt(square)
            denominator *= correction
            denominator += self.eps
            np.divide(mean, denominator, out=denominator)
            denominator *= step_size
            parameter -= denominator


def make_optimizer(workload: Workload, parameters: Sequence[Array]) -> SGD | Adam:
    """The workload's optimizer over `parameters`, which it updates in place."""
    if workload.optimizer == "adam":
        return Adam(parameters, lr=workload.lr)
    return SGD(parameters, lr=workload.lr, momentum=workload.momentum)
