"""Tensors by name in safetensors files, the format that PyTorch, JAX and Hugging Face share. No code is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..backend import can_carry
from ..creation import asarray
from ..tensor import Tensor
from .bfloat16 import from_bits
from .files import replacing

__all__ = ["load_file", "read_metadata", "save_file"]

_READABLE = {
    "BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64", "C64", "BF16",
}  # fmt: skip


def save_file(
    tensors: Mapping[str, Tensor | NDArray[Any]],
    path: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write tensors to a safetensors file, all or nothing: an older file stays until the new one is whole.

    Parameters
    ----------
    tensors : mapping of str to Tensor or numpy.ndarray
        Such as a module's ``state_dict()``; tensors of a GPU are copied to the host.
    path : str or path-like
        The file, by custom with the suffix ``.safetensors``.
    metadata : mapping of str to str, optional
        Text to keep with them.

    Raises
    ------
    TypeError
        If a value is no tensor, of a dtype that the format lacks, or a name or metadata are not text.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.interop import load_file, save_file
    >>> model = nn.Linear(2, 3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.safetensors"
    ...     save_file(model.state_dict(), path)
    ...     model.load_state_dict(load_file(path))
    IncompatibleKeys(missing=[], unexpected=[])
    """
    from safetensors.numpy import save

    arrays = {name: _host_array(name, tensor) for name, tensor in tensors.items()}
    for key, text in (metadata or {}).items():
        if not (isinstance(key, str) and isinstance(text, str)):
            raise TypeError(f"save_file: metadata {key!r} is a {type(text).__name__}; wanted are names and texts")
    with replacing(path) as temporary:
        temporary.write_bytes(save(arrays, dict(metadata) if metadata else None))


def load_file(path: str | os.PathLike[str], device: str = "cpu") -> dict[str, Tensor]:
    """Read the tensors of a safetensors file, whichever framework wrote it.

    Parameters
    ----------
    path : str or path-like
        The file.
    device : str
        Where the tensors go.

    Returns
    -------
    dict of str to Tensor
        By name. Where bfloat16 is not there (without the extra ``bfloat16``, and on other devices than the CPU), it
        becomes float32 without loss.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a whole safetensors file, or a tensor has a dtype that NumPy lacks (8-bit floats).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.interop import load_file, save_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "x.safetensors"
    ...     save_file({"x": tg.ones(2)}, path)
    ...     load_file(path)
    {'x': Tensor([1., 1.], dtype=float32)}
    """
    with _opened(path) as file:
        dtypes = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 (no dict)
        if odd := [f"{name} ({dtype})" for name, dtype in dtypes.items() if dtype not in _READABLE]:
            raise ValueError(f"{path}: no array can hold {', '.join(odd)}; convert to float16 or float32 first")
        arrays = {name: file.get_tensor(name) for name, dtype in dtypes.items() if dtype != "BF16"}
    if "BF16" in dtypes.values():
        arrays.update(_read_bfloat16(path, device))
    return {name: asarray(arrays[name], device=device) for name in dtypes}


def read_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read the text that a safetensors file keeps beside its tensors.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load_file`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.interop import read_metadata, save_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "x.safetensors"
    ...     save_file({"x": tg.ones(2)}, path, metadata={"made": "today"})
    ...     read_metadata(path)
    {'made': 'today'}
    """
    with _opened(path) as file:
        return dict(file.metadata() or {})


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    from safetensors import SafetensorError, safe_open

    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file")
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path} is a folder; wanted is a safetensors file")
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except SafetensorError as error:
        raise ValueError(f"{path}: not a safetensors file, or cut off ({error})") from None


def _read_bfloat16(path: str | os.PathLike[str], device: str) -> dict[str, NDArray[Any]]:
    """The bfloat16 tensors, which the reader does not know."""
    from safetensors import deserialize

    return {
        name: from_bits(np.frombuffer(bytearray(entry["data"]), np.uint16), device).reshape(entry["shape"])
        for name, entry in deserialize(Path(path).read_bytes())  # type: ignore[no-untyped-call]
        if entry["dtype"] == "BF16"
    }


def _host_array(name: str, tensor: Any) -> NDArray[Any]:
    if not isinstance(name, str):
        raise TypeError(f"save_file: the name {name!r} is a {type(name).__name__}; wanted is text")
    if isinstance(tensor, Tensor):
        tensor = tensor.detach().numpy()
    if not isinstance(tensor, np.ndarray):
        raise TypeError(f"save_file: {name} is a {type(tensor).__name__}; wanted is a Tensor or a NumPy array")
    if not can_carry(tensor.dtype) or tensor.dtype.itemsize > 8:
        raise TypeError(f"save_file: {name} is {tensor.dtype}, which safetensors cannot hold; convert it")
    return np.asarray(tensor, order="C")  # the file takes the memory as it lies
