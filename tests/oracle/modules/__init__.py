"""A sample of PyTorch's module database on both sides."""

from __future__ import annotations

from .exclusions import EXCLUSIONS, FIRST_ORDER, Exclusion, exclusion_of
from .sides import compare

__all__ = ["EXCLUSIONS", "FIRST_ORDER", "Exclusion", "compare", "exclusion_of"]
