"""Freed memory stays with the process, in one that this cannot do harm to."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tinygrad_nn as tg
from tinygrad_nn.backend import allocation

# Arrays of 20 MB, made and freed together again and again: how many pages the system hands out for them.
PAGES = """
import resource, sys
import numpy as np
import tinygrad_nn as tg
if sys.argv[1] == "keep":
    assert tg.keep_freed_memory()
for repeat in range(4):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones(5_000_000, np.float32) for _ in range(6)]
    del arrays
    pages = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(pages)
"""


def pages(word: str) -> int:
    # (NumPy asks for huge pages otherwise, so few are handed out)
    environment = {**os.environ, "NUMPY_MADVISE_HUGEPAGE": "0"}
    done = subprocess.run([sys.executable, "-c", PAGES, word], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(not allocation._on_glibc(), reason="the C library is not glibc")
def test_memory_is_used_again() -> None:
    assert pages("keep") < 100 < pages("plain")


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError("no such name")

    monkeypatch.setattr(os, "confstr", refuse)
    assert tg.keep_freed_memory() is False
    monkeypatch.setattr(os, "confstr_names", {})
    assert tg.keep_freed_memory() is False


@pytest.mark.parametrize("limit", [-1, 1 << 31])
def test_the_limit_is_checked(limit: int) -> None:
    with pytest.raises(ValueError, match=f"keep_freed_memory: limit is {limit}"):
        tg.keep_freed_memory(limit)
