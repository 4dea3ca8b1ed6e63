"""The examples in the docstrings run as they stand, and every public name has one."""

from __future__ import annotations

import doctest
import pkgutil
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import tinygrad_nn as tg
from tinygrad_nn import data, fft, interop, nn, optim, testing, train, viz
from tinygrad_nn.backend.jit import installed

PACKAGE = Path(tg.__file__).parent
ROOMS = [tg.autograd, tg.compiler, data, fft, interop, nn, nn.functional, nn.init, optim, testing, train, viz]
BASES = [nn.Module, optim.Scheduler, train.Trainer]  # whose methods a program calls or defines one by one


def modules() -> list[str]:
    """Every module that can be imported here: some need CuPy, numba, ml_dtypes, scikit-learn or Dask."""
    names = [module.name for module in pkgutil.walk_packages([str(PACKAGE)], "tinygrad_nn.")]
    optional = [] if tg.cuda.is_available() else ["tinygrad_nn.backend.cuda", "tinygrad_nn.backend.cuda_random"]
    if installed() is None:
        loops = ("convolution_loops", "recurrent_loops", "row_products", "vectors")
        optional += [f"tinygrad_nn.backend.{name}" for name in loops]
    if find_spec("ml_dtypes") is None:
        optional.append("tinygrad_nn.backend.bfloat16")
    if find_spec("sklearn") is None:
        optional.append("tinygrad_nn.interop.sklearn")
    if find_spec("distributed") is None:
        optional.append("tinygrad_nn.interop.sklearn.cluster")
    return sorted({"tinygrad_nn", *names} - {"tinygrad_nn.__main__", "tinygrad_nn.cli", *optional})


def examples() -> list[doctest.DocTest]:
    """The examples of modules, functions, classes and methods; those of operations are in the docstring of each one."""
    find = doctest.DocTestFinder(exclude_empty=True).find
    found = [test for name in modules() for test in find(import_module(name), name, globs={})]
    parse = doctest.DocTestParser().get_doctest
    for name, op in tg.ops.registry().items():
        found.append(parse(op.__doc__ or "", {}, f"{op.__module__}.{name}", None, None))
    return [test for test in found if test.examples]


@pytest.mark.parametrize("example", [pytest.param(test, id=test.name) for test in examples()])
def test_example(example: doctest.DocTest, device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if device != "cpu":
        pytest.skip("examples are about the CPU")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    try:
        doctest.DebugRunner().run(example)
    except doctest.DocTestFailure as failure:
        pytest.fail(f"{failure.example.source}gives\n{failure.got}instead of\n{failure.example.want}", pytrace=False)
    except doctest.UnexpectedException as unexpected:
        error = unexpected.exc_info[1]
        if isinstance(error, ImportError) and "tinygrad_nn[" in str(error):
            pytest.skip(str(error))
        raise error from None


@pytest.mark.parametrize("name", sorted(set(tg.ops.__all__) | set(tg.linalg.__all__)))
def test_every_operation_has_an_example(name: str) -> None:
    documented = getattr(tg.linalg if name in tg.linalg.__all__ else tg.ops, name).__doc__
    assert "Examples\n" in documented
    assert ">>> import tinygrad_nn as tg" in documented


def public_names() -> list[str]:
    """The classes and functions of each room, under the name that a program imports them by."""
    return [
        f"{room.__name__}.{name}" for room in ROOMS for name in sorted(room.__all__) if callable(getattr(room, name))
    ]


@pytest.mark.parametrize("path", public_names())
def test_every_public_name_has_an_example(path: str) -> None:
    room, name = path.rsplit(".", 1)
    documented = getattr(import_module(room), name).__doc__
    assert "Examples\n" in documented
    assert ">>> " in documented


@pytest.mark.parametrize("error", [tg.DeviceError, tg.GraphError, tg.TraceError])
def test_every_exception_has_an_example(error: type[Exception]) -> None:
    assert ">>> " in (error.__doc__ or "")


@pytest.mark.parametrize("base", BASES)
def test_every_method_has_an_example_or_is_in_that_of_its_class(base: type) -> None:
    for name, method in vars(base).items():
        if not name.startswith("_") and callable(method):
            shown = re.search(rf">>>.*\.{name}\(|def {name}\(", base.__doc__ or "")
            assert shown or ">>> " in (method.__doc__ or ""), f"{base.__name__}.{name}"


@pytest.mark.parametrize("name", modules())
def test_every_public_name_has_a_docstring(name: str) -> None:
    module = import_module(name)
    assert module.__doc__
    for public in getattr(module, "__all__", ()):
        if callable(getattr(module, public)):
            assert getattr(module, public).__doc__, f"{name}.{public}"
