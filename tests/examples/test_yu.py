"""The program of Yu's report runs from the search to the pictures, with a part of the grid and of MNIST."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_nn.data.mnist import ENVIRONMENT_VARIABLE
from tinygrad_nn.interop import load_file

pytest.importorskip("joblib", reason="the search runs on all cores with joblib: pip install tinygrad_nn[sklearn]")

ROOT = Path(__file__).parents[2]


def run(*args, **more):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])} | more
    program = [sys.executable, "-W", "error", str(ROOT / "examples" / "papers" / "yu.py")]
    return subprocess.run([*program, *args], capture_output=True, text=True, env=environment)


@pytest.mark.skipif(ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no folder with MNIST")
def test_from_the_search_to_the_pictures(tmp_path):
    result = run("--minutes", "0.03", "--out", str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    found = {each["what"]: each for each in json.loads((tmp_path / "findings.json").read_text())["findings"]}
    assert {each["reported"] for each in found.values()} >= {"336", "98.24", "98.08", "97.87", "97.76"}
    assert found["settings searched"]["ours"] < 336
    assert not found["settings searched"]["met"]
    assert found["accuracy, percent: test, 1. of the search"]["ours"] > 70
    report = (tmp_path / "report.html").read_text()
    assert report.count('src="data:image/png;base64,') == 7
    setting = json.loads((tmp_path / "hyperparameters.json").read_text())
    assert not setting["bias"]
    weights = load_file(tmp_path / "model.safetensors")
    assert {name: weight.shape for name, weight in weights.items()} == {
        "0.weight": (setting["hidden"], 784), "2.weight": (10, setting["hidden"])
    }  # fmt: skip


def test_without_data_it_says_what_is_missing(tmp_path):
    result = run("--out", str(tmp_path), **{ENVIRONMENT_VARIABLE: str(tmp_path)})
    assert result.returncode == 1
    assert "train-images-idx3-ubyte" in result.stderr
    assert result.stderr.count("\n") == 1
