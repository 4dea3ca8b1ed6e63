"""The program of Dainese's report runs from the first chapter to the last, at a glance; its companion predicts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_nn.interop import load_file

pytest.importorskip("sklearn", reason="searches need scikit-learn: pip install tinygrad_nn[sklearn]")

ROOT = Path(__file__).parents[2]


def run(name, *args):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    program = [sys.executable, "-W", "error", str(ROOT / "examples" / "papers" / name)]
    return subprocess.run([*program, *map(str, args)], capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dainese")
    result = run("dainese.py", "--minutes", 0.05, "--out", folder)
    assert (result.returncode, result.stderr) == (0, "")
    return folder


def test_what_it_finds(out):
    found = {one["what"]: one for one in json.loads((out / "findings.json").read_text())["findings"]}
    assert [one["reported"] for one in found.values()].count("0.8406") == 3
    assert found["epochs until early stopping, mean of five parts"]["reported"] == "599"
    assert found["largest difference to NumPy's predictions, same weights"]["ours"] < 1e-6
    assert found["difference of predictions after storing and loading"]["met"]
    assert all(np.isfinite(one["ours"]) for one in found.values())


def test_the_report_has_all_figures(out):
    report = (out / "report.html").read_text()
    assert report.count('src="data:image/png;base64,') == 8  # penalty, heat map, 2 of stopping, function, 3 of weights
    for part in ("His network and his recipe", "The penalty", "Searches", "Early stopping", "kernel ridge", "halving"):
        assert part in report


def test_the_companion_predicts_from_what_was_stored(out, tmp_path):
    sizes = json.loads((out / "network.json").read_text())["hidden_layer_sizes"]
    weights = load_file(out / "network.safetensors")
    assert [weights[f"{place}.weight"].shape for place in (0, 2, 4)] == [(sizes[0], 1), (sizes[1], sizes[0]),
                                                                        (1, sizes[1])]  # fmt: skip
    result = run("dainese_predict.py", out, out / "test_set.txt", tmp_path / "found.txt")
    assert (result.returncode, result.stderr) == (0, "")
    assert "wrote 1000 predictions" in result.stdout
    found, label = np.loadtxt(tmp_path / "found.txt"), np.loadtxt(out / "test_set.txt")[:, 1]
    np.testing.assert_allclose(found, np.loadtxt(out / "predictions.txt"), rtol=1e-5, atol=1e-5)
    assert float(result.stdout.split()[-1]) == pytest.approx(np.mean((found - label) ** 2), abs=1e-4)


def test_the_companion_needs_no_labels(out, tmp_path):
    (tmp_path / "inputs.txt").write_text("-1.5\n0\n2\n")
    result = run("dainese_predict.py", out, tmp_path / "inputs.txt", tmp_path / "found.txt")
    assert result.returncode == 0
    assert "error" not in result.stdout
    assert np.loadtxt(tmp_path / "found.txt").shape == (3,)


@pytest.mark.parametrize(("text", "message"), [("1 2 3\n", "found an array of shape (1, 3)"), ("one\n", "one")])
def test_data_that_make_no_sense_are_one_line(out, tmp_path, text, message):
    (tmp_path / "inputs.txt").write_text(text)
    result = run("dainese_predict.py", out, tmp_path / "inputs.txt", tmp_path / "found.txt")
    assert result.returncode == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
