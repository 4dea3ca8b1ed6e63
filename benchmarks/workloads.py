"""The workloads: which network is trained, on what, with which loss and optimizer.

A workload is data only, so that every framework builds exactly the same training step from it: the same
synthetic batch, the same initial weights, the same hyperparameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, Any]
Parameters = list[tuple[Array, Array]]

SEED = 20240229
SMOKE_BATCH = 256
FIRST_USE_BATCH = 8

Activation = Literal["relu", "tanh", "sigmoid"]
Loss = Literal["mse", "binary_cross_entropy", "cross_entropy"]
Optimizer = Literal["sgd", "adam"]
Targets = Literal["values", "labels", "classes", "inputs"]


@dataclass(frozen=True)
class Workload:
    """One training step: a multilayer perceptron, a batch, a loss and an optimizer.

    Parameters
    ----------
    name : str
        What the command line calls it.
    sizes : tuple of int
        Number of units of each layer, inputs first.
    activation : str or None
        Between the layers (never after the last); None where there is one layer only.
    loss : str
        "mse", "binary_cross_entropy" or "cross_entropy", the latter two on logits; means.
    targets : str
        "values": a smooth function of the inputs; "labels": 0.0 or 1.0; "classes": integers;
        "inputs": the inputs themselves, for an autoencoder.
    batch_size : int
        Samples in the batch; every step sees the same batch.
    optimizer : str
        "sgd" or "adam" (beta1 0.9, beta2 0.999, eps 1e-8).
    lr, momentum : float
        Learning rate, and momentum of SGD (0.0 is plain SGD).
    """

    name: str
    sizes: tuple[int, ...]
    activation: Activation | None
    loss: Loss
    targets: Targets
    batch_size: int
    optimizer: Optimizer
    lr: float
    momentum: float = 0.0

    def describe(self) -> str:
        """One line for the table, e.g. ``784-256-128-10 tanh, cross_entropy, batch 64, SGD momentum 0.9``."""
        network = "-".join(map(str, self.sizes)) + (f" {self.activation}" if self.activation else "")
        optimizer = {"sgd": "SGD", "adam": "Adam"}[self.optimizer]
        momentum = f" momentum {self.momentum:g}" if self.momentum else ""
        return f"{network}, {self.loss}, batch {self.batch_size:,}, {optimizer}{momentum}"


WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload("tiny", (1, 20, 10, 1), "relu", "mse", "values", 32, "sgd", lr=0.01, momentum=0.9),
        Workload("neuron", (784, 1), None, "binary_cross_entropy", "labels", 40_000, "sgd", lr=0.001, momentum=0.9),
        Workload("full64", (784, 64, 10), "sigmoid", "cross_entropy", "classes", 40_000, "sgd", lr=0.1),
        Workload("mlp64", (784, 256, 128, 10), "tanh", "cross_entropy", "classes", 64, "sgd", lr=0.01, momentum=0.9),
        Workload("mlp128a", (784, 256, 128, 10), "relu", "cross_entropy", "classes", 128, "adam", lr=1e-3),
        Workload("ae64", (784, 256, 64, 256, 784), "tanh", "binary_cross_entropy", "inputs", 64, "adam", lr=1e-3),
    )
}


def shrink(workload: Workload, batch_size: int = SMOKE_BATCH) -> Workload:
    """The same workload on a smaller batch: by default one small enough for a smoke test."""
    return replace(workload, batch_size=min(workload.batch_size, batch_size))


def make_batch(workload: Workload) -> tuple[Array, Array]:
    """Synthetic inputs, float32 (batch, inputs), and their targets.

    Targets are float32 (batch, outputs), or int64 (batch,) for "classes". They depend on the inputs, so
    training has something to learn.
    """
    generator = np.random.default_rng(SEED)
    inputs = generator.random((workload.batch_size, workload.sizes[0]), dtype=np.float32)
    if workload.targets == "inputs":
        return inputs, inputs
    if workload.targets == "values":
        return inputs, np.sin(2 * math.pi * inputs)
    scores = (inputs - 0.5) @ generator.standard_normal((workload.sizes[0], workload.sizes[-1]), dtype=np.float32)
    if workload.targets == "labels":
        return inputs, (scores > 0).astype(np.float32)
    return inputs, scores.argmax(axis=1)


def make_parameters(workload: Workload) -> Parameters:
    """Initial weight (outputs, inputs) and bias (outputs,) of each layer: float32, within ±1/sqrt(inputs)."""
    generator = np.random.default_rng(SEED + 1)
    parameters = []
    for inputs, outputs in zip(workload.sizes, workload.sizes[1:]):
        bound = 1 / math.sqrt(inputs)
        weight = generator.uniform(-bound, bound, (outputs, inputs)).astype(np.float32)
        bias = generator.uniform(-bound, bound, outputs).astype(np.float32)
        parameters.append((weight, bias))
    return parameters
