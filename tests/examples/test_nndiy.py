"""The program of Dam and Durand's report runs from the first chapter to the last, with few images."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_nn.data.mnist import ENVIRONMENT_VARIABLE
from tinygrad_nn.train import read_checkpoint

ROOT = Path(__file__).parents[2]

needs_mnist = pytest.mark.skipif(
    ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no folder with MNIST"
)


def run(*args, **more):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])} | more
    program = [sys.executable, "-W", "error", str(ROOT / "examples" / "papers" / "nndiy.py")]
    return subprocess.run([*program, *args], capture_output=True, text=True, env=environment)


@needs_mnist
def test_all_chapters(tmp_path):
    result = run("--minutes", "0.03", "--out", str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads((tmp_path / "findings.json").read_text())["findings"]
    names = [each["what"] for each in found]
    assert len(set(names)) == len(names)
    reported = {each["reported"] for each in found}
    assert {"89", "80", "failed", "88", "96", "78", "46", "91", "99", "94-95", "50"} <= reported
    assert all(isinstance(each["ours"], float) and isinstance(each["met"], bool) for each in found)
    report = (tmp_path / "report.html").read_text()
    assert report.count('src="data:image/png;base64,') >= 15
    assert all(part in report for part in ("Classifiers", "Autoencoders", "De-noising", "Threads and a GPU"))
    denoiser = read_checkpoint(tmp_path / "denoiser.safetensors")
    assert denoiser.metadata == {"widths": [512, 256, 512]}
    assert denoiser.weights["0.weight"].shape == (512, 784)


def test_without_data_it_says_what_is_missing(tmp_path):
    result = run("--out", str(tmp_path), **{ENVIRONMENT_VARIABLE: str(tmp_path)})
    assert result.returncode != 0
    assert "train-images-idx3-ubyte" in result.stderr
    assert result.stderr.count("\n") == 1
