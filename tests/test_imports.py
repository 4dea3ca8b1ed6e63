"""Who imports whom: one direction only, nothing optional at import, arrays' libraries in one room."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tinygrad_nn

PACKAGE = Path(tinygrad_nn.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# The rooms and the rooms that their modules may import when they are imported themselves. What is imported inside a
# function, when it is needed, is free, except that nothing reaches up from the core that way either.
BACKEND = {"backend"}
ENGINE = BACKEND | {"autograd"}
OPS = ENGINE | {"ops"}
CORE = OPS | {"operators", "tensor", "creation", "inspection", "linalg", "version"}
MAY_IMPORT = {
    "backend": BACKEND,
    "autograd": ENGINE,
    "ops": OPS,
    "linalg": OPS | {"linalg"},
    "fft": CORE | {"fft"},
    "operators": OPS | {"operators"},
    "tensor": OPS | {"operators", "tensor"},
    "creation": OPS | {"tensor", "creation"},
    "inspection": ENGINE,
    "nn": CORE | {"nn"},
    "optim": CORE | {"optim"},
    "data": CORE | {"data"},
    "compiler": CORE | {"compiler"},
    "testing": CORE | {"testing"},
    "viz": CORE | {"nn", "compiler", "interop", "viz"},
    "interop": CORE | {"fft", "nn", "optim", "data", "compiler", "interop"},
    "train": CORE | {"nn", "optim", "data", "interop", "viz", "train"},
    "estimators": CORE | {"nn", "optim", "data", "interop", "train"},
}
IN_THE_CORE = {"backend", "autograd", "ops", "operators", "tensor", "creation", "inspection", "linalg", "fft"}
IN_THE_CORE |= {"nn", "optim"}
ASKED = {"operators": {"interop"}}  # a tensor that NumPy asks what its functions are to do hands the question on
ARRAY_LIBRARIES = {"numpy", "cupy", "cupyx"}
OPTIONAL = [
    "cupy", "dask", "distributed", "einops", "hypothesis", "joblib", "matplotlib", "ml_dtypes", "numba", "onnx", "PIL",
    "pooch", "pytest", "safetensors", "scipy", "sklearn", "threadpoolctl", "torch", "tqdm",
]  # fmt: skip


def room_of(path: Path) -> str:
    first, *rest = path.relative_to(PACKAGE).parts
    if (first, *rest[:1]) == ("interop", "sklearn"):
        return "estimators"  # exchange, too, but of trainings
    return first.removesuffix(".py")


def imports(path: Path, inside_functions: bool) -> Iterator[tuple[int, str, str]]:
    """The imports of a file: line, full name of the module, and the name taken from it (or "")."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = ("tinygrad_nn", *path.relative_to(PACKAGE).parts[:-1])
    for node in walk(tree, inside_functions):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            for alias in node.names:
                yield node.lineno, module, alias.name


def walk(tree: ast.AST, inside_functions: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and not inside_functions:
            continue
        yield child
        yield from walk(child, inside_functions)


def rooms_imported(path: Path, inside_functions: bool) -> Iterator[tuple[int, str]]:
    for line, module, name in imports(path, inside_functions):
        parts = module.split(".")
        if parts[0] == "tinygrad_nn":
            yield line, parts[1] if len(parts) > 1 else name


def test_there_are_files() -> None:
    assert len(FILES) > 20
    assert {room_of(path) for path in FILES} >= {"backend", "autograd", "ops", "tensor"}


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) in MAY_IMPORT], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_point_one_way(path: Path) -> None:
    allowed = MAY_IMPORT[room_of(path)]
    wrong = [f"line {line}: {room}" for line, room in rooms_imported(path, False) if room not in allowed]
    assert wrong == []


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) in IN_THE_CORE], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_the_core_reaches_up_nowhere(path: Path) -> None:
    room = room_of(path)
    above = set(MAY_IMPORT) - MAY_IMPORT[room] - IN_THE_CORE - ASKED.get(room, set())
    wrong = [f"line {line}: {found}" for line, found in rooms_imported(path, True) if found in above]
    assert wrong == []


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) in IN_THE_CORE - {"backend"}], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_only_the_backend_knows_array_libraries(path: Path) -> None:
    wrong = [
        f"line {line}: {module}" for line, module, _ in imports(path, True) if module.split(".")[0] in ARRAY_LIBRARIES
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_optional_packages_are_imported_where_they_are_used(path: Path) -> None:
    names = ("bfloat16.py", "cuda.py", "cuda_random.py", "cuda_kernels.py", "vectors.py")
    if (path.name in names and room_of(path) == "backend") or room_of(path) == "estimators":
        return  # these are imported where ml_dtypes, cupy, numba or scikit-learn is there only
    wrong = [f"line {line}: {module}" for line, module, _ in imports(path, False) if module.split(".")[0] in OPTIONAL]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_code_from_files(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    # the one text that is executed is what compiler/source.py has just written, of words in its own tables
    allowed = {"exec"} if path == PACKAGE / "compiler" / "kernels.py" else set()
    assert called & {"eval", "exec"} <= allowed
    assert not any(
        module.split(".")[0] in ("pickle", "marshal", "shelve", "dill") for _, module, _ in imports(path, True)
    )


def run(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_import_loads_nothing_optional() -> None:
    loaded = run(f"import sys, tinygrad_nn; print([m for m in {OPTIONAL!r} if m in sys.modules])")
    assert loaded == "[]"


def test_import_loads_only_the_core() -> None:
    rooms = run(
        "import sys, tinygrad_nn; print(sorted({m.split('.')[1] for m in sys.modules if m.startswith('tinygrad_nn.')}))"
    )
    assert set(ast.literal_eval(rooms)) <= CORE


def test_import_loads_little_of_the_standard_library_beyond_what_numpy_does() -> None:
    code = "import sys, numpy; before = set(sys.modules); import tinygrad_nn; print(sorted(set(sys.modules) - before))"
    more = [name for name in ast.literal_eval(run(code)) if not name.startswith(("tinygrad_nn", "numpy"))]
    assert len(more) <= 12, more


def test_rooms_come_when_they_are_named() -> None:
    assert run("import tinygrad_nn as tg; print(tg.testing.gradcheck.__name__, tg.trace.__name__)") == "gradcheck trace"


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        tinygrad_nn.no_such_thing  # noqa: B018


def test_every_public_name_is_there() -> None:
    for room in (tinygrad_nn, tinygrad_nn.nn, tinygrad_nn.nn.functional, tinygrad_nn.nn.init, tinygrad_nn.optim):
        assert [name for name in room.__all__ if not hasattr(room, name)] == []
        assert len(room.__all__) == len(set(room.__all__))


def test_star_import() -> None:
    assert run("from tinygrad_nn import *; print(Tensor.__name__, tanh.__name__, float32)") == "Tensor tanh float32"
