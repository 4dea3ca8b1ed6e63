"""Array backends: one namespace ``xp`` for each kind of array, and the way between devices.

The device of an array follows from its type. `NAMESPACES` maps that type to the functions that work on it; the ones
that rules may use are listed in `vocabulary`. In the core rooms only this package imports NumPy and CuPy.
"""

# isort: off
from .checks import all_within
from .devices import (
    NAMESPACES, arange, as_array, device_of, empty, eye, form_of, full, is_available, linspace, namespace_for, ones,
    parse_device, require_dtype, resolve, same_place, share_memory, to_numpy, transfer, zeros,
)  # fmt: skip
from .display import format_array
from .dlpack import from_dlpack, to_dlpack
from .dtypes import as_dtype, can_carry, float32
from .errors import DeviceError, GraphError, TraceError
from .orthogonal import orthonormal
from .random import Generator, default_generator, manual_seed
# isort: on

__all__ = [
    "NAMESPACES", "DeviceError", "Generator", "GraphError", "TraceError", "all_within", "arange", "as_array",
    "as_dtype", "can_carry", "default_generator", "device_of", "empty", "eye", "float32", "form_of", "format_array",
    "from_dlpack", "full", "is_available", "linspace", "manual_seed", "namespace_for", "ones", "orthonormal",
    "parse_device", "require_dtype", "resolve", "same_place", "share_memory", "to_dlpack", "to_numpy", "transfer",
    "zeros",
]  # fmt: skip
