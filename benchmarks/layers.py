"""The layers that workloads are made of: what each is, and the shapes of its parameters, in the order PyTorch has them.

A runner has a table of these kinds and how its framework writes each one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from benchmarks.runners import Unavailable

__all__ = [
    "Activate", "Attend", "Convolve", "Flatten", "Kind", "Layer", "Linear", "MaxPool", "Recur", "between", "paired",
    "shapes",
]  # fmt: skip

Kind = Literal["relu", "tanh", "sigmoid"]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer; the derived classes say which."""


@dataclass(frozen=True)
class Linear(Layer):
    """``h @ weight.T + bias``."""

    inputs: int
    outputs: int


@dataclass(frozen=True)
class Activate(Layer):
    """An activation of each element."""

    kind: Kind


@dataclass(frozen=True)
class Convolve(Layer):
    """Kernels moved over the last axes, (N, inputs, ...) to (N, outputs, ...), without padding; and a bias."""

    inputs: int
    outputs: int
    kernel: Shape


@dataclass(frozen=True)
class MaxPool(Layer):
    """The greatest element of each window of the last axes; windows lie side by side, what remains is left out."""

    window: Shape


@dataclass(frozen=True)
class Flatten(Layer):
    """All axes of a sample joined."""


@dataclass(frozen=True)
class Recur(Layer):
    """An LSTM over sequences (N, steps, inputs): the last state, (N, hidden)."""

    inputs: int
    hidden: int


@dataclass(frozen=True)
class Attend(Layer):
    """A block of a transformer on (N, steps, size), with normalisation first, where each step sees those before it.

    Its second part is ``linear(gelu(linear(x)))`` with `inner` elements in between, and GELU by its tanh.
    """

    size: int
    heads: int
    inner: int


def shapes(layer: Layer) -> tuple[int, list[Shape]]:
    """How many inputs an output adds up, and the shapes of the parameters."""
    if isinstance(layer, Linear):
        return layer.inputs, [(layer.outputs, layer.inputs), (layer.outputs,)]
    if isinstance(layer, Convolve):
        weight = (layer.outputs, layer.inputs, *layer.kernel)
        return prod(weight[1:]), [weight, (layer.outputs,)]
    if isinstance(layer, Recur):
        gates = 4 * layer.hidden
        return layer.hidden, [(gates, layer.inputs), (gates, layer.hidden), (gates,), (gates,)]
    if isinstance(layer, Attend):
        size, inner = layer.size, layer.inner
        attention: list[Shape] = [(3 * size, size), (3 * size,), (size, size), (size,)]
        return size, [*attention, (inner, size), (inner,), (size, inner), *((size,),) * 5]
    return 1, []


def paired(layers: Iterable[Layer], parameters: Iterable[tuple[Any, ...]]) -> list[tuple[Layer, tuple[Any, ...]]]:
    """Each layer and its parameters: none where it has none."""
    rest = iter(parameters)
    return [(layer, next(rest) if shapes(layer)[1] else ()) for layer in layers]


def between(layers: Iterable[Layer]) -> Kind | None:
    """The activation of a perceptron, for runners that are written for no other network.

    Raises
    ------
    Unavailable
        There are other layers than linear ones and activations.
    """
    kinds = [layer.kind for layer in layers if isinstance(layer, Activate)]
    if not all(isinstance(layer, (Linear, Activate)) for layer in layers):
        raise Unavailable("written for perceptrons only")
    return kinds[0] if kinds else None
