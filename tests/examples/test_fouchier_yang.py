"""The program of Fouchier and Yang's report trains all its networks, with a fiftieth of the images."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_nn.data.mnist import ENVIRONMENT_VARIABLE

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no folder with MNIST")
def test_a_trial(tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    program = [sys.executable, "-W", "error", str(ROOT / "examples" / "papers" / "fouchier_yang.py")]
    result = subprocess.run(
        [*program, "--minutes", "0.05", "--out", str(tmp_path)], capture_output=True, text=True, env=environment
    )
    assert (result.returncode, result.stderr) == (0, "")
    findings = json.loads((tmp_path / "findings.json").read_text())["findings"]
    neurons, hidden, ten, convolution = findings[:5], findings[5:9], findings[9:13], findings[13]
    assert [each["reported"] for each in neurons] == ["0.9915", "0.9919", "0.9923", "0.9925", "0.9736"]
    assert [each["reported"] for each in hidden] == ["0.98"] * 4
    assert [each["reported"] for each in ten] == ["0.92", "0.94", "", "0.99"]
    assert convolution["reported"] == "0.99"
    assert all("of 500 epochs" in each["note"] for each in findings[5:13])  # it says how short the time was
    assert all(0 <= each["ours"] <= 1 for each in findings)
    assert all(each["met"] == (each["ours"] >= float(each["reported"] or 0)) for each in findings)
    report = (tmp_path / "report.html").read_text()
    trainings = 2 * len(neurons) + len(hidden) + len(ten) + 1
    assert report.count('src="data:image/png;base64,') == trainings + 8  # and what compares them
