"""Layers that are computed in one operation with the activation after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import ops
from .activations import ReLU, Sigmoid, Tanh
from .linear import Linear
from .module import Module

__all__ = ["passed_through"]

# What `ops.linear` takes along. Classes derived from these may compute anything, so they do not count.
_ALONG: dict[type[Module], str] = {ReLU: "relu", Sigmoid: "sigmoid", Tanh: "tanh"}


def passed_through(modules: Iterable[Module], x: Any) -> Any:
    """The output of modules one after the other, of a linear layer and its activation at once.

    A module whose forward has been replaced, as by a hook, is called by itself.
    """
    layer: Any = None  # a linear layer, until it is known what comes after it
    for module in modules:
        plain = "forward" not in module.__dict__
        if layer is not None:
            activation = _ALONG.get(type(module)) if plain else None
            x = ops.linear(x, layer.weight, layer.bias, activation=activation)
            layer = None
            if activation is not None:
                continue
        if plain and type(module) is Linear:
            layer = module
        else:
            x = module(x)
    return x if layer is None else ops.linear(x, layer.weight, layer.bias)
