"""What update rules share: the gradient that counts, and running means of it, in place."""

from __future__ import annotations

from typing import Any

__all__ = ["follow", "follow_square", "penalized"]


def penalized(p: Any, g: Any, weight_decay: float, maximize: bool) -> Any:
    """The gradient to descend along: upside down to ascend, and with that of ``weight_decay / 2 * (p * p).sum()``."""
    if maximize:
        g = -g
    return g + weight_decay * p if weight_decay else g


def follow(mean: Any, g: Any, gain: float) -> None:
    """Go on with a running mean: ``(1 - gain) * mean + gain * g``."""
    d = g - mean
    d *= gain
    mean += d


def follow_square(square: Any, g: Any, decay: float, gain: float) -> None:
    """Go on with a running mean of squares: ``decay * square + gain * g²``."""
    square *= decay
    d = g * g
    d *= gain
    square += d
