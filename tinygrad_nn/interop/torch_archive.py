"""The zip archives of PyTorch's `torch.save`: entries that lie uncompressed in one folder."""

from __future__ import annotations

import os
import zipfile
from typing import IO, Literal

__all__ = ["TorchArchive"]

LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # how the files of PyTorch before 1.6 begin
ORDERS: dict[bytes, Literal["<", ">"]] = {b"little": "<", b"big": ">"}


class TorchArchive:
    """The entries by their names below the folder; nothing is ever unpacked to disk.

    As they are not compressed, together they cannot be larger than the file, so reading each once takes no more memory
    than that.

    Raises
    ------
    ValueError, zipfile.BadZipFile
        If it is something else, or damaged.
    """

    size: int
    """Bytes of the file."""
    order: Literal["<", ">"]
    """Of the bytes of numbers, as NumPy writes it."""

    def __init__(self, file: IO[bytes]) -> None:
        start = file.read(len(LEGACY))
        if start == LEGACY:
            raise ValueError("the format of PyTorch before 1.6; load it there and save it anew: torch.save(x, path)")
        if start[:4] != b"PK\x03\x04":
            raise ValueError("not a file of torch.save, which is a zip archive")
        self.size = file.seek(0, os.SEEK_END)
        self._archive = zipfile.ZipFile(file)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._read: dict[str, bytes] = {}
        for entry in self._archive.infolist():
            self._add(entry)
        if sum(entry.file_size for entry in self._entries.values()) > self.size:
            raise ValueError("the entries of its archive are larger than the file")
        if "constants.pkl" in self._entries:
            raise ValueError("a TorchScript archive, which is a program; save the state_dict() of the model instead")
        order = self.read("byteorder") if "byteorder" in self._entries else b"little"  # older versions said nothing
        if order not in ORDERS:
            raise ValueError(f"the byte order of its numbers is {order[:20]!r}; wanted is little or big")
        self.order = ORDERS[order]

    def _add(self, entry: zipfile.ZipInfo) -> None:
        path, first = entry.filename, self._archive.infolist()[0].filename
        folder, _, name = path.partition("/")
        if "\\" in path or {"", ".", ".."} & set(path.split("/")) or folder != first.partition("/")[0]:
            raise ValueError(f"the name {path!r:.200} in its archive leads out of the one folder that there is")
        if name in self._entries:
            raise ValueError(f"its archive has several entries {name!r:.200}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise ValueError(f"the entry {name!r:.200} is compressed or encrypted, which torch.save does not do")
        if entry.header_offset < 0:
            raise ValueError(f"the entry {name!r:.200} lies before the file begins")
        self._entries[name] = entry

    def read(self, name: str) -> bytes:
        """The bytes of an entry, whose checksum fits them."""
        if name not in self._entries:
            raise ValueError(f"its archive has no entry {name!r:.200}")
        if name not in self._read:
            self._read[name] = self._archive.read(self._entries[name])
        return self._read[name]
