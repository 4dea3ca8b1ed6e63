"""Elements computed by generated expressions are those that NumPy computes, at the ends of all ranges too."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.backend.recorder import Instruction, Ref
from tinygrad_nn.compiler.elementwise import ARITHMETIC, FUNCTIONS, POWERS, TESTS, expression_of

from .same import executed
from .tiers import running_on

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.5, 1e-40, 3e38, -3e38, np.inf, -np.inf, np.nan])
INTEGERS = np.array([0, 1, -1, 7, -7, 2**53, 2**53 + 1, -(2**62), 2**63 - 1])
TRUTH = np.array([True, False])
UNARY = {name for name, e in (ARITHMETIC | TESTS).items() if "{1}" not in e.text}


def values(kind: str, dtype: str):
    """All pairs."""
    given = {"f": SPECIAL, "i": INTEGERS, "b": TRUTH}[kind].astype(dtype)
    x, y = np.meshgrid(given, given)
    return np.tile(x, (5, 5)), np.tile(y, (5, 5))


def cases():
    for name, expression in (ARITHMETIC | TESTS).items():
        for kind, dtypes in (("f", ("float32", "float64")), ("i", ("int64",)), ("b", ("bool",))):
            if kind in expression.kinds:
                yield from ((name, kind, dtype) for dtype in dtypes)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "kind", "dtype"), list(cases()))
def test_functions(name: str, kind: str, dtype: str) -> None:
    function = getattr(tg, name)
    x, y = values(kind, dtype)
    given = (x,) if name in UNARY else (x, y)
    with running_on("interpreted"):
        executor, found = executed(function, *given)
    wanted = function(*map(tg.asarray, given)).numpy()
    assert hasattr(executor.kernels[0], "source")
    assert found.numpy().dtype == wanted.dtype
    np.testing.assert_array_equal(found.numpy(), wanted)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("exponent", sorted(POWERS))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_powers(exponent: float, dtype: str) -> None:
    x = np.tile(SPECIAL.astype(dtype), 11)
    with running_on("interpreted"):
        _, found = executed(lambda x: x**exponent, x)
    np.testing.assert_allclose(found.numpy(), (tg.asarray(x) ** exponent).numpy(), rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", ["bool", "int8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("dtype", ["bool", "int64", "float32", "float64"])
def test_conversions(source: str, dtype: str) -> None:
    x = np.tile({"b": TRUTH, "i": INTEGERS, "f": SPECIAL}[np.dtype(source).kind].astype(source), 40)
    if np.dtype(source).kind == "f" and dtype == "int64":
        x = np.tile(np.array([0.0, -2.7, 3.2]).astype(source), 40)
    with running_on("interpreted"):
        _, found = executed(lambda x: x.astype(getattr(tg, dtype)), x)
    np.testing.assert_array_equal(found.numpy(), x.astype(dtype))


def test_numbers_beside_arrays(tier: str) -> None:
    x = np.arange(-40, 40)

    def step(x):
        large = 2**53 + 1
        return x + large, (x + 2**53) == large, x * 2 - 2**62, x + 2.5, x < 0.5, x.astype(tg.float32) * 0.1, x * True

    _, found = executed(step, x)
    for y, w in zip(found, step(tg.asarray(x)), strict=True):
        assert y.dtype == w.dtype
        np.testing.assert_array_equal(y.numpy(), w.numpy())


def test_choosing(tier: str) -> None:
    x = np.tile(SPECIAL.astype(np.float32), 11)

    def step(x):
        return tg.where(x > 0, x, -0.0), tg.where(tg.isnan(x), 1.0, x), tg.where(x > 1, x.astype(tg.float64), x)

    _, found = executed(step, x)
    for y, w in zip(found, step(tg.asarray(x)), strict=True):
        assert y.dtype == w.dtype
        np.testing.assert_array_equal(y.numpy(), w.numpy())


def instruction(name: str, *args: object, dtype: str, **kwargs: object) -> Instruction:
    return Instruction(name, args, kwargs, 9, (3,), np.dtype(dtype))


F32, F64, I64, F16, C64 = map(np.dtype, ("float32", "float64", "int64", "float16", "complex64"))


@pytest.mark.parametrize(
    ("case", "dtypes"),
    [
        (instruction("add", Ref(0), Ref(1), dtype="float16"), [F16, F16]),
        (instruction("add", Ref(0), Ref(1), dtype="complex64"), [C64, C64]),
        (instruction("abs", Ref(0), dtype="int64"), [I64]),
        (instruction("pow", Ref(0), 2, dtype="int64"), [I64, 2]),
        (instruction("pow", Ref(0), 2.5, dtype="float32"), [F32, 2.5]),
        (instruction("pow", Ref(0), Ref(1), dtype="float32"), [F32, F32]),
        (instruction("sin", Ref(0), dtype="float32"), [F32]),
        (instruction("exp", Ref(0), dtype="float64"), [F64]),
        (instruction("add", Ref(0), 2**53 + 1, dtype="int64"), [I64, 2**53 + 1]),
        (instruction("astype", Ref(0), I64, dtype="int64"), [F32, I64]),
        (instruction("astype", Ref(0), F32, dtype="float32"), [F16, F32]),
    ],
    ids=lambda case: f"{case.name}-{case.dtype}" if isinstance(case, Instruction) else "",
)
def test_what_is_left_to_numpy(case: Instruction, dtypes: list[object]) -> None:
    assert expression_of(case, dtypes) is None


def test_functions_of_float32() -> None:
    for name in FUNCTIONS:
        found = expression_of(instruction(name, Ref(0), dtype="float32"), [F32])
        assert found is not None
        assert found[1] == F32
