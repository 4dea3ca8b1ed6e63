"""Layers that are computed in one operation with the activation after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .activations import ReLU, Sigmoid, Tanh
from .convolution import Conv1d, Conv2d, Conv3d
from .linear import Linear
from .module import Module

__all__ = ["passed_through"]

# Classes derived from these may compute anything, so they do not count.
_ALONG: dict[type[Module], str] = {ReLU: "relu", Sigmoid: "sigmoid", Tanh: "tanh"}
_LAYERS = frozenset((Linear, Conv1d, Conv2d, Conv3d))


def passed_through(modules: Iterable[Module], x: Any) -> Any:
    """The output of modules one after the other, of a linear layer or convolution and its activation at once.

    A module whose forward has been replaced, as by a hook, is called by itself.
    """
    layer: Any = None  # one that takes an activation along, until it is known what comes after it
    for module in modules:
        plain = "forward" not in module.__dict__
        if layer is not None:
            activation = _ALONG.get(type(module)) if plain else None
            x = layer.activated(x, activation)
            layer = None
            if activation is not None:
                continue
        if plain and type(module) in _LAYERS:
            layer = module
        else:
            x = module(x)
    return x if layer is None else layer.activated(x, None)
