"""What is told of the machine."""

import os

import numpy as np

from tinygrad_nn.info import environment


def test_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = environment()
    assert f"numpy {np.__version__}" in found["required"]
    assert found["device cpu"]
    assert found["BLAS"]
    assert "OMP_NUM_THREADS=3" in found["threads"]
    monkeypatch.setattr("tinygrad_nn.info._LIMITS", ())
    assert environment()["threads"].endswith("no limit set")
    assert str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()) in found["threads"]
