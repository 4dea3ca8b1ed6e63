"""Memory of this process, as far as the system tells."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import memory, report, steps, workloads

MEGABYTES = 64
linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells how much memory was held"
)


def fill() -> None:
    np.ones(MEGABYTES * 1_000_000, np.uint8)


@linux_only
def test_the_peak_counts_what_is_free_again() -> None:
    before = memory.resident_mb()
    peak = memory.peak_mb(fill)
    after = memory.resident_mb()
    assert before is not None
    assert peak is not None
    assert after is not None
    assert MEGABYTES - 4 < peak - before < MEGABYTES + 4
    assert abs(after - before) < 4


@linux_only
def test_an_earlier_peak_does_not_count() -> None:
    fill()
    before, peak = memory.resident_mb(), memory.peak_mb(lambda: None)
    assert before is not None
    assert peak is not None
    assert abs(peak - before) < 4


def test_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran = []
    monkeypatch.setattr(memory, "RESET", tmp_path / "missing" / "clear_refs")
    assert memory.peak_mb(lambda: ran.append(True)) is None
    assert not ran
    monkeypatch.setattr(memory, "STATUS", tmp_path / "missing")
    assert memory.resident_mb() is None
    step, ready = steps.start("numpy", lambda *_: lambda: 1.0, workloads.WORKLOADS["tiny"])
    assert ready == {"losses": [1.0] * steps.CHECKED_STEPS, "memory": None}
    assert step() == 1.0


@linux_only
def test_a_step_counts_from_its_batch_on() -> None:
    workload = workloads.shrink(workloads.WORKLOADS["neuron"], 10_000)

    def make_step(workload, batch, parameters):
        held = []

        def step() -> float:
            held[:] = [batch, np.ones(workload.batch_size * 1000, np.uint8)]
            return 0.0

        return step

    _, ready = steps.start("numpy", make_step, workload)
    batch_mb, step_mb = 10_000 * 785 * 4 / 1e6, 10_000 * 1000 / 1e6
    # The array of one step is still there when the next one makes its own.
    assert ready["memory"]["step_mb"] == pytest.approx(batch_mb + 2 * step_mb, abs=4)
    assert 0 < ready["memory"]["imported_mb"] < 1e5
    # What is on a GPU is not in the memory of the process.
    assert steps.start("tinygrad_nn-cuda", make_step, workload)[1]["memory"] is None


def test_the_table() -> None:
    workloads = {
        "tiny": {"results": {"numpy": {"memory": {"imported_mb": 30.0, "used_mb": 40.0, "step_mb": 0.04}}}},
        "full64": {"results": {"numpy": {"memory": {"imported_mb": 32.0, "used_mb": 42.0, "step_mb": 123.4}}}},
        "ae64": {"results": {"numpy": {"memory": None}}},
    }
    _, table = report._memory_parts(workloads, ["numpy", "mygrad"])
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert rows[0] == ["", "import", "first use", "tiny", "full64", "ae64"]
    assert rows[2:] == [["numpy", "32", "42", "0.0", "123", "-"]]
    assert report._memory_parts({"ae64": workloads["ae64"]}, ["numpy"]) == []
