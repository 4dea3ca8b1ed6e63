"""The engine: the contract of operations, recording them, and carrying gradients back."""

from .grad import grad
from .modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled

__all__ = ["enable_grad", "grad", "is_grad_enabled", "no_grad", "set_grad_enabled"]
