"""The engine: the contract of operations, recording them, carrying gradients back, and transforming functions."""

from .anomaly import detect_anomaly
from .checkpoint import checkpoint
from .custom_vjp import custom_vjp
from .forward import jvp
from .function import Function
from .grad import grad
from .jacobians import hessian, hvp, jacobian
from .modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .transforms import value_and_grad, vjp
from .vmap import vmap

__all__ = [
    "Function", "checkpoint", "custom_vjp", "detect_anomaly", "enable_grad", "grad", "hessian", "hvp",
    "is_grad_enabled", "jacobian", "jvp", "no_grad", "set_grad_enabled", "value_and_grad", "vjp", "vmap",
]  # fmt: skip
