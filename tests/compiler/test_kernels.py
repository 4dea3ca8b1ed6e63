"""Machine code of loops, and where it is kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_nn.backend.jit import installed
from tinygrad_nn.compiler.kernels import CACHE_VARIABLE, compiled_kernel

pytestmark = pytest.mark.skipif(installed() is None, reason="there is no numba here, or it is switched off")

DOUBLING = """def kernel(rows, columns, constants, x0, y0):
    for i in range(rows):
        y0[i] = x0[i] * float32({factor})
"""


def doubled(kernel, factor: float = 2) -> None:
    x, y = np.arange(4, dtype=np.float32), np.zeros(4, np.float32)
    kernel(4, 1, np.zeros(0), x, y)
    np.testing.assert_array_equal(y, x * factor)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    return tmp_path / "kernels"


def test_the_folder_of_the_environment_is_used(folder: Path) -> None:
    doubled(compiled_kernel(DOUBLING.format(factor=2)))
    names = [path.suffix for path in folder.rglob("*") if path.is_file()]
    assert sorted(names) == [".nbc", ".nbi", ".py"]
    compiled_kernel.cache_clear()
    again = compiled_kernel(DOUBLING.format(factor=2))
    doubled(again)
    assert sum(again.stats.cache_hits.values()) == 1
    assert len(list(folder.glob("*.py"))) == 1


def test_the_same_text_is_compiled_once(folder: Path) -> None:
    assert compiled_kernel(DOUBLING.format(factor=3)) is compiled_kernel(DOUBLING.format(factor=3))


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "file"
    place.write_text("")
    monkeypatch.setenv(CACHE_VARIABLE, str(place))
    compiled_kernel.cache_clear()
    doubled(compiled_kernel(DOUBLING.format(factor=4)), 4)


def test_a_changed_file_is_not_trusted(folder: Path) -> None:
    text = DOUBLING.format(factor=5)
    doubled(compiled_kernel(text), 5)
    (path,) = folder.glob("*.py")
    path.write_text(path.read_text().replace("float32(5)", "float32(500)"))
    compiled_kernel.cache_clear()
    doubled(compiled_kernel(text), 5)


def test_nothing_is_reordered_but_sums() -> None:
    """What would be x with less care: (x + large) - large, and a product that is not contracted with a sum."""
    text = """def kernel(rows, columns, constants, x0, y0):
    for i in range(rows):
        v0 = float32(x0[i] + float32(16777216.0))
        y0[i] = float32(v0 - float32(16777216.0))
"""
    x, y = np.full(4, 0.25, np.float32), np.ones(4, np.float32)
    compiled_kernel(text)(4, 1, np.zeros(0), x, y)
    assert not y.any()


SECOND = """
import numpy as np
import tinygrad_nn as tg
from tinygrad_nn.compiler.executor import Executor
from tinygrad_nn.compiler.kernels import compiled_kernel

x = tg.asarray(np.linspace(-1, 1, 400, dtype=np.float32).reshape(20, 20))
executor = Executor(tg.trace(lambda x: tg.sum(tg.tanh(x) * 2 + x, axis=1), x))
np.testing.assert_allclose(executor(x).numpy(), (np.tanh(x.numpy()) * 2 + x.numpy()).sum(1), atol=1e-5)
(kernel,) = executor.kernels
print(sum(kernel.kernel.stats.cache_hits.values()), sum(kernel.kernel.stats.cache_misses.values()))
"""


def test_a_second_process_finds_the_code_of_the_first(folder: Path) -> None:
    def process() -> str:
        done = subprocess.run(
            [sys.executable, "-c", SECOND], env=os.environ, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert process() == "0 1"
    assert process() == "1 0"
