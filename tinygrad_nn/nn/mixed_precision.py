"""A model computed in a narrower dtype than that of its weights."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..autograd.tree import mapped
from ..backend.dtypes import float32, is_floating
from ..tensor import Tensor
from .functional_call import functional_call
from .module import Module

__all__ = ["MixedPrecision"]


class MixedPrecision(Module):
    """Compute a model in float16 or bfloat16, from weights that stay in float32.

    Each call computes with copies of the floating parameters and inputs in `dtype`, and gives outputs in float32, so
    that a loss is computed in that. Gradients flow back through the copies and end in float32, where small updates of
    large weights are not lost. Buffers stay as they are. In float16 small gradients would be lost on their way; a
    `optim.GradScaler` prevents that. bfloat16 has the range of float32 and needs none. It is there on the CPU only,
    with the extra ``bfloat16``, and in no program: `tg.compile` runs such a step as it is, and says so once.

    It saves memory, and float16 saves time on GPUs. A CPU computes in float16 many times slower than in float32, and in
    bfloat16 about as fast.

    Parameters
    ----------
    module : Module
        The model, with its weights in float32 (or float64).
    dtype : dtype
        A floating one, such as ``"float16"`` or ``"bfloat16"``.

    References
    ----------
    P. Micikevicius et al., "Mixed Precision Training", ICLR 2018.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> model = nn.Linear(2, 1)
    >>> half = nn.MixedPrecision(model)
    >>> half(tg.ones((3, 2))).sum().backward()
    >>> model.weight.dtype, model.weight.grad.dtype, model.weight.grad.tolist()
    (dtype('float32'), dtype('float32'), [[3.0, 3.0]])
    """

    def __init__(self, module: Module, dtype: Any = "float16") -> None:
        super().__init__()
        if not isinstance(module, Module):
            raise TypeError(f"MixedPrecision: wanted is a module, not {module!r} ({type(module).__name__})")
        self.module = module
        self.dtype = backend.as_dtype(dtype)
        if not is_floating(self.dtype):
            raise TypeError(f"MixedPrecision: dtype is {self.dtype}, wanted is a floating one")

    def forward(self, *inputs: Any) -> Any:
        """What the model gives, computed in `dtype`, in float32."""
        parameters = {name: self._narrow(p) for name, p in self.module.named_parameters()}
        return mapped(self._widen, functional_call(self.module, parameters, mapped(self._narrow, inputs)))

    def _narrow(self, x: Any) -> Any:
        return x.astype(self.dtype) if isinstance(x, Tensor) and is_floating(x.dtype) else x

    def _widen(self, y: Any) -> Any:
        return y.astype(float32) if isinstance(y, Tensor) and y.dtype == self.dtype else y

    def extra_repr(self) -> str:
        return f"dtype={self.dtype}"
