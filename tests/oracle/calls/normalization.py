"""Normalisation, and layers of two inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn.nn.functional as F

__all__ = ["CALLS"]

SAME = "batch_norm bilinear group_norm instance_norm layer_norm local_response_norm rms_norm".split()

CALLS: dict[str, Callable[..., Any]] = {f"nn.functional.{name}": getattr(F, name) for name in SAME}
