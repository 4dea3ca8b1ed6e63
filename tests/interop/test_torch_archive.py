"""Archives of `torch.save`: entries by name, and what is none of them."""

import io
import struct
import zipfile
import zlib

import pytest

from tinygrad_nn.interop.torch_archive import LEGACY, TorchArchive


def archive(*entries, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as written:
        for name, content in entries:
            written.writestr(name, content)
    return file


def opened(file):
    file.seek(0)
    return TorchArchive(file)


def test_entries_by_name():
    found = opened(archive(("m/data.pkl", b"p"), ("m/data/0", b"abc"), ("m/byteorder", b"big"), ("m/version", b"3\n")))
    assert (found.read("data.pkl"), found.read("data/0"), found.order) == (b"p", b"abc", ">")
    assert found.read("data/0") is found.read("data/0")
    with pytest.raises(ValueError, match="no entry 'data/1'"):
        found.read("data/1")


def test_older_versions_did_not_say_their_byte_order():
    assert opened(archive(("m/data.pkl", b"p"))).order == "<"


@pytest.mark.parametrize("name", r"../evil m/../../evil /etc/passwd m//data.pkl m/./x ..\evil m\x o/x evil m/".split())
def test_names_that_lead_elsewhere(name):
    with pytest.raises(ValueError, match="leads out of the one folder"):
        opened(archive(("m/data.pkl", b"p"), (name, b"x")))


def test_the_first_name_may_lead_elsewhere_too():
    with pytest.raises(ValueError, match="leads out of the one folder"):
        opened(archive(("../data.pkl", b"p"), ("../data/0", b"x")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_come_twice():
    with pytest.raises(ValueError, match="several entries 'data.pkl'"):
        opened(archive(("m/data.pkl", b"p"), ("m/data.pkl", b"q")))


def test_a_bomb():
    """10 MB of zeros take 10 kB when they are compressed."""
    with pytest.raises(ValueError, match="'data/0' is compressed"):
        opened(archive(("m/data/0", bytes(10_000_000)), compression=zipfile.ZIP_DEFLATED))


def test_entries_that_share_their_bytes():
    """Many entries at one place: a bomb without compression. Newer versions of Python see it, too."""
    content = bytes(10_000)
    name = b"m/data/%03d"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, zlib.crc32(content), len(content), len(content), 10, 0)
    whole = bytearray(local + b"m/data/000" + content)
    start = len(whole)
    for i in range(100):
        sizes = (zlib.crc32(content), len(content), len(content), 10)
        whole += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, *sizes, 0, 0, 0, 0, 0, 0) + name % i
    whole += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 100, 100, len(whole) - start, start, 0)
    with pytest.raises(ValueError, match="larger than the file"):
        opened(io.BytesIO(whole))


def test_an_encrypted_entry():
    file = archive(("m/data.pkl", b"p"))
    whole = bytearray(file.getvalue())
    whole[whole.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(ValueError, match="'data.pkl' is compressed or encrypted"):
        opened(io.BytesIO(whole))


def test_a_checksum_that_does_not_fit():
    whole = bytearray(archive(("m/data.pkl", b"abcdef")).getvalue())
    whole[whole.index(b"abcdef")] ^= 1
    with pytest.raises(zipfile.BadZipFile, match="CRC-32"):
        opened(io.BytesIO(whole)).read("data.pkl")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (io.BytesIO(b""), "not a file of torch.save"),
        (io.BytesIO(b"\x89PNG" * 100), "not a file of torch.save"),
        (io.BytesIO(LEGACY + b"\x80\x02M\xe9\x03."), "the format of PyTorch before 1.6"),
        (archive(("m/data.pkl", b"p"), ("m/constants.pkl", b"c")), "TorchScript"),
        (archive(("m/byteorder", b"middle")), "b'middle'; wanted is little or big"),
    ],
)
def test_something_else(file, message):
    with pytest.raises(ValueError, match=message):
        opened(file)
