"""Tensors out of the files of PyTorch's `torch.save`, without running anything that is in them.

Such a file is a zip archive. In it, `data.pkl` is a pickle of nested containers, and `data/0`, `data/1`, ... are the
storages that its tensors are views of. Python's `pickle` would run whatever code the file names. Here the pickle is
read as a description (`pickled.py`), and out of that is built what this file knows, nothing else.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import backend
from ..backend.dtypes import dtype_for_bfloat16
from ..creation import asarray
from ..tensor import Tensor
from .bfloat16 import from_bits
from .pickled import SCALARS, Call, Name, Persistent, describe, is_key
from .torch_archive import TorchArchive

__all__ = ["TorchFileError", "load_torch"]

DEEPEST = 100  # containers in containers
MOST_AXES = 64  # NumPy's limit
ROOM_FOR_VIEWS = 1 << 26  # bytes that tensors may take beyond four times the file, by repeating a storage

BFLOAT16 = np.dtype("V2")  # stands for it, for NumPy may lack it
DTYPES = {
    f"torch.{name}": np.dtype(name)
    for name in (
        "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "float32",
        "float64", "complex64", "complex128",
    )
} | {"torch.bfloat16": BFLOAT16}  # fmt: skip
STORAGES = {
    "torch.BoolStorage": np.dtype(np.bool_),
    "torch.ByteStorage": np.dtype(np.uint8),
    "torch.CharStorage": np.dtype(np.int8),
    "torch.ShortStorage": np.dtype(np.int16),
    "torch.IntStorage": np.dtype(np.int32),
    "torch.LongStorage": np.dtype(np.int64),
    "torch.HalfStorage": np.dtype(np.float16),
    "torch.BFloat16Storage": BFLOAT16,
    "torch.FloatStorage": np.dtype(np.float32),
    "torch.DoubleStorage": np.dtype(np.float64),
    "torch.ComplexFloatStorage": np.dtype(np.complex64),
    "torch.ComplexDoubleStorage": np.dtype(np.complex128),
    "torch.storage.UntypedStorage": np.dtype(np.uint8),
}
CALLED = {
    "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
    "torch.Size", "torch.device", "collections.OrderedDict", "collections.defaultdict", "builtins.set",
    "__builtin__.set", "builtins.bytes", "__builtin__.bytes", "_codecs.encode",
}  # fmt: skip
# What a defaultdict may make its values with.
FACTORIES: dict[str, Any] = {
    f"{module}.{kind.__name__}": kind
    for module in ("builtins", "__builtin__")
    for kind in (bool, dict, float, int, list, set, str, tuple)
} | {"__builtin__.long": int, "__builtin__.unicode": str}  # as Python 2 called them, and protocol 2 does

KNOWN = CALLED | STORAGES.keys() | DTYPES.keys() | FACTORIES.keys()


class TorchFileError(ValueError):
    """What `load_torch` refuses: a file that is not `torch.save`'s, damaged, or with more in it than plain data.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn.interop import TorchFileError, load_torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "x.pt"
    ...     _ = path.write_text("something else")
    ...     try:
    ...         load_torch(path)
    ...     except TorchFileError as error:
    ...         print(str(error).partition("x.pt: ")[2])
    not a file of torch.save, which is a zip archive
    """


def load_torch(path: str | os.PathLike[str], device: str = "cpu") -> Any:
    """Read a ``.pt`` or ``.pth`` file of PyTorch's `torch.save`: tensors and plain data. PyTorch need not be there.

    No code is run, whatever the file holds: a file that names anything but what is listed below is refused before any
    of it is built. So a whole model that was pickled is refused; its ``state_dict()`` is read.

    Parameters
    ----------
    path : str or path-like
        A file in the zip format that PyTorch writes since version 1.6; older ones and TorchScript archives are
        refused.
    device : str
        Where the tensors go, wherever they were.

    Returns
    -------
    object
        What was saved, often a dict of tensors by name: tensors and parameters, sizes (as tuples), dtypes, dicts,
        ``OrderedDict``, ``defaultdict`` of plain types, lists, tuples, sets, texts, bytes, devices (as texts, such as
        ``"cuda:0"``), numbers, bools and None. A tensor that occurs in several places is
        one tensor; different views of one storage become tensors with memory of their own. None of them requires a
        gradient. Where bfloat16 is not there (without the extra ``bfloat16``, and on other devices than the CPU), it
        becomes float32 without loss.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TorchFileError
        If it is damaged or in another format, has tensors of a kind that is not known here (8-bit floats, sparse or
        quantized ones), or names anything else.

    Examples
    --------
    A model takes its weights with ``model.load_state_dict(load_torch("model.pt"))``. Here is what a small file holds,
    written as PyTorch would:

    >>> import pickle, tempfile, zipfile
    >>> from pathlib import Path
    >>> from tinygrad_nn.interop import load_torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "x.pt"
    ...     with zipfile.ZipFile(path, "w") as archive:
    ...         archive.writestr("x/data.pkl", pickle.dumps({"epoch": 3, "losses": [0.5, 0.25]}))
    ...     load_torch(path)
    {'epoch': 3, 'losses': [0.5, 0.25]}
    """
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path} is a folder; wanted is a file of torch.save")
    if not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such file")
    backend.namespace_for(device)  # before anything is read: it raises what a wrong device deserves
    try:
        with open(path, "rb") as file:
            archive = TorchArchive(file)
            description = describe(archive.read("data.pkl"), KNOWN)
            return _Builder(archive, device).build(description)
    except UnicodeDecodeError as error:
        raise TorchFileError(f"{path}: a text in it is damaged ({error})") from None
    except (ValueError, zipfile.BadZipFile, NotImplementedError, EOFError, OverflowError) as error:
        raise TorchFileError(f"{path}: {str(error) or 'it is cut off'}") from None


class _Builder:
    """Makes what a pickle describes, each object once."""

    def __init__(self, archive: TorchArchive, device: str) -> None:
        self.archive = archive
        self.device = device
        self.room = 4 * archive.size + ROOM_FOR_VIEWS  # bytes
        self.made: dict[int, Any] = {}  # by the id of its description
        self.begun: set[int] = set()

    def build(self, part: Any, depth: int = 0) -> Any:
        """The value of a part of the description."""
        if isinstance(part, SCALARS):
            return part
        key = id(part)
        if key not in self.made:
            if key in self.begun:
                raise ValueError(f"it holds a {type(part).__name__} that contains itself")
            if depth == DEEPEST:
                raise ValueError(f"it holds containers in containers, more than {DEEPEST} deep")
            self.begun.add(key)
            self.made[key] = self._build_anew(part, depth + 1)
        return self.made[key]

    def _build_anew(self, part: Any, depth: int) -> Any:
        match part:
            case list():
                return [self.build(value, depth) for value in part]
            case tuple():
                return tuple([self.build(value, depth) for value in part])
            case dict():
                return {key: self.build(value, depth) for key, value in part.items()}
            case set():
                return set(part)
            case bytes():
                return part
            case Name(text) if text in DTYPES:
                return dtype_for_bfloat16(self.device) if DTYPES[text] is BFLOAT16 else DTYPES[text]
            case Call("collections.OrderedDict", ()):  # the attributes that a state_dict has tell PyTorch's versions
                return OrderedDict((key, self.build(value, depth)) for key, value in part.items)
            case Call("collections.defaultdict", ()):
                return defaultdict(None, [(key, self.build(value, depth)) for key, value in part.items])
            case Call("collections.defaultdict", (Name(text),)) if text in FACTORIES:
                return defaultdict(FACTORIES[text], [(key, self.build(value, depth)) for key, value in part.items])
            case Call("torch.device", (str(kind),), [], None):
                return kind
            case Call("torch.device", (str(kind), int(index)), [], None):
                return f"{kind}:{index}"
            case Call("_codecs.encode", (str(text), "latin1"), [], None):  # bytes, in protocol 2
                return text.encode("latin1")
            case Call("builtins.bytes" | "__builtin__.bytes", (), [], None):
                return b""
            case Call("torch.Size", (tuple(sizes),), [], None):
                return _sizes(sizes)
            case Call("builtins.set" | "__builtin__.set", (list(values),), [], None) if all(map(is_key, values)):
                return set(values)
            case Call("torch._utils._rebuild_parameter", (Call(name) as data, bool(), _), [], None) if "tensor" in name:
                return self.build(data, depth)
            case Call("torch._utils._rebuild_tensor_v2", (storage, offset, sizes, strides, bool(), _, *rest), [], None):
                return self._tensor(storage, None, offset, sizes, strides, rest)
            case Call(
                "torch._utils._rebuild_tensor_v3",
                (storage, offset, sizes, strides, bool(), _, Name(dtype), *rest), [], None,
            ) if dtype in DTYPES:  # fmt: skip
                return self._tensor(storage, DTYPES[dtype], offset, sizes, strides, rest)
            case Call(name) | Name(name):
                raise ValueError(f"it uses {name} in a way that torch.save does not")
        raise ValueError("it holds a storage that is no tensor's")

    def _tensor(self, storage: Any, dtype: Any, offset: Any, sizes: Any, strides: Any, rest: list[Any]) -> Tensor:
        match storage:
            case Persistent(("storage", Name(kind), str(key), str(), int(count))) if kind in STORAGES:
                data = self.archive.read(f"data/{key}")
            case _:
                raise ValueError("it holds a tensor whose storage is described in a way that torch.save does not")
        if count * STORAGES[kind].itemsize != len(data):
            raise ValueError(f"storage {key:.200} has {len(data)} bytes; wanted are {count} elements of {kind}")
        if any(rest):  # {"conj": True}: a conjugate that PyTorch has not computed yet
            raise ValueError("it holds a tensor that is still to be conjugated or negated; save tensor.resolve_conj()")
        shape, steps = _sizes(sizes), _sizes(strides)
        array = self._elements(data, dtype or STORAGES[kind], shape, steps, _sizes((offset,))[0])
        return asarray(array, device=self.device)

    def _elements(
        self, data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], steps: tuple[int, ...], offset: int
    ) -> NDArray[Any]:
        """The elements of a storage from `offset` on that lie `steps` apart, as an array with memory of its own."""
        count = len(data) // dtype.itemsize
        last = offset + sum((size - 1) * step for size, step in zip(shape, steps))
        if len(shape) != len(steps) or offset > count or (0 not in shape and last >= count):
            raise ValueError(
                f"it holds a tensor of shape {shape}, strides {steps} and offset {offset}, which lies outside of its "
                f"storage of {count} elements"
            )
        self.room -= math.prod(shape) * (4 if dtype is BFLOAT16 else dtype.itemsize)
        if self.room < 0:
            raise ValueError(f"its tensors (one of shape {shape}) repeat their storages to far more than the file")
        if 0 in shape:
            return np.empty(shape, dtype_for_bfloat16(self.device) if dtype is BFLOAT16 else dtype)
        lies = np.dtype(np.uint16 if dtype is BFLOAT16 else np.uint8 if dtype.kind == "b" else dtype)
        bytes_apart = tuple(step * dtype.itemsize for step in steps)
        found: NDArray[Any] = np.ndarray(
            shape, lies.newbyteorder(self.archive.order), data, offset * dtype.itemsize, bytes_apart
        )
        if dtype is BFLOAT16:
            return from_bits(found.astype(np.uint16, order="C"), self.device)
        if dtype.kind == "b":
            return np.asarray(found != 0, order="C")
        return found.astype(dtype, order="C")


def _sizes(values: Any) -> tuple[int, ...]:
    if not (isinstance(values, tuple) and all(isinstance(value, int) and 0 <= value < 1 << 62 for value in values)):
        raise ValueError("it holds a tensor whose shape, strides or offset are not sizes")
    if len(values) > MOST_AXES:
        raise ValueError(f"it holds a tensor of {len(values)} axes; the most are {MOST_AXES}")
    return values
