"""The IDX file format: how MNIST, and the many data sets modelled on it, store arrays."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The third byte of an IDX file says what the elements are; all are stored most significant byte first.
_ELEMENT_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str], *, sha256: str | None = None) -> NDArray[Any]:
    """Read an array from an IDX file, plain or compressed with gzip.

    An IDX file is a magic number ``0, 0, element type, number of axes``, one 32-bit length an axis, and the
    elements in row-major order. The first bytes, not the name, tell whether the file is compressed.

    Parameters
    ----------
    path : str or path-like
        The file.
    sha256 : str, optional
        The SHA-256 that the decompressed content must have, in hexadecimal.

    Returns
    -------
    numpy.ndarray
        The array: uint8, int8, int16, int32, float32 or float64, in the machine's byte order, writable.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, is not IDX, is shorter or longer than it says, or has another digest.

    Examples
    --------
    >>> import os, tempfile
    >>> from tinygrad_nn.data import read_idx
    >>> path = os.path.join(tempfile.mkdtemp(), "two-by-three")
    >>> with open(path, "wb") as file:
    ...     _ = file.write(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    >>> read_idx(path)
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    content = _decompressed(Path(path))
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _ELEMENT_TYPES:
        raise ValueError(
            f"{path}: not an IDX file: it starts with the bytes [{content[:4].hex(' ')}], "
            "wanted 00 00, an element type (08, 09, 0b, 0c, 0d or 0e) and the number of axes"
        )
    dtype, ndim = np.dtype(_ELEMENT_TYPES[content[2]]), content[3]
    start = 4 + 4 * ndim
    if len(content) < start:
        raise ValueError(f"{path}: truncated: {len(content)} bytes, too few for the lengths of {ndim} axes")
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    size = dtype.itemsize
    for length in shape:  # Python integers: a product of 32-bit lengths must not wrap
        size *= length
    if len(content) != start + size:
        raise ValueError(
            f"{path}: {'truncated' if len(content) < start + size else 'too long'}: {len(content)} bytes, "
            f"but shape {shape} of {dtype.name} takes {start + size}; get the file again"
        )
    if sha256 is not None and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise ValueError(f"{path}: the content's SHA-256 is {found}, wanted {sha256}; get the file again")
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _decompressed(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path}: damaged gzip file ({error}); get the file again") from error
