"""Devices: their names, their namespaces, making arrays on them, and the way between them.

A device is named by a string: ``"cpu"``, ``"cuda:0"`` (``"cuda"`` for short), or ``"strict"``, the stand-in that tests
without a GPU run on. The device of an array follows from the array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import cpu
from .dtypes import NUMBERS, can_carry, default_dtype, dtype_of_name, is_bfloat16
from .errors import DeviceError

__all__ = [
    "NAMESPACES", "arange", "as_array", "device_of", "empty", "eye", "form_of", "full", "is_available", "linspace",
    "namespace_for", "ones", "parse_device", "require_dtype", "resolve", "same_place", "share_memory", "to_numpy",
    "transfer", "zeros",
]  # fmt: skip

NAMESPACES: dict[type, Any] = {np.ndarray: cpu}
"""The namespace ``xp`` of each type of array; those of other devices join when they are first asked for."""


def parse_device(device: str) -> str:
    """The full name of a device: ``"cuda"`` is ``"cuda:0"``.

    Raises
    ------
    ValueError
        Where there is no device of such a name (whether the machine has it, `namespace_for` finds out).
    """
    if device in ("cpu", "strict"):
        return device
    if device == "cuda":
        return "cuda:0"
    family, _, number = device.partition(":") if isinstance(device, str) else (device, "", "")
    if family == "cuda" and number.isascii() and number.isdigit():
        return f"cuda:{int(number)}"
    raise ValueError(f'unknown device {device!r}; known are "cpu", "cuda", "cuda:0", "cuda:1", ... and "strict"')


def namespace_for(device: str) -> Any:
    """The namespace ``xp`` of a device; raises DeviceError where the machine has no such device."""
    device = parse_device(device)
    if device == "cpu":
        return cpu
    if device == "strict":
        from .strict import namespace

        NAMESPACES.setdefault(namespace.kind, namespace)
        return namespace
    try:
        from . import cuda
    except ImportError as error:
        raise DeviceError(
            f'device "{device}" needs CuPy, which did not import ({error}); '
            "pip install tinygrad_nn[cuda13] for CUDA 13, or tinygrad_nn[cuda12] for CUDA 12"
        ) from error
    cuda.require(device)
    NAMESPACES.setdefault(cuda.kind, cuda)
    return cuda


def is_available(device: str) -> bool:
    """Whether this machine has the device, and what it takes to use it."""
    try:
        namespace_for(device)
    except DeviceError:
        return False
    return True


def device_of(array: Any) -> str:
    """The device that holds an array."""
    device: str = NAMESPACES[type(array)].device_of(array)
    return device


def form_of(array: Any) -> tuple[Any, ...]:
    """All of an array but its values: the kind, shape, dtype, and the layout in memory or the device."""
    return type(array), array.shape, array.dtype, array.strides if type(array) is np.ndarray else device_of(array)


def transfer(array: Any, device: str) -> Any:
    """The array on `device`: itself where it is there already, else a copy."""
    device = parse_device(device)
    if isinstance(array, np.generic):  # what arithmetic on arrays without axes gives
        array = np.asarray(array)
    source, target = NAMESPACES[type(array)], namespace_for(device)
    if source.device_of(array) == device:
        return array
    require_dtype(array.dtype, device)
    if source.rank:  # no array of a device itself
        return source.to_device(array, device)
    return target.from_numpy(source.to_numpy(array), device)


def to_numpy(array: Any) -> Any:
    """The elements as a NumPy array: on the CPU the array itself."""
    return NAMESPACES[type(array)].to_numpy(array)


def resolve(op_name: str, kind: type | None, array: Any) -> type | None:
    """The array type of an operation that has met `kind` so far, and now `array`."""
    found = type(array)
    if found not in NAMESPACES:
        if isinstance(array, np.generic):
            return kind
        library = "" if found.__module__ == "builtins" else found.__module__.partition(".")[0] + "."
        raise TypeError(
            f"{op_name}: an operand is a {library}{found.__name__}, not a tensor, an array or a number; "
            "make a tensor of it with tg.asarray(...)"
        )
    if kind is None or NAMESPACES[found].rank > NAMESPACES[kind].rank:
        return found
    if NAMESPACES[kind].rank:
        return kind
    if NAMESPACES[kind].name == NAMESPACES[found].name:  # arrays of the CPU, one of them in bfloat16
        return found if kind is np.ndarray else kind
    raise DeviceError(
        f"{op_name}: operands are on {NAMESPACES[kind].name} and {NAMESPACES[found].name}; "
        "move one with x.to_device(device)"
    )


def share_memory(a: Any, b: Any) -> bool:
    """Whether two arrays surely lie in one memory; of arrays that stand for others nobody knows."""
    xp = NAMESPACES[type(a)]
    return xp.rank == 0 and bool(xp.may_share_memory(a, b))


def same_place(a: Any, b: Any) -> bool:
    """Whether two arrays of one kind are the same elements of one memory."""
    found: bool = a.shape == b.shape and NAMESPACES[type(a)].same_place(a, b)
    return found


# Making arrays.


def as_array(data: Any, dtype: Any = None, device: str | None = None) -> Any:
    """An array of `data` on `device`, sharing memory where it can.

    Parameters
    ----------
    data : number, nested sequence of numbers, NumPy array, array of a device, or of another library with DLPack
        Python floats become float32, ints int64, bools bool, complex numbers complex64. NumPy arrays and NumPy
        scalars keep their dtype, and so does a sequence with any of them in it.
    dtype : dtype, optional
        Of the result, instead.
    device : str, optional
        Where the result is to be; by default where `data` is, and ``"cpu"`` for what is on no device.

    Raises
    ------
    TypeError
        Where the data are not numbers.
    ValueError
        Where nested sequences have different lengths.
    """
    if type(data).__module__ == "cupy":  # an array that someone else made
        namespace_for("cuda")
    if type(data) not in NAMESPACES:
        data = _foreign_array(data) if hasattr(data, "__dlpack__") else _host_array(data, dtype)
    xp = NAMESPACES[type(data)]
    if dtype is not None and data.dtype != (dtype := dtype_of_name(dtype)):
        require_dtype(_checked(dtype), xp.device_of(data))
        data = xp.astype(data, dtype)
    elif xp is cpu:
        if data.dtype.kind not in NUMBERS:
            _checked(data.dtype)
            data = cpu.from_numpy(data, "cpu")
        elif not data.dtype.isnative:  # read from a file of the other byte order
            data = data.astype(data.dtype.newbyteorder("="))
    return data if device is None else transfer(data, device)


def _foreign_array(data: Any) -> Any:
    """The array that shares the memory of one of another library."""
    if isinstance(data, np.ndarray):  # a subclass of NumPy's own
        return np.asarray(data)
    from .dlpack import from_dlpack

    return from_dlpack(data, None, None)


def _host_array(data: Any, dtype: Any) -> Any:
    """A NumPy array of what is no array yet."""
    if dtype is not None:
        dtype = _checked(dtype)
    try:
        array = np.asarray(data, dtype)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(
            f"the nested sequences have different lengths, so they are not an array; pad them to one length ({error})"
        ) from None
    if array.dtype.kind not in NUMBERS:
        _checked(array.dtype)
    if dtype is None and isinstance(data, (bool, int, float, complex, list, tuple)) and not _holds_numpy(data):
        array = array.astype(default_dtype(array.dtype), copy=False)
    return array


def _holds_numpy(data: Any) -> bool:
    """Whether `data` is, or has anywhere within its nested sequences, something of NumPy's own type."""
    if isinstance(data, (np.generic, np.ndarray)):
        return True
    if not isinstance(data, (list, tuple)):
        return False
    kinds = set(map(type, data))
    if any(issubclass(kind, (np.generic, np.ndarray)) for kind in kinds):
        return True
    return any(issubclass(kind, (list, tuple)) for kind in kinds) and any(map(_holds_numpy, data))


def _checked(dtype: Any) -> Any:
    """The dtype that is meant, if arrays of it can be computed with."""
    dtype = dtype_of_name(dtype)
    if not can_carry(dtype):
        raise TypeError(f"an array of dtype {dtype} cannot be computed with; wanted are numbers or bools")
    return dtype


def require_dtype(dtype: Any, device: str) -> None:
    """Raise where arrays of `dtype` are not computed with on `device`."""
    if is_bfloat16(dtype) and device != "cpu":
        raise DeviceError(f"bfloat16 is there on the CPU only, not on {device}; use float16 or float32 there")


def _place(device: str, dtype: Any) -> tuple[Any, Any]:
    """The namespace that makes arrays of `dtype` on `device`; and the dtype, as NumPy has it."""
    xp = namespace_for(device)
    dtype = dtype_of_name(dtype)
    if dtype.kind in NUMBERS:
        return xp, dtype
    require_dtype(_checked(dtype), device)
    from .bfloat16 import namespace

    return namespace, dtype


def empty(shape: Any, dtype: Any, device: str) -> Any:
    """An array whose values are whatever the memory held."""
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.empty(shape, dtype)


def zeros(shape: Any, dtype: Any, device: str) -> Any:
    """An array of zeros."""
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.zeros(shape, dtype)


def ones(shape: Any, dtype: Any, device: str) -> Any:
    """An array of ones."""
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.ones(shape, dtype)


def full(shape: Any, value: Any, dtype: Any, device: str) -> Any:
    """An array filled with a number; its dtype is that of ``as_array(value)`` where `dtype` is None."""
    if dtype is None:
        dtype = _host_array(value, None).dtype
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.full(shape, value, dtype)


def arange(start: Any, stop: Any, step: Any, dtype: Any, device: str) -> Any:
    """Evenly spaced numbers from `start`, as long as they are below `stop`; from 0 to `start` where `stop` is None."""
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = default_dtype(np.asarray([start, stop, step]).dtype)
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.arange(start, stop, step, dtype)


def linspace(start: Any, stop: Any, num: int, dtype: Any, device: str, *, endpoint: bool = True) -> Any:
    """`num` evenly spaced numbers from `start` to `stop`, which is left out where `endpoint` is false."""
    if dtype is None:
        dtype = default_dtype(np.result_type(np.asarray(start), np.asarray(stop), np.float64))
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.linspace(start, stop, num, endpoint=endpoint, dtype=dtype)


def eye(rows: int, columns: int | None, k: int, dtype: Any, device: str) -> Any:
    """Ones on diagonal `k` (0 the main one, above it positive), zeros elsewhere; square where `columns` is None."""
    xp, dtype = _place(device, dtype)
    with xp.on(device):
        return xp.eye(rows, columns, k, dtype)
