"""Parts of operations for which a backend may have a faster form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["by_kernel"]


def by_kernel(xp: Any, name: str, rule: Callable[..., Any], *arguments: Any) -> Any:
    """``rule(xp, *arguments)``, by the kernel of that name where the backend has one; it falls back on the rule."""
    kernel = xp.kernels.get(name)
    return kernel(xp, rule, *arguments) if kernel else rule(xp, *arguments)
