"""Data types: NumPy's, on every device, under the names of the Array API standard."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy import can_cast, iinfo

__all__ = [
    "DTYPES", "NUMBERS", "as_dtype", "bool", "can_carry", "can_cast", "complex64", "complex128", "default_dtype",
    "default_float", "dtype_for_bfloat16", "dtype_of_name", "finfo", "float16", "float32", "float64", "iinfo", "int8",
    "int16", "int32", "int64", "is_bfloat16", "is_differentiable", "is_floating", "isdtype", "result_type", "uint8",
    "uint16", "uint32", "uint64",
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

NUMBERS = "biufc"  # the kinds of these
default_float = float32

# What NumPy makes of Python numbers, and what they become here: half of the memory, and the speed of float32.
_NARROWED = {float64: float32, complex128: complex64}


def as_dtype(dtype: Any) -> Any:
    """The dtype that a name, a NumPy type or a Python type stands for; Python's float is float32 here, as in data."""
    found = dtype if isinstance(dtype, np.dtype) else default_float if dtype is float else dtype_of_name(dtype)
    if found.kind not in NUMBERS and not can_carry(found):
        raise TypeError(f"dtype {found} cannot be computed with; wanted is one of numbers or bools")
    return found


def dtype_of_name(dtype: Any) -> Any:
    """What NumPy calls `dtype`; it knows the name "bfloat16" only where `ml_dtypes` has been imported."""
    try:
        return np.dtype(dtype)
    except TypeError:
        if not isinstance(dtype, str) or dtype != "bfloat16":
            raise
    from .bfloat16 import bfloat16

    return bfloat16


# The questions that decide what may be done with an array. To NumPy bfloat16 is of the kind "V", as are records and raw
# bytes. No array here holds these (see `can_carry`), so of an array's dtype the kind says it all.


def is_bfloat16(dtype: Any) -> Any:
    """Whether `dtype`, that of an array, is bfloat16."""
    return dtype.kind == "V"


def is_floating(dtype: Any) -> Any:
    """Whether `dtype`, that of an array, is a real floating-point type."""
    return dtype.kind in "fV"


def is_differentiable(dtype: Any) -> Any:
    """Whether arrays of `dtype` can have a gradient: real and complex floating-point types."""
    return dtype.kind in "fcV"


def can_carry(dtype: Any) -> Any:
    """Whether arrays of `dtype` hold numbers or truth values, and so can be computed with."""
    kind = (dtype := np.dtype(dtype)).kind
    return kind in NUMBERS or (kind == "V" and dtype.name == "bfloat16")


def dtype_for_bfloat16(device: str) -> Any:
    """What bfloat16 in a file is read as: itself, and where it is not there, float32, which holds all of it."""
    return dtype_of_name("bfloat16") if device == "cpu" and find_spec("ml_dtypes") is not None else float32


def default_dtype(dtype: Any) -> Any:
    """The type that Python numbers get where NumPy would give them `dtype`."""
    return _NARROWED.get(dtype, dtype)


# What NumPy answers for its own dtypes only.


def finfo(dtype: Any) -> Any:
    """The limits of a floating dtype."""
    if is_bfloat16(dtype):
        from .bfloat16 import limits

        return limits
    return np.finfo(dtype)


def isdtype(dtype: Any, kind: Any) -> Any:
    """Whether `dtype` is another dtype, or of the kind that a name of the Array API standard stands for."""
    if isinstance(kind, np.dtype):
        return dtype == kind
    return np.isdtype(float32 if is_bfloat16(dtype) else dtype, kind)


def result_type(*given: Any) -> Any:
    """The dtype of what is computed of dtypes and Python numbers.

    bfloat16 stays with integers, bools and real Python numbers, as in PyTorch; any other floating dtype counts as
    float32 at least, which holds all of both.
    """
    dtypes = [x for x in given if isinstance(x, np.dtype)]
    narrow = [x for x in dtypes if is_bfloat16(x)]
    if not narrow:
        return np.result_type(*given)
    wide = np.result_type(*[float32 if isinstance(x, np.dtype) and is_bfloat16(x) else x for x in given])
    stays = wide.kind == "f" and not any(is_differentiable(x) and not is_bfloat16(x) for x in dtypes)
    return narrow[0] if stays else wide
