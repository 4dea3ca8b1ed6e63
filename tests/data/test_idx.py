"""read_idx: every element type, and one clear error for each kind of damage."""

import gzip
import hashlib

import numpy as np
import pytest

from tinygrad_nn.data import read_idx

TWO_BY_THREE = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])


@pytest.fixture
def write(tmp_path):
    """Write bytes to a file and return its path."""

    def write_bytes(content):
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write_bytes


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_reads_plain_and_gzip_whatever_the_name(write, compress):
    array = read_idx(write(compress(TWO_BY_THREE)))
    assert array.dtype == np.uint8
    assert array.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_reads_a_path_given_as_a_string(write):
    assert read_idx(str(write(TWO_BY_THREE))).shape == (2, 3)


@pytest.mark.parametrize(
    ("code", "stored"),
    [(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
def test_every_element_type_comes_out_in_native_order_and_writable(write, code, stored):
    values = np.array([1, 2, 100], stored)
    array = read_idx(write(bytes([0, 0, code, 1, 0, 0, 0, 3]) + values.tobytes()))
    assert array.dtype == np.dtype(stored).newbyteorder("=")
    assert array.dtype.isnative
    np.testing.assert_array_equal(array, values)
    array[0] = 5


def test_zero_axes_and_zero_length(write):
    assert read_idx(write(bytes([0, 0, 8, 0, 7]))).shape == ()
    assert read_idx(write(bytes([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 3]))).shape == (0, 3)


def test_members_of_a_multi_member_gzip_are_joined(write):
    assert read_idx(write(gzip.compress(TWO_BY_THREE[:7]) + gzip.compress(TWO_BY_THREE[7:]))).shape == (2, 3)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0\x08", b"\x89PNG....", b"\0\1\x08\1\0\0\0\0", b"\0\0\x07\1\0\0\0\0", b"\0\0\x0a\1\0\0\0\0"],
)
def test_wrong_magic_number(write, content):
    with pytest.raises(ValueError, match="not an IDX file"):
        read_idx(write(content))


@pytest.mark.parametrize("length", range(4, len(TWO_BY_THREE)))
def test_truncated_anywhere(write, length):
    with pytest.raises(ValueError, match="truncated"):
        read_idx(write(TWO_BY_THREE[:length]))


def test_too_long(write):
    with pytest.raises(ValueError, match="too long: 19 bytes"):
        read_idx(write(TWO_BY_THREE + b"\0"))


def test_lengths_whose_product_overflows(write):
    with pytest.raises(ValueError, match="truncated"):
        read_idx(write(bytes([0, 0, 8, 4]) + b"\xff" * 16))


def test_truncated_gzip(write):
    whole = gzip.compress(TWO_BY_THREE * 20)
    for length in (2, 10, 15, len(whole) - 1):
        with pytest.raises(ValueError, match="damaged gzip file"):
            read_idx(write(whole[:length]))


def test_flipped_bit_in_gzip(write):
    damaged = bytearray(gzip.compress(TWO_BY_THREE))
    damaged[-6] ^= 1  # in the checksum
    with pytest.raises(ValueError, match="damaged gzip file"):
        read_idx(write(bytes(damaged)))


def test_digest_is_of_the_decompressed_content(write):
    digest = hashlib.sha256(TWO_BY_THREE).hexdigest()
    assert read_idx(write(TWO_BY_THREE), sha256=digest).shape == (2, 3)
    assert read_idx(write(gzip.compress(TWO_BY_THREE, 1)), sha256=digest).shape == (2, 3)


def test_wrong_digest_names_the_file_and_both_digests(write):
    path = write(TWO_BY_THREE)
    with pytest.raises(ValueError, match="SHA-256") as error:
        read_idx(path, sha256="0" * 64)
    assert str(path) in str(error.value)
    assert hashlib.sha256(TWO_BY_THREE).hexdigest() in str(error.value)
    assert "0" * 64 in str(error.value)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        read_idx(tmp_path / "nothing-here")
