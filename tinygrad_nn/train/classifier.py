"""Image classifiers that a checkpoint describes in full, so that they can be rebuilt from the file alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from .. import nn
from ..backend import Generator
from .checkpoint import Snapshot, read_checkpoint

__all__ = ["ACTIVATIONS", "ClassifierSpec", "load_classifier"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


class ClassifierSpec(NamedTuple):
    """What it takes to build a multilayer perceptron for images.

    Examples
    --------
    >>> from tinygrad_nn.train.classifier import ClassifierSpec
    >>> spec = ClassifierSpec(data="digits", input_shape=(1, 8, 8), classes=10, hidden=(32,))
    >>> str(spec)
    '64-32-10 relu'
    >>> len(list(spec.build().parameters()))
    4
    """

    data: str
    """The name of the data set it is for."""
    input_shape: tuple[int, int, int]
    """Of an image: channels, height, width."""
    classes: int
    hidden: tuple[int, ...] = ()
    """The width of each hidden layer."""
    activation: str = "relu"
    """A key of `ACTIVATIONS`, after each hidden layer."""
    dropout: float = 0.0
    """The probability of dropping a hidden unit."""

    def build(self, generator: Generator | None = None, device: str | None = None) -> nn.Sequential:
        """Return such a model, with new weights."""
        layers: list[nn.Module] = [nn.Flatten()]
        width = prod(self.input_shape)
        for size in self.hidden:
            layers += [nn.Linear(width, size, generator=generator, device=device), ACTIVATIONS[self.activation]()]
            if self.dropout:
                layers.append(nn.Dropout(self.dropout, generator=generator))
            width = size
        layers.append(nn.Linear(width, self.classes, generator=generator, device=device))
        return nn.Sequential(*layers)

    def __str__(self) -> str:
        widths: Sequence[int] = (prod(self.input_shape), *self.hidden, self.classes)
        return f"{'-'.join(map(str, widths))} {self.activation}"

    def to_metadata(self) -> dict[str, Any]:
        """Return what JSON can hold, for a checkpoint's metadata."""
        return {"classifier": self._asdict()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> ClassifierSpec:
        """Return what `to_metadata` described.

        Raises
        ------
        ValueError
            If it is not there or makes no sense.
        """
        found = metadata.get("classifier")
        if found is None:
            raise ValueError("does not say how to build its model; wanted is a checkpoint that `train` wrote")
        try:
            spec = cls(**{**found, "input_shape": tuple(found["input_shape"]), "hidden": tuple(found["hidden"])})
            sizes = (*spec.input_shape, *spec.hidden, spec.classes)
            sane = len(spec.input_shape) == 3 and all(type(size) is int and 0 < size < 2**24 for size in sizes)
            sane = sane and spec.activation in ACTIVATIONS and 0 <= spec.dropout < 1
        except (TypeError, KeyError):
            sane = False
        if not sane:
            raise ValueError("describes its model in a way that makes no sense")
        return spec


def load_classifier(
    path: str | os.PathLike[str], device: str = "cpu"
) -> tuple[nn.Sequential, ClassifierSpec, Snapshot]:
    """Rebuild the classifier of a checkpoint.

    Parameters
    ----------
    path : str or path-like
        A file that ``python -m tinygrad_nn train`` wrote.
    device : str
        Where the model goes.

    Returns
    -------
    model : Sequential
        In evaluation mode.
    spec : ClassifierSpec
        What it is.
    snapshot : Snapshot
        All that is in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged, or not from there.
    """
    snapshot = read_checkpoint(path)
    try:
        spec = ClassifierSpec.from_metadata(snapshot.metadata)
        model = spec.build(device=device)
        model.load_state_dict(snapshot.weights)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return model.eval(), spec, snapshot
