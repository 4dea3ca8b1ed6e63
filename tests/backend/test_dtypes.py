"""Data types: names and questions about them."""

import numpy as np
import pytest

from tinygrad_nn.backend import dtypes


@pytest.mark.parametrize(
    "name",
    ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
     "complex64", "complex128"],
)  # fmt: skip
def test_names(name):
    dtype = getattr(dtypes, name)
    assert dtype == np.dtype(name)
    assert isinstance(dtype, np.dtype)
    assert dtype in dtypes.DTYPES


def test_bool():
    assert dtypes.bool == np.dtype(np.bool_)
    assert len(dtypes.DTYPES) == len(set(dtypes.DTYPES)) == 14


def test_questions():
    for dtype in dtypes.DTYPES:
        assert dtypes.can_carry(dtype)
        assert dtypes.is_floating(dtype) == (dtype.kind == "f")
        assert dtypes.is_differentiable(dtype) == (dtype.kind in "fc")
    assert not dtypes.can_carry(object)
    assert not dtypes.can_carry("U3")
    assert not dtypes.can_carry("V2")


def test_defaults():
    assert dtypes.default_float is dtypes.float32
    assert dtypes.default_dtype(dtypes.float64) == dtypes.float32
    assert dtypes.default_dtype(dtypes.complex128) == dtypes.complex64
    assert dtypes.default_dtype(dtypes.int64) == dtypes.int64


def test_as_dtype():
    assert dtypes.as_dtype(float) == dtypes.float32
    assert dtypes.as_dtype("float64") == dtypes.float64
    assert dtypes.as_dtype(np.int8) == dtypes.int8
    assert dtypes.as_dtype(bool) == dtypes.bool
    with pytest.raises(TypeError, match="cannot be computed with"):
        dtypes.as_dtype(object)


def test_what_numpy_says():
    assert dtypes.finfo(dtypes.float32).eps == np.finfo(np.float32).eps
    assert dtypes.iinfo(dtypes.int8).max == 127
    assert dtypes.result_type(dtypes.float16, dtypes.float32) == dtypes.float32
    assert dtypes.isdtype(dtypes.float32, "real floating")
