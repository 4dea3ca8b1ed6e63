"""tinygrad_nn: the training step as a user of it writes it, eager and under ``tg.compile``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from benchmarks.layers import Activate, Attend, Convolve, Flatten, Layer, Linear, MaxPool, Recur, paired
from benchmarks.runners import Step, Unavailable
from benchmarks.workloads import Array, Parameters, Workload
from tinygrad_nn import nn, optim

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d}
POOLS = {1: nn.MaxPool1d, 2: nn.MaxPool2d}


class LastState(nn.Module):
    """An LSTM, of which the state after the last step counts."""

    def __init__(self, layer: Recur) -> None:
        super().__init__()
        self.lstm = nn.LSTM(layer.inputs, layer.hidden, batch_first=True)

    def forward(self, x: tg.Tensor) -> tg.Tensor:
        return self.lstm(x)[1][0][0]


class CausalBlock(nn.Module):
    """A layer of a transformer in which each step sees those before it."""

    def __init__(self, layer: Attend) -> None:
        super().__init__()
        gelu = partial(F.gelu, approximate="tanh")
        self.block = nn.TransformerEncoderLayer(
            layer.size, layer.heads, layer.inner, 0.0, gelu, batch_first=True, norm_first=True
        )

    def forward(self, x: tg.Tensor) -> tg.Tensor:
        return self.block(x, is_causal=True)


MODULES: dict[type[Layer], Callable[[Any], nn.Module]] = {
    Linear: lambda layer: nn.Linear(layer.inputs, layer.outputs),
    Activate: lambda layer: ACTIVATIONS[layer.kind](),
    Convolve: lambda layer: CONVOLUTIONS[len(layer.kernel)](layer.inputs, layer.outputs, layer.kernel),
    MaxPool: lambda layer: POOLS[len(layer.window)](layer.window),
    Flatten: lambda layer: nn.Flatten(),
    Recur: LastState,
    Attend: CausalBlock,
}
LOSSES = {
    "mse": F.mse_loss,
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "cross_entropy": F.cross_entropy,
}


def make_model(workload: Workload, parameters: Parameters, device: str) -> nn.Sequential:
    model = nn.Sequential()
    for layer, arrays in paired(workload.layers, parameters):
        module = MODULES[type(layer)](layer)
        module.load_state_dict(dict(zip(module.state_dict(), map(tg.asarray, arrays))))
        model.append(module)
    return model.to(device)


def make_optimizer(workload: Workload, model: nn.Module) -> optim.Optimizer:
    if workload.optimizer == "adam":
        return optim.Adam(model.parameters(), lr=workload.lr)
    return optim.SGD(model.parameters(), lr=workload.lr, momentum=workload.momentum)


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters, device: str) -> Step:
    if device == "cuda" and not tg.cuda.is_available():
        raise Unavailable("no CUDA device")
    tg.keep_freed_memory()  # As the Trainer does: PyTorch and JAX keep the memory of a step for the next one, too.
    x, t = (tg.asarray(array, device=device) for array in batch)
    model = make_model(workload, parameters, device)
    optimizer = make_optimizer(workload, model)
    loss_function = LOSSES[workload.loss]

    def step() -> tg.Tensor:
        optimizer.zero_grad()
        loss = loss_function(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    def synchronized_step() -> tg.Tensor:
        loss = step()
        tg.cuda.synchronize()
        return loss

    return synchronized_step if device == "cuda" else step


def make_compiled_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    warnings.simplefilter(
        "error", tg.CompileWarning
    )  # A step that goes on uncompiled must not pass for a compiled one.
    x, t = (tg.asarray(array) for array in batch)
    model = make_model(workload, parameters, "cpu")
    optimizer = make_optimizer(workload, model)
    loss_function = LOSSES[workload.loss]

    @tg.compile
    def compiled(x: tg.Tensor, t: tg.Tensor) -> tg.Tensor:
        optimizer.zero_grad()
        loss = loss_function(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return lambda: compiled(x, t)
