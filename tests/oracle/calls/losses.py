"""Loss functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn.nn.functional as F

__all__ = ["CALLS"]

SAME = (
    "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy huber_loss kl_div l1_loss mse_loss nll_loss "
    "smooth_l1_loss"
).split()

CALLS: dict[str, Callable[..., Any]] = {f"nn.functional.{name}": getattr(F, name) for name in SAME}
