"""Data types: NumPy's, on every device, under the names of the Array API standard."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import can_cast, finfo, iinfo, isdtype, result_type

__all__ = [
    "DTYPES", "as_dtype", "bool", "can_carry", "can_cast", "complex64", "complex128", "default_dtype", "default_float",
    "finfo", "float16", "float32", "float64", "iinfo", "int8", "int16", "int32", "int64", "is_differentiable",
    "is_floating", "isdtype", "result_type", "uint8", "uint16", "uint32", "uint64",
]  # fmt: skip

bool = np.dtype(np.bool_)
int8 = np.dtype(np.int8)
int16 = np.dtype(np.int16)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
uint16 = np.dtype(np.uint16)
uint32 = np.dtype(np.uint32)
uint64 = np.dtype(np.uint64)
float16 = np.dtype(np.float16)
float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)
complex64 = np.dtype(np.complex64)
complex128 = np.dtype(np.complex128)

DTYPES = (bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float16, float32, float64, complex64,
          complex128)  # fmt: skip

default_float = float32

# What NumPy makes of Python numbers, and what they become here: half of the memory, and the speed of float32.
_NARROWED = {float64: float32, complex128: complex64}


def as_dtype(dtype: Any) -> Any:
    """The dtype that a name, a NumPy type or a Python type stands for; Python's float is float32 here, as in data."""
    found = default_float if dtype is float else np.dtype(dtype)
    if not can_carry(found):
        raise TypeError(f"dtype {found} cannot be computed with; wanted is one of numbers or bools")
    return found


def can_carry(dtype: Any) -> Any:
    """Whether arrays of `dtype` hold numbers or truth values, and so can be computed with."""
    return np.dtype(dtype).kind in "biufc"


def is_floating(dtype: Any) -> Any:
    """Whether `dtype` is a real floating-point type."""
    return np.dtype(dtype).kind == "f"


def is_differentiable(dtype: Any) -> Any:
    """Whether arrays of `dtype` can have a gradient: real and complex floating-point types."""
    return np.dtype(dtype).kind in "fc"


def default_dtype(dtype: Any) -> Any:
    """The type that Python numbers get where NumPy would give them `dtype`."""
    return _NARROWED.get(dtype, dtype)
