"""PyTorch: eager as in its tutorials, and the same model under ``torch.compile``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.layers import Activate, Attend, Convolve, Flatten, Layer, Linear, MaxPool, Recur, paired
from benchmarks.runners import Step, Unavailable
from benchmarks.workloads import Array, Parameters, Workload

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d}
POOLS = {1: nn.MaxPool1d, 2: nn.MaxPool2d}


class LastState(nn.Module):
    """An LSTM, of which the state after the last step counts."""

    def __init__(self, layer: Recur) -> None:
        super().__init__()
        self.lstm = nn.LSTM(layer.inputs, layer.hidden, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[1][0][0]


class CausalBlock(nn.Module):
    """A layer of a transformer in which each step sees those before it."""

    def __init__(self, layer: Attend) -> None:
        super().__init__()
        gelu = partial(F.gelu, approximate="tanh")
        self.block = nn.TransformerEncoderLayer(
            layer.size, layer.heads, layer.inner, 0.0, gelu, batch_first=True, norm_first=True
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.block(x, nn.Transformer.generate_square_subsequent_mask(x.shape[1]), is_causal=True)


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


def set_threads(threads: int) -> None:
    """Hold the operators to `threads` threads."""
    torch.set_num_threads(threads)


def make_model(workload: Workload, parameters: Parameters) -> nn.Sequential:
    model = nn.Sequential()
    for layer, arrays in paired(workload.layers, parameters):
        module = MODULES[type(layer)](layer)
        module.load_state_dict(dict(zip(module.state_dict(), map(torch.from_numpy, arrays))))
        model.append(module)
    return model


def make_optimizer(workload: Workload, model: nn.Module) -> torch.optim.Optimizer:
    if workload.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=workload.lr)
    return torch.optim.SGD(model.parameters(), lr=workload.lr, momentum=workload.momentum)


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    x, t = (torch.from_numpy(array) for array in batch)
    model = make_model(workload, parameters)
    optimizer = make_optimizer(workload, model)
    loss_function = LOSSES[workload.loss]

    def step() -> torch.Tensor:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(model(x), t)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def make_compiled_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        raise Unavailable("torch.compile needs a C++ compiler")
    torch.compiler.reset()  # After a net of other sizes it would compile for sizes that vary, which is slower.
    x, t = (torch.from_numpy(array) for array in batch)
    model = make_model(workload, parameters)
    optimizer = make_optimizer(workload, model)
    loss_function = LOSSES[workload.loss]

    @torch.compile(fullgraph=True)
    def forward(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return loss_function(model(x), t)

    @torch.compile
    def update() -> None:
        optimizer.step()

    def step() -> torch.Tensor:
        optimizer.zero_grad(set_to_none=True)
        loss = forward(x, t)
        loss.backward()
        update()
        return loss.detach()

    return step
