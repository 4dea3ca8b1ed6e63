"""The examples run, from top to bottom: with tiny settings, and on the real data that they are written for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_nn.data.mnist import ENVIRONMENT_VARIABLE

EXAMPLES = Path(__file__).parents[1] / "examples"
TEXT = str(EXAMPLES.parent / "README.md")  # any text will do
SHORT = {
    "char_gpt.py": [
        TEXT, "--steps", "20", "--width", "16", "--depth", "1", "--heads", "2", "--context", "16", "--length", "40"
    ],
    "char_lstm.py": [TEXT, "--epochs", "1", "--hidden", "16", "--steps", "16", "--length", "40"],
    "digits_mlp.py": ["--epochs", "4"],
    "dynamic_depth.py": ["--steps", "30"],
    "lenet_mnist.py": ["--epochs", "1", "--images", "2560"],
    "resnet_mnist.py": ["--epochs", "2", "--images", "2560", "--channels", "2"],
    "tree_net.py": ["--steps", "20", "--size", "8"],
    "vae.py": ["--epochs", "3"],
}  # fmt: skip

needs_mnist = pytest.mark.skipif(
    ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no folder with MNIST"
)


def run(name, *args, folder):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(EXAMPLES.parent), *sys.path])}
    result = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *args], capture_output=True, text=True, env=environment,
        cwd=folder,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def short(name, *args, folder):
    return run(name, *SHORT[name], *args, folder=folder)


def test_every_example_is_run():
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(SHORT)


@pytest.mark.parametrize("name", SHORT)
def test_help(tmp_path, name):
    assert "usage" in run(name, "--help", folder=tmp_path)


def test_digits_mlp(tmp_path):
    out = short("digits_mlp.py", folder=tmp_path)
    assert float(re.search(r"test accuracy ([\d.]+) %", out)[1]) > 85
    assert (tmp_path / "digits_mlp.safetensors").exists()


def test_dynamic_depth(tmp_path):
    out = short("dynamic_depth.py", folder=tmp_path)
    assert len(re.findall(r"accuracy on new formulas of \d levels: [\d.]+ %", out)) == 3


@needs_mnist
def test_lenet(tmp_path):
    out = short("lenet_mnist.py", folder=tmp_path)
    assert float(re.search(r"test accuracy ([\d.]+) %", out)[1]) > 40


@needs_mnist
def test_resnet(tmp_path):
    out = short("resnet_mnist.py", folder=tmp_path)
    assert float(re.findall(r"test accuracy ([\d.]+) %", out)[-1]) > 20


def test_char_gpt(tmp_path):
    out = short("char_gpt.py", folder=tmp_path)
    assert float(re.search(r"of validation ([\d.]+)", out)[1]) < 5
    assert re.search(r"\(\d+ characters a second\)", out)


def test_char_lstm(tmp_path):
    out = short("char_lstm.py", folder=tmp_path)
    assert float(re.search(r"of validation ([\d.]+)", out)[1]) < 5


def test_tree_net(tmp_path):
    out = short("tree_net.py", folder=tmp_path)
    assert len(re.findall(r"accuracy on new expressions of up to \d levels: [\d.]+ %", out)) == 4


def test_vae(tmp_path):
    out = short("vae.py", folder=tmp_path)
    assert float(re.findall(r"on test images ([\d.]+)", out)[-1]) < 35
    assert "#" in out  # it drew something
