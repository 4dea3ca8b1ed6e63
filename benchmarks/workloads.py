"""The workloads: which network is trained, on what, with which loss and optimizer.

A workload is data only, so that every framework builds exactly the same training step from it: the same
synthetic batch, the same initial weights, the same hyperparameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from benchmarks.layers import Activate, Attend, Convolve, Flatten, Kind, Layer, Linear, MaxPool, Recur, shapes

Array = np.ndarray[Any, Any]
Parameters = list[tuple[Array, ...]]

SEED = 20240229
SMOKE_BATCH = 256
FIRST_USE_BATCH = 8

Loss = Literal["mse", "binary_cross_entropy", "cross_entropy"]
Optimizer = Literal["sgd", "adam"]
Targets = Literal["values", "labels", "classes", "inputs"]


@dataclass(frozen=True)
class Workload:
    """One training step: a network, a batch, a loss and an optimizer.

    Parameters
    ----------
    name : str
        What the command line calls it.
    network : str
        What the table calls its network.
    inputs : tuple of int
        Shape of one sample.
    layers : tuple of Layer
        One after the other; the last is linear.
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
    network: str
    inputs: tuple[int, ...]
    layers: tuple[Layer, ...]
    loss: Loss
    targets: Targets
    batch_size: int
    optimizer: Optimizer
    lr: float
    momentum: float = 0.0

    @property
    def outputs(self) -> int:
        """How many values come out for a sample."""
        last = self.layers[-1]
        assert isinstance(last, Linear)
        return last.outputs

    def describe(self) -> str:
        """One line for the table, e.g. ``784-256-128-10 tanh, cross_entropy, batch 64, SGD momentum 0.9``."""
        optimizer = {"sgd": "SGD", "adam": "Adam"}[self.optimizer]
        momentum = f" momentum {self.momentum:g}" if self.momentum else ""
        return f"{self.network}, {self.loss}, batch {self.batch_size:,}, {optimizer}{momentum}"


def perceptron(name: str, sizes: tuple[int, ...], activation: Kind | None, *settings: Any, **more: Any) -> Workload:
    """A workload of linear layers of these sizes, inputs first, with an activation between them."""
    layers: list[Layer] = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        if layers and activation:
            layers.append(Activate(activation))
        layers.append(Linear(inputs, outputs))
    network = "-".join(map(str, sizes)) + (f" {activation}" if activation else "")
    return Workload(name, network, sizes[:1], tuple(layers), *settings, **more)


CONV1D = (
    Convolve(1, 32, (3,)), Activate("relu"), MaxPool((2,)), Flatten(), Linear(4064, 100), Activate("relu"),
    Linear(100, 10),
)  # fmt: skip
CONV2D = (
    Convolve(1, 16, (3, 3)), Activate("relu"), MaxPool((2, 2)), Convolve(16, 32, (3, 3)), Activate("relu"),
    MaxPool((2, 2)), Flatten(), Linear(800, 10),
)  # fmt: skip

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        perceptron("tiny", (1, 20, 10, 1), "relu", "mse", "values", 32, "sgd", lr=0.01, momentum=0.9),
        perceptron("neuron", (784, 1), None, "binary_cross_entropy", "labels", 40_000, "sgd", lr=0.001, momentum=0.9),
        perceptron("full64", (784, 64, 10), "sigmoid", "cross_entropy", "classes", 40_000, "sgd", lr=0.1),
        perceptron("mlp64", (784, 256, 128, 10), "tanh", "cross_entropy", "classes", 64, "sgd", lr=0.01, momentum=0.9),
        perceptron("mlp128a", (784, 256, 128, 10), "relu", "cross_entropy", "classes", 128, "adam", lr=1e-3),
        perceptron("ae64", (784, 256, 64, 256, 784), "tanh", "binary_cross_entropy", "inputs", 64, "adam", lr=1e-3),
        Workload("conv1d", "1x256, conv 3 x32, pool 2, 4064-100-10 relu", (1, 256), CONV1D,
                 "cross_entropy", "classes", 64, "adam", lr=1e-3),
        Workload("conv2d", "1x28x28, conv 3x3 x16, pool 2, conv 3x3 x32, pool 2, 800-10 relu", (1, 28, 28), CONV2D,
                 "cross_entropy", "classes", 64, "adam", lr=1e-3),
        Workload("attn", "32x64, transformer block of 4 heads, causal, MLP 256 gelu, 64", (32, 64),
                 (Attend(64, 4, 256), Linear(64, 64)), "mse", "inputs", 16, "adam", lr=1e-3),
        Workload("lstm", "28x28, LSTM 64, last state, 10", (28, 28), (Recur(28, 64), Linear(64, 10)),
                 "cross_entropy", "classes", 32, "adam", lr=1e-3),
    )
}  # fmt: skip


def shrink(workload: Workload, batch_size: int = SMOKE_BATCH) -> Workload:
    """The same workload on a smaller batch: by default one small enough for a smoke test."""
    return replace(workload, batch_size=min(workload.batch_size, batch_size))


def make_batch(workload: Workload) -> tuple[Array, Array]:
    """Synthetic inputs, float32 (batch, *inputs), and their targets.

    Targets are float32 (batch, outputs), or int64 (batch,) for "classes". They depend on the inputs, so
    training has something to learn.
    """
    generator = np.random.default_rng(SEED)
    inputs = generator.random((workload.batch_size, *workload.inputs), dtype=np.float32)
    if workload.targets == "inputs":
        return inputs, inputs
    if workload.targets == "values":
        return inputs, np.sin(2 * math.pi * inputs)
    flat = inputs.reshape(len(inputs), -1)
    scores = (flat - 0.5) @ generator.standard_normal((flat.shape[1], workload.outputs), dtype=np.float32)
    if workload.targets == "labels":
        return inputs, (scores > 0).astype(np.float32)
    return inputs, scores.argmax(axis=1)


def make_parameters(workload: Workload) -> Parameters:
    """Initial parameters of each layer that has some: float32, within ±1/sqrt(inputs of an output)."""
    generator = np.random.default_rng(SEED + 1)
    parameters = []
    for layer in workload.layers:
        fan_in, wanted = shapes(layer)
        bound = 1 / math.sqrt(fan_in)
        if wanted:
            parameters.append(tuple(generator.uniform(-bound, bound, shape).astype(np.float32) for shape in wanted))
    return parameters
