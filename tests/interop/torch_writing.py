"""Files as `torch.save` writes them, made without PyTorch, and ones that it never would."""

from __future__ import annotations

import pickle
import zipfile
from typing import Any

ORDERED_DICT = b"ccollections\nOrderedDict\n"


def pickled(*words: bytes) -> bytes:
    """A pickle of protocol 2, of words that leave one object on the stack."""
    return b"\x80\x02" + b"".join(words) + b"."


def plain(value: Any) -> bytes:
    """The words of a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def storage(kind: str = "torch\nFloatStorage", key: Any = "0", count: Any = 6) -> bytes:
    return b"(" + plain("storage") + f"c{kind}\n".encode() + plain(key) + plain("cpu") + plain(count) + b"tQ"


def tensor(stored: bytes | None = None, offset: Any = 0, sizes: Any = (2, 3), strides: Any = (3, 1)) -> bytes:
    """The words of a tensor; by default the numbers 0 to 5 of `write`."""
    view = plain(offset) + plain(sizes) + plain(strides) + b"\x89" + ORDERED_DICT + b")R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + (storage() if stored is None else stored) + view + b"tR"


def write(path: Any, pickle_of_it: bytes, entries: dict[str, bytes] | None = None) -> None:
    """An archive with a pickle and entries; by default with the storage of the float32 numbers 0 to 5."""
    six = b"".join(bytes.fromhex(text) for text in "00000000 0000803f 00000040 00004040 00008040 0000a040".split())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", pickle_of_it)
        archive.writestr("x/byteorder", "little")
        for name, content in ({"x/data/0": six} if entries is None else entries).items():
            archive.writestr(name, content)
