"""A define-by-run deep-learning framework that reads like a book.

`Tensor` is an array with a reverse-mode graph; `nn` has layers and losses, `optim` the optimizers, `train` a trainer.
The functions here follow the Array API standard, on NumPy arrays (CPU) and CuPy arrays (GPU).
"""

from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from . import autograd, linalg, ops
from .autograd import checkpoint, custom_vjp, enable_grad, is_grad_enabled, jvp, no_grad, set_grad_enabled, vmap
from .autograd.jacobians import hessian, hvp, jacobian
from .autograd.transforms import grad, value_and_grad, vjp
from .backend.allocation import keep_freed_memory
from .backend.dtypes import (
    bool,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)  # fmt: skip
from .backend.errors import AnomalyError, CompileWarning, DeviceError, GraphError, TraceError
from .backend.random import Generator, manual_seed
from .creation import arange, asarray, empty, eye, from_dlpack, full, linspace, ones, rand, randint, randn, zeros
from .inspection import __array_namespace_info__, can_cast, finfo, iinfo, isdtype, result_type
from .ops import *
from .tensor import Tensor
from .version import __array_api_version__, __version__

newaxis = None

__all__ = [
    "DeviceError", "Generator", "GraphError", "Tensor", "TraceError", "__version__", "arange", "asarray", "autograd",
    "bool", "compile", "compiler", "complex64", "complex128", "cuda", "data", "empty", "enable_grad", "eye", "fft",
    "float16", "float32", "float64", "from_dlpack", "full", "int8", "int16", "int32", "int64", "is_grad_enabled",
    "keep_freed_memory", "linalg", "linspace", "manual_seed", "nn", "no_grad", "ones", "optim", "rand", "randint",
    "randn", "set_grad_enabled", "testing", "trace", "train", "uint8", "uint16", "uint32", "uint64", "viz", "zeros",
]  # fmt: skip
__all__ += [
    "AnomalyError", "CompileWarning", "checkpoint", "custom_vjp", "grad", "hessian", "hvp", "jacobian", "jvp",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip
__all__ += [
    "__array_api_version__", "__array_namespace_info__", "can_cast", "e", "finfo", "iinfo", "inf", "isdtype", "nan",
    "newaxis", "pi", "result_type",
]  # fmt: skip
__all__ += ops.__all__

# Rooms that cost an import and that not every program needs are loaded when they are first named.
_ROOMS = ("compiler", "cuda", "data", "fft", "interop", "nn", "optim", "testing", "train", "viz")

if TYPE_CHECKING:
    from . import cuda as cuda
    from . import data as data
    from . import fft as fft
    from . import nn as nn
    from . import optim as optim
    from . import testing as testing
    from . import train as train
    from . import viz as viz
    from .compiler import compile as compile
    from .compiler import trace as trace

    bfloat16: Any


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        from importlib import import_module

        return import_module(f".{name}", __name__)
    if name in ("compile", "trace"):
        from . import compiler

        return getattr(compiler, name)
    if name == "bfloat16":  # NumPy knows it by a package that not everyone has
        from .backend.bfloat16 import bfloat16

        return bfloat16
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
