"""What settings of an estimator stand for: a network, an optimizer, a schedule, and where random numbers come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from ... import nn, optim
from ...backend import Generator, default_generator
from ...train.classifier import ACTIVATIONS

__all__ = ["ACTIVATIONS", "OPTIMIZERS", "SCHEDULES", "drawing_from", "perceptron"]

OPTIMIZERS: dict[str, Callable[..., optim.Optimizer]] = {
    "adadelta": optim.Adadelta,
    "adagrad": optim.Adagrad,
    "adam": optim.Adam,
    "adamax": optim.Adamax,
    "adamw": optim.AdamW,
    "lamb": optim.LAMB,
    "lion": optim.Lion,
    "nadam": optim.NAdam,
    "radam": optim.RAdam,
    "rmsprop": optim.RMSprop,
    "sgd": optim.SGD,
}

# From an optimizer, the factor that its learning rate has come to in the end, and in how many steps.
SCHEDULES: dict[str, Callable[[optim.Optimizer, float, int], Any]] = {
    "constant": lambda optimizer, factor, steps: None,
    "cosine": lambda optimizer, factor, steps: optim.CosineAnnealingLR(
        optimizer, steps, factor * optimizer.param_groups[0]["lr"]
    ),
    "exponential": optim.ExponentialDecayLR,
    "linear": lambda optimizer, factor, steps: optim.LinearLR(optimizer, 1.0, factor, steps),
}


def perceptron(sizes: Sequence[int], activation: str, generator: Generator) -> nn.Sequential:
    """Linear layers between numbers of units, the first that of the inputs, and activations between the layers."""
    layers: list[nn.Module] = []
    for width, size in zip(sizes, sizes[1:]):
        layers += [nn.Linear(width, size, generator=generator), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


_one_at_a_time = RLock()


@contextmanager
def drawing_from(generators: Sequence[Generator]) -> Iterator[None]:
    """While within, what draws from default generators draws from these, of the same devices; one thread at a time."""
    defaults = [default_generator(generator.device) for generator in generators]
    with _one_at_a_time:
        before = [default.state() for default in defaults]
        for default, generator in zip(defaults, generators):
            default.set_state(generator.state())
        try:
            yield
        finally:
            for default, generator, state in zip(defaults, generators, before):
                generator.set_state(default.state())
                default.set_state(state)
