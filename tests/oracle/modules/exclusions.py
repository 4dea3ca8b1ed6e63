"""Which samples of PyTorch's module database are not ours to follow, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["EXCLUSIONS", "FIRST_ORDER", "Exclusion", "exclusion_of"]


@dataclass(frozen=True)
class Exclusion:
    """Samples of some modules that are left out: those that `covers` tells by their constructor and forward inputs."""

    reason: str
    names: tuple[str, ...]
    covers: Callable[[Any, Any], bool]


def exclusion_of(name: str, sample: Any) -> Exclusion | None:
    """The exclusion that leaves out a sample, if one does."""
    for exclusion in EXCLUSIONS:
        if name in exclusion.names and exclusion.covers(sample.constructor_input, sample.forward_input):
            return exclusion
    return None


EXCLUSIONS = (
    Exclusion(
        "PyTorch takes axis 0 and -1 of a tensor without axes; to NumPy, the Array API and us there is no such axis",
        ("LogSoftmax", "Softmax", "Softmin"),
        lambda constructor, forward: forward.args[0].ndim == 0,
    ),
)

# No second order is compared for these.
FIRST_ORDER: dict[str, str] = dict.fromkeys(
    ("CTCLoss", "MultiLabelMarginLoss", "MultiMarginLoss"), "PyTorch has no second derivative of it"
)
