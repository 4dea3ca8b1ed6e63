"""The samples of a training: inputs, targets as numbers, and weights."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from ...backend import Generator
from ...data import split_indices

__all__ = ["Samples"]


class Samples(NamedTuple):
    """Inputs (N, features), targets as numbers with one row a sample, and weights (N,) of the samples, or None."""

    x: NDArray[Any]
    target: NDArray[Any]
    weights: NDArray[Any] | None

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.x)

    def split(self, fraction: float, stratify: bool, generator: Generator) -> tuple[Samples, Samples]:
        """Hold back a fraction of them, with each class in proportion where their targets are classes."""
        classes = self.target if stratify else None
        rest, held_back = split_indices(self.size, [1 - fraction, fraction], stratify=classes, generator=generator)
        if len(held_back) < 2:
            raise ValueError(
                f"validation_fraction={fraction} holds back {len(held_back)} of {self.size} samples, wanted at least 2"
            )
        return self._rows(rest), self._rows(held_back)

    def _rows(self, rows: NDArray[Any]) -> Samples:
        weights = None if self.weights is None else self.weights[rows]
        return Samples(self.x[rows], self.target[rows], weights)
