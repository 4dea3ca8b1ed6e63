"""How long importing takes and how much memory it holds: ``python -m benchmarks.imports``.

Each library is imported in processes of its own, with its byte code cached as pip leaves it; the median counts.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIBRARIES = {
    "numpy": "import numpy",
    "tinygrad_nn": "import tinygrad_nn",
    "tinygrad_nn, nn, optim": "import tinygrad_nn.nn, tinygrad_nn.optim",
    "autograd": "import autograd.numpy",
    "mygrad": "import mygrad",
    "jax": "import jax.numpy",
    "torch": "import torch",
}
ROUNDS = 11
ROOT = Path(__file__).resolve().parents[1]
MEMORY = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"  # in KiB, on Linux


def run(code: str, cache: str) -> tuple[float, int]:
    """Seconds that a fresh interpreter takes for `code`, and the most memory it held (KiB)."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = cache
    start = time.perf_counter()
    command = [sys.executable, "-c", code + MEMORY]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    return time.perf_counter() - start, int(done.stdout)


def is_installed(package: str) -> bool:
    """Whether a package can be imported, without doing it."""
    return importlib.util.find_spec(package.rstrip(",")) is not None


def main() -> None:
    """Print a table."""
    present = {name: code for name, code in LIBRARIES.items() if is_installed(code.split()[1].split(".")[0])}
    with tempfile.TemporaryDirectory() as cache:
        run("pass", cache)
        for code in present.values():  # fills the cache
            run(code, cache)
        rounds = [{name: run(code, cache) for name, code in present.items()} for _ in range(ROUNDS)]
    seconds = {name: statistics.median(each[name][0] for each in rounds) for name in present}
    print("| import | ms | / numpy | MB after it |")
    print("| --- | ---: | ---: | ---: |")
    for name in present:
        memory = statistics.median(each[name][1] for each in rounds) / 1024
        print(f"| {name} | {seconds[name] * 1e3:.0f} | {seconds[name] / seconds['numpy']:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
