"""The benchmarks run, refuse bad arguments and report what they promise; speed itself is not tested."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import measure, report, steps, workloads
from benchmarks.__main__ import default_folder, main
from benchmarks.runners import FRAMEWORKS, numpy_by_hand

FINISHED = {"median_ms", "q1_ms", "q3_ms", "steps", "round_medians_ms", "losses", "memory", "status"}


def run_json(capsys, *arguments):
    status = main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_steps_smoke(capsys, tmp_path):
    status, result = run_json(
        capsys, "--smoke", "--workloads", "tiny", "mlp128a", "--threads", "1", "--out", str(tmp_path)
    )
    assert [entry.get("reason") for w in result["workloads"].values() for entry in w["results"].values()] == [None] * 6
    assert status == 0
    assert (result["suite"], result["smoke"], result["threads"]) == ("steps", True, 1)
    assert {"cpu", "cores", "load", "gpu", "system", "python"} <= set(result["machine"])
    assert {"numpy", "tinygrad_nn"} <= set(result["versions"])
    assert list(result["workloads"]) == ["tiny", "mlp128a"]
    for workload in result["workloads"].values():
        assert {name: entry["status"] for name, entry in workload["results"].items()} == {
            "numpy": "ok",
            "tinygrad_nn-cpu": "ok",
            "tinygrad_nn-compiled": "ok",
        }
        for entry in workload["results"].values():
            assert set(entry) == FINISHED
            assert 0 < entry["q1_ms"] <= entry["median_ms"] <= entry["q3_ms"]
        assert workload["ratios"]["tinygrad_nn-cpu / numpy"] > 0
        assert workload["ratios"]["tinygrad_nn-compiled / tinygrad_nn-cpu"] > 0
    assert json.loads((tmp_path / "steps.json").read_text()) == result
    assert "tinygrad_nn-cpu / numpy" in (tmp_path / "steps.md").read_text()


def test_ops_smoke(capsys, tmp_path):
    status, result = run_json(capsys, "ops", "--smoke", "--threads", "1", "--out", str(tmp_path))
    assert [entry.get("reason") for entry in result["results"].values()] == [None] * 2
    assert status == 0
    assert result["suite"] == "ops"
    floor, ours = (result["results"][name]["operations"] for name in ("numpy", "tinygrad_nn-cpu"))
    assert list(floor) == list(ours)
    for name, times in ours.items():
        assert times["overhead"] == times["forward + backward"] - floor[name]["forward + backward"]
        assert {"forward", "recorded", "alone", "overhead_alone"} < set(times)
    assert "Overhead of a recorded operation" in (tmp_path / "ops.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workloads", "huge"], "invalid choice: 'huge'"),
        (["--frameworks", "theano"], "invalid choice: 'theano'"),
        (["--threads", "0"], "argument --threads: '0' is not a whole number from 1 up"),
        (["--threads", "100000"], "argument --threads: 100000 is more than the"),
        (["--seconds", "-1"], "argument --seconds: '-1' is not a number above 0"),
        (["ops", "--workloads", "tiny"], "argument --workloads: ops has none"),
        (["ops", "--frameworks", "mygrad"], "argument --frameworks: ops measures numpy"),
        (["compile", "--frameworks", "numpy"], "argument --frameworks: compile measures tinygrad_nn-compiled,"),
        (["compile", "--seconds", "1"], "argument --seconds: compile times single calls"),
    ],
)
def test_bad_arguments(capsys, arguments, message):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_framework_that_is_not_installed(capsys, monkeypatch):
    monkeypatch.setattr("benchmarks.runners.find_spec", lambda package: None)
    with pytest.raises(SystemExit):
        main(["--frameworks", "jax-jit"])
    assert "jax-jit: jax not installed" in capsys.readouterr().err


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "cross_entropy"])
def test_loss_gradient_by_hand(loss):
    generator = np.random.default_rng(0)
    z, direction = generator.standard_normal((2, 4, 3))
    t = np.array([0, 2, 1, 1]) if loss == "cross_entropy" else np.full((4, 3), 0.25)
    _, gradient = numpy_by_hand.loss_and_gradient(loss, z, t)
    ahead, behind = (numpy_by_hand.loss_and_gradient(loss, z + step * direction, t)[0] for step in (1e-6, -1e-6))
    np.testing.assert_allclose(np.sum(gradient * direction), (ahead - behind) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("name", workloads.WORKLOADS)
def test_workload_can_be_learnt(name):
    workload = workloads.shrink(workloads.WORKLOADS[name])
    x, t = workloads.make_batch(workload)
    assert x.dtype == np.float32
    assert len(x) == len(t) == workload.batch_size
    losses = steps.reference_losses(workload)
    assert losses[-1] < losses[0]


def test_wrong_loss_is_marked():
    assert steps.losses_agree([1.0, 0.5], [1.00001, 0.5])
    assert not steps.losses_agree([1.0, 0.501], [1.0, 0.5])
    assert not steps.losses_agree([1.0, None], [1.0, 0.5])
    assert "wrong loss" in report._step_cell({"status": "invalid", "median_ms": 1.0, "q1_ms": 1.0, "q3_ms": 1.0})


def test_worker_that_fails_says_why():
    job = {"suite": "steps", "framework": "numpy", "workload": "missing"}
    with measure.Worker(job, threads=1) as worker, pytest.raises(measure.WorkerError, match="KeyError") as error:
        worker.receive()
    assert error.value.status == "failed"


def test_worker_has_its_frameworks_environment(monkeypatch):
    monkeypatch.setenv("KEPT", "yes")
    found = measure.worker_environment("tinygrad_nn-compiled-numpy", 3, {"NUMBA_CACHE_DIR": "elsewhere"})
    wanted = {"KEPT": "yes", "OMP_NUM_THREADS": "3", "NUMBA_DISABLE_JIT": "1", "NUMBA_CACHE_DIR": "elsewhere"}
    assert {name: found[name] for name in wanted} == wanted
    assert "NUMBA_DISABLE_JIT" not in measure.worker_environment("tinygrad_nn-compiled", 3, {})


@pytest.mark.parametrize(
    ("framework", "compiles"), [("tinygrad_nn-compiled", True), ("tinygrad_nn-compiled-numpy", False)]
)
def test_one_of_the_compiled_frameworks_goes_without_numba(framework, compiles):
    pytest.importorskip("numba")
    code = "from tinygrad_nn.backend.jit import compiled; print(compiled(lambda a: None) is not None)"
    environment = measure.worker_environment(framework, 1, {})
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=measure.ROOT, env=environment, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == (str(compiles), "")


def test_numba_is_reported_where_it_is_used():
    from benchmarks.worker import versions

    numba = pytest.importorskip("numba")
    assert versions("tinygrad_nn-compiled")["numba"] == numba.__version__
    assert "numba" not in versions("tinygrad_nn-compiled-numpy")


def test_every_framework_has_a_runner():
    from benchmarks.runners import load_runner

    with pytest.raises(ValueError, match="unknown framework 'theano'"):
        load_runner("theano", threads=1)
    assert callable(load_runner("numpy", threads=1))
    assert {framework.kind for framework in FRAMEWORKS.values()} == {"floor", "ours", "peer"}


def test_results_are_named_after_date_machine_and_threads():
    result = {"date": "2026-01-02 03:04 UTC", "machine": {"cpu": "AMD EPYC(TM) 9", "gpu": None}, "threads": 2}
    assert default_folder(result).name == "2026-01-02-amd-epyc-tm-9-2-threads"
