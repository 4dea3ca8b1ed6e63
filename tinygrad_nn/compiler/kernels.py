"""Groups as machine code: their source, compiled by numba and kept on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ..version import __version__

__all__ = ["CACHE_VARIABLE", "compiled_kernel", "is_kernel"]

CACHE_VARIABLE = "TINYGRAD_NN_CACHE_DIR"


@cache
def compiled_kernel(text: str, called: tuple[Any, ...] = ()) -> Callable[..., None]:
    """The function of a `Source`, compiled when it is first called with arrays of some dtypes; numba must be there.

    The text may have the names of other such functions, which are `called`.

    Nothing is reordered or contracted but the additions of sums. The machine code is kept in a folder that the
    environment variable ``TINYGRAD_NN_CACHE_DIR`` names, else in ``~/.cache/tinygrad_nn/kernels``.
    """
    import numba

    from ..backend import scalar_functions
    from . import small_products

    # machine code that is kept refers to what is called from here: it is that of these files and no others
    files = [scalar_functions.__file__, small_products.__file__, __file__]
    callees = _digest("".join(Path(file).read_text() for file in files))
    text = f'"""{__name__} {__version__}, {callees}"""\n{text}'
    name = f"kernel_{_digest(text)}"  # numba tells what it has kept apart by name, too
    text = text.replace("def kernel(", f"def {name}(")
    path = _kept(name, text)
    names = _names(numba) | {f"{name}32": f for name, f in scalar_functions.SCALAR_FUNCTIONS.items()}
    names |= small_products.functions() | {each.py_func.__name__: each for each in called}
    exec(compile(text, str(path or f"<{name}>"), "exec"), names)  # text that `source` has written from a program
    options = {"error_model": "numpy", "nogil": True}
    made: Callable[..., None] = numba.njit(names[name], cache=path is not None, **options)
    return made


def is_kernel(function: Any) -> bool:
    """Whether it is one of these, which no two have the same name of; numba must be there."""
    import numba

    return bool(numba.extending.is_jitted(function)) and function.py_func.__module__ == __name__


@cache
def _names(numba: Any) -> dict[str, Any]:
    """What the text of a kernel may use."""

    plus = numba.njit(_plus, fastmath={"reassoc"})
    functions = {"plus": plus, "sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc}
    numbers = {"float32": np.float32, "float64": np.float64, "int64": np.int64, "inf": np.inf}
    return {"__name__": __name__, **functions, **numbers}


def _plus(a: Any, b: Any) -> Any:
    """A sum whose order is free, so that several parts of it can be added up side by side."""
    return a + b


def _kept(name: str, text: str) -> Path | None:
    """The file that holds `text`, beside which numba keeps the machine code; None where no file can be written."""
    folder = Path(os.environ.get(CACHE_VARIABLE) or _default_folder()).expanduser() / "kernels"
    path = folder / f"{name}.py"
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}")
            part.write_text(text)
            os.replace(part, path)
        elif path.read_text() != text:
            return None
        return path if os.access(folder, os.W_OK) else None
    except OSError:
        return None


def _default_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "tinygrad_nn"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]
