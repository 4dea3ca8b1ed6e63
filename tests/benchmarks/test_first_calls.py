"""First calls are timed in fresh processes, with caches in a folder of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import first_calls, report
from benchmarks.__main__ import main


def test_smoke(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status = main(["compile", "--smoke", "--workloads", "tiny", "--threads", "1", "--out", str(tmp_path), "--json"])
    result = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (result["suite"], result["rounds"], result["steps"]) == ("compile", 1, 5)
    entry = result["workloads"]["tiny"]["results"].pop("tinygrad_nn-compiled")
    assert result["workloads"]["tiny"]["results"] == {}
    assert entry["status"] == "ok"
    for cache in ("cold", "cached"):
        assert 0 < entry[cache]["first_s"] < entry[cache]["started_s"]
    assert "tinygrad_nn-compiled, cached" in (tmp_path / "compile.md").read_text()


def test_every_cache_is_in_the_folder(tmp_path: Path) -> None:
    places = [value for name, value in first_calls.cache_environment(tmp_path).items() if name.endswith("_DIR")]
    assert len(set(places)) == 4
    assert {Path(place).parent for place in places} == {tmp_path}


def test_median_of_rounds_and_wrong_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = first_calls.reference_losses(first_calls.find_workload("tiny", smoke=True))
    seconds = iter([5.0, 1.0, 7.0, 2.0, 6.0, 3.0])
    wrong = iter([False, False, True, False, False, False])

    def answer(*_: object) -> dict[str, object]:
        first = next(seconds)
        return {"first_s": first, "started_s": first + 1, "losses": [9.0] * 5 if next(wrong) else reference}

    monkeypatch.setattr(first_calls, "_first_calls", answer)
    result = first_calls.run(["tiny"], ["jax-jit"], threads=1, rounds=3, smoke=True, progress=lambda line: None)
    entry = result["workloads"]["tiny"]["results"]["jax-jit"]
    assert entry["cold"] == {"first_s": 6.0, "started_s": 7.0}
    assert entry["cached"] == {"first_s": 2.0, "started_s": 3.0}
    assert entry["status"] == "invalid"
    assert "loss 9.0 after 5 steps" in entry["reason"]
    assert report._first_cell(entry, "cold") == "6 / 7 ✗ wrong loss"
    assert report._first_cell({"status": "failed", "reason": "-"}, "cold") == "-"
