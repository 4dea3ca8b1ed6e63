"""Calls write what the functions of the vocabulary give."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_nn.backend import cpu
from tinygrad_nn.backend.recorder import Instruction
from tinygrad_nn.compiler.binding import COMBINE, UFUNCS, bind_instruction, leveled, starting
from tinygrad_nn.compiler.fusion import Level

from .same import arrays


def result(name, *args, **kwargs):
    """What a call leaves in memory that held something else, beside what the function gives."""
    wanted = np.asarray(getattr(cpu, name)(*args, **kwargs))
    out = np.full(wanted.shape, 77).astype(wanted.dtype)
    function, arguments = bind_instruction(
        Instruction(name, args, kwargs, 0, wanted.shape, wanted.dtype), args, kwargs, out
    )
    assert function(*arguments) is None or function(*arguments) is out
    return out, wanted


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_functions_that_write_into_arrays(name: str) -> None:
    ufunc = getattr(np, name)
    kind = "bool" if name.startswith("logical") else "int64" if name.startswith("bitwise") else "float32"
    given = [(np.abs(a) * 3).astype(kind) for a in arrays((4, 4), (4, 4))[: ufunc.nin]]
    found, wanted = result(name, *given)
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("sum", (arrays((4, 5))[0], 0), {}),
        ("sum", (arrays((4, 5))[0],), {"axis": (0, 1), "keepdims": True}),
        ("sort", (arrays((4, 5))[0],), {}),
        ("concat", (arrays((4, 5), (4, 5)), 1), {}),
        ("where", (arrays((4, 5))[0] > 0, 1.0, arrays((4, 5))[0]), {}),
        ("getitem", (arrays((4, 5))[0], (slice(None), np.array([1, 1]))), {}),
        ("assign_at", (arrays((4, 5))[0], (slice(None, None, -1), 2), 3.0), {}),
        ("maximum", (arrays((4, 5))[0], 0.25), {}),
        ("add", (arrays((4, 5))[0], np.float64(0.1)), {}),
        ("pow", (arrays((4, 5))[0], 2), {}),
    ],
)
def test_other_functions(name: str, args, kwargs) -> None:
    found, wanted = result(name, *args, **kwargs)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("dtypes", [("float32",) * 2, ("float64", "float32"), ("int64",) * 2, ("float16",) * 2])
@pytest.mark.parametrize(
    "shapes", [((3, 4), (4, 5)), ((3, 0), (0, 5)), ((2, 3, 4), (4, 5)), ((4,), (4, 5)), ((4,), (4,))]
)
def test_products(dtypes, shapes) -> None:
    x, y = ((a * 3).astype(dtype) for a, dtype in zip(arrays(*shapes), dtypes, strict=True))
    found, wanted = result("matmul", x, y)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    if x.ndim == y.ndim == 2 and x.size:
        found, wanted = result("matmul", x[::-1], np.asfortranarray(y))
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("level", [Level(True, True), Level(True, False), Level(False, True), Level(False, False)])
@pytest.mark.parametrize("axes", [1, 2])
def test_arrays_as_parts_of_a_grid(level: Level, axes: int) -> None:
    size = (6 if level.row else 1) * (4 if level.column else 1)
    x = np.arange(size, dtype=np.float32)
    found, fill = leveled(x.reshape(-1, 1), level, (6, 4), axes)
    assert fill is None
    assert np.shares_memory(found, x)
    np.testing.assert_array_equal(found.ravel(), x)
    assert found.ndim == (2 if axes == 2 or level == (True, True) else 1)


def test_arrays_in_another_order_are_copied_each_time() -> None:
    x = arrays((4, 6))[0]
    found, fill = leveled(x.T, Level(False, True), (1, 24), 1)
    assert fill is not None
    x += 1
    fill.function(*fill.arguments)
    np.testing.assert_array_equal(found, x.T.ravel())


@pytest.mark.parametrize("name", sorted(COMBINE))
def test_totals(name: str) -> None:
    parts = arrays((4,), (4,))
    total = np.full(4, 5, np.float32)
    function, arguments = starting(name, total)
    function(*arguments)
    for part in parts:
        COMBINE[name](total, part, total)
    np.testing.assert_array_equal(total, getattr(np, name)(parts, axis=0))
