"""The floors do what they say: the products of a step, one pass over its memory, each in the fastest way."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

from benchmarks import workloads
from benchmarks.__main__ import main
from benchmarks.runners import floors
from benchmarks.steps import materials

WORKLOADS = workloads.WORKLOADS


def test_they_are_measured_beside_the_others(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    frameworks = ["tinygrad_nn-compiled", "floor-matmul", "floor-memory"]
    arguments = ["--smoke", "--workloads", "tiny", "--threads", "1", "--out", str(tmp_path), "--json"]
    status = main([*arguments, "--frameworks", *frameworks])
    result = json.loads(capsys.readouterr().out)
    assert status == 0
    tiny = result["workloads"]["tiny"]
    medians = {name: tiny["results"][name]["median_ms"] for name in frameworks}
    assert "losses" not in tiny["results"]["floor-matmul"]
    roofline = max(medians["floor-matmul"], medians["floor-memory"])
    assert tiny["ratios"] == {"tinygrad_nn-compiled / roofline": medians["tinygrad_nn-compiled"] / roofline}
    assert "- roofline: the larger of floor-matmul and floor-memory" in (tmp_path / "steps.md").read_text()


@pytest.mark.parametrize("rows", [64, 24])
def test_products_are_those_of_the_step(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    _, (x, _), parameters = materials(WORKLOADS["mlp64"])
    calls: list[tuple[int, int, int]] = []
    matmul = np.matmul

    def counted(a: Any, b: Any, out: Any) -> Any:
        calls.append((a.shape[0], a.shape[1], b.shape[1]))
        return matmul(a, b, out=out)

    way = floors._products(x, [weight.T for weight, _ in parameters], rows)
    monkeypatch.setattr(np, "matmul", counted)
    way()
    blocks = [min(rows, 64 - start) for start in range(0, 64, rows)]
    wanted = []
    for n in blocks:
        wanted += [(n, 784, 256), (n, 256, 128), (n, 128, 10)]
        wanted += [(128, n, 10), (n, 10, 128), (256, n, 128), (n, 128, 256), (784, n, 256)]
    assert calls == wanted


@pytest.mark.parametrize(("name", "count"), [("full64", 0), ("neuron", 1), ("ae64", 2)])
def test_moments(name: str, count: int) -> None:
    assert floors.moments(WORKLOADS[name]) == count


@pytest.mark.parametrize(("name", "inputs"), [("mlp128a", 2), ("ae64", 1)])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_one_pass_over_everything(monkeypatch: pytest.MonkeyPatch, name: str, inputs: int, threads: int) -> None:
    workload, batch, parameters = materials(WORKLOADS[name])
    read: list[int] = []
    written: list[int] = []

    class Maximum:
        @staticmethod
        def reduce(a: Any, initial: int) -> None:
            read.append(a.size)

    monkeypatch.setattr(np, "maximum", Maximum)
    monkeypatch.setattr(np, "multiply", lambda a, b, out: written.append(out.size))
    monkeypatch.setattr(floors, "fastest", lambda ways: ways[1])
    floors.make_pass(workload, batch, parameters, threads)()
    assert len(read) == inputs * threads
    assert sum(read) == sum(array.size for array in batch[:inputs])
    assert sum(written) == 3 * sum(array.size for pair in parameters for array in pair)


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_parts_are_the_whole(parts: int) -> None:
    array = np.arange(20).reshape(4, 5)
    found = [floors._part(array, part, parts) for part in range(parts)]
    np.testing.assert_array_equal(np.concatenate(found), np.arange(20))
    assert all(np.shares_memory(part, array) for part in found)


def test_the_fastest_way_is_taken() -> None:
    slow, fast = (lambda: time.sleep(0.02)), (lambda: None)
    assert floors.fastest([slow, fast]) is fast
    assert floors.fastest([fast, slow]) is fast
