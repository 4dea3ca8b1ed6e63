"""The page docs/op_matrix.md: what each operation can do, and that tests say so.

    python -m tests.ops.matrix

writes it. Its cells follow from what an operation states of itself and from the rows of the table that test it; a cell
is only filled where there are such rows, and `unbacked` tells where no collected test stands behind it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tinygrad_nn import ops
from tinygrad_nn.autograd.lifted import PRIMITIVE
from tinygrad_nn.autograd.op import Op

from .dtypes import families_of, rows_of
from .table import FAMILIES

__all__ = ["COLUMNS", "EVIDENCE", "PAGE", "UNTESTED", "cells", "claimed", "letters", "page", "unbacked"]

PAGE = Path(__file__).parents[2] / "docs" / "op_matrix.md"
COLUMNS = ("VJP", "JVP", "vmap", "second order", "dtypes", "GPU", "trace")
NONE, UNTESTED = "·", "untested"

# The tests behind each column; what stands in brackets in their names begins with that of a row.
EVIDENCE = {
    "VJP": ("test_table.py::test_gradient",),
    "JVP": (
        "test_forward_mode.py::test_it_is_the_transpose_of_the_vjp",
        "test_forward_mode.py::test_against_differences",
    ),
    "vmap": ("test_vmap.py::test_value",),
    "second order": ("test_table.py::test_second_derivative",),
    "dtypes": ("test_dtypes.py::test_dtypes",),
    "GPU": ("test_table.py::test_value",),
    "trace": ("test_table.py::test_traced_arrays",),
}

HEAD = """# What each operation can do

Made by `python -m tests.ops.matrix` from the operations and their tests; a test fails when it is out of date, or when
no test stands behind a cell.

| column | says | tested by |
|---|---|---|
| VJP | **rule**: it has a gradient, stated as a rule | `tests/ops/test_table.py`, against finite differences |
| JVP | how forward mode goes through it. **elementwise**: by the rules of its VJP; **linear**: it is its own JVP; **rule**: it states one; **parts**: by the operations that it is made of | `tests/ops/test_forward_mode.py`, against the VJP and finite differences |
| vmap | how a batch goes through it. **elementwise**: as it is; **rule**: it states how, for all samples at once (the few arguments that a rule is not for go sample by sample); **parts**: by the operations that it is made of; **loop**: sample by sample | `tests/ops/test_vmap.py`, against a loop |
| second order | **✓**: gradients of gradients | `tests/ops/test_table.py`, against finite differences |
| dtypes | **b** bool, **i** int64, **u** uint8, **f** float16, float32 and float64 (which are kept), **c** complex128: its cases with such values give what NumPy gives. Where NumPy orders complex numbers (by the real part, then by the imaginary one), so do these | `tests/ops/test_dtypes.py`, the dtypes of gradients in `tests/ops/test_table.py` |
| GPU | **✓**: it runs on the strict device, which refuses what a GPU would, in each run of `.ci/run`; with `--device=cuda`, the same tests run on a GPU | `tests/ops/test_table.py` |
| trace | **✓**: it becomes part of a program, with its gradient, and a replay gives the same; **partly**: some calls cannot, such as those whose shapes depend on values | `tests/ops/test_table.py` |

· means that there is nothing: no gradient, or that it makes no sense here.
"""  # noqa: E501


def cells(op: Op) -> dict[str, str]:
    """What the page says of an operation."""
    rows = rows_of(op.name)
    smooth = any(row.gradient for row in rows)
    traceable = {row.traceable for row in rows}
    gradient = {"VJP": "rule", "JVP": _jvp(op), "second order": "✓"}
    said = {column: (word if smooth else UNTESTED) if op.rules else NONE for column, word in gradient.items()}
    said["vmap"] = _vmap(op) if True in traceable else NONE
    said["dtypes"] = letters(families_of(rows)) or UNTESTED
    said["GPU"] = "✓" if rows else UNTESTED
    said["trace"] = {(True,): "✓", (False, True): "partly", (False,): NONE}.get(tuple(sorted(traceable)), UNTESTED)
    return {column: said[column] for column in COLUMNS}


def _jvp(op: Op) -> str:
    if op.jvp is not None:
        return "rule"
    return "linear" if op.linear else "elementwise" if op.elementwise else "parts"


def _vmap(op: Op) -> str:
    if op.elementwise:
        return "elementwise"
    return "rule" if op.batch is not None else "loop" if op.name in PRIMITIVE else "parts"


def letters(families: Collection[str]) -> str:
    """The families of dtypes as the page names them."""
    floats = [name for name in families if name.startswith("float")]
    shown = "f" if len(floats) == 3 else " ".join(floats)
    return " ".join(
        part
        for part in ("b" * ("bool" in families), "i" * ("int" in families), "u" * ("uint" in families), shown,
                     "c" * ("complex" in families)) if part
    )  # fmt: skip


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    tables = {family.__name__.rpartition(".")[2]: family for family in FAMILIES}
    registry = ops.registry()
    for family in ops.FAMILIES:
        name = family.__name__.rpartition(".")[2]
        own = [op for op in registry.values() if op.__module__ == family.__name__]
        rows = {row.name for row in tables[name].rows()} if name in tables else set()
        made = sorted(rows - {op.name for op in own} - set(registry))
        if own or made:
            title = re.split("[.;:]", family.__doc__ or name)[0]
            parts += [f"## {title}", "", f"[ops/{name}.py](../tinygrad_nn/ops/{name}.py)", ""]
        if own:
            parts += ["| operation | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
            parts += [f"| `{op.name}` | " + " | ".join(cells(op).values()) + " |" for op in own]
        if made:
            parts += [""] * bool(own) + ["Made of operations, and tested in the same ways: " + _listed(made) + "."]
        parts += [""] * bool(own or made)
    return "\n".join(parts).rstrip() + "\n"


def claimed() -> dict[str, dict[str, str]]:
    """The cells of each operation as the written page has them."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, *said = (part.strip() for part in line.strip("|").split("|"))
            found[name.strip("`")] = dict(zip(COLUMNS, said))
    return found


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def unbacked(said: dict[str, dict[str, str]], ids: Collection[str]) -> list[str]:
    """The cells, of each operation, that none of the tests with these ids stands behind."""
    wrong = []
    for name, row in said.items():
        starts = [name, *(tested.name for tested in rows_of(name))]
        for column, cell in row.items():
            if cell == UNTESTED:
                wrong.append(f"{name}: {column} is {UNTESTED}")
            for test in EVIDENCE[column] if cell not in (NONE, UNTESTED) else ():
                begin = [f"tests/ops/{test}[{start}{end}" for start in starts for end in ("-", "]")]
                if not any(found.startswith(tuple(begin)) for found in ids):
                    wrong.append(f"{name}: {column} is {cell!r}, but there is no test {test}[{name}...]")
    return wrong


def main() -> Any:
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE)


if __name__ == "__main__":
    sys.exit(main())
