"""The examples run, from top to bottom."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SHORT = {"digits_mlp.py": ["--epochs", "4"], "dynamic_depth.py": ["--steps", "30"]}


def run(name, *args, folder):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(EXAMPLES.parent), *sys.path])}
    result = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *args], capture_output=True, text=True, env=environment,
        cwd=folder,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_every_example_is_run():
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(SHORT)


@pytest.mark.parametrize("name", SHORT)
def test_help(tmp_path, name):
    assert "usage" in run(name, "--help", folder=tmp_path)


def test_digits_mlp(tmp_path):
    out = run("digits_mlp.py", *SHORT["digits_mlp.py"], folder=tmp_path)
    assert float(re.search(r"test accuracy ([\d.]+) %", out)[1]) > 85
    assert (tmp_path / "digits_mlp.safetensors").exists()


def test_dynamic_depth(tmp_path):
    out = run("dynamic_depth.py", *SHORT["dynamic_depth.py"], folder=tmp_path)
    assert len(re.findall(r"accuracy on new formulas of \d levels: [\d.]+ %", out)) == 3
