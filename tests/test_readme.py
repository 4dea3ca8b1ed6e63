"""The README is true: its examples run, its commands are two, and the files it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_python_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    code = "\n".join(_blocks("python"))
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    printed = capsys.readouterr().out
    accuracy = float(re.search(r"test accuracy ([\d.]+)%", printed)[1])  # type: ignore[index]
    assert accuracy >= 96
    shown = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    assert "\n".join(shown) in printed


def test_two_commands() -> None:
    (block,) = _blocks("sh")
    assert len(block.splitlines()) == 2
    assert all(line.startswith("pip install ") for line in block.splitlines())


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_named_files_exist(text: str) -> None:
    rooms = r"examples|tinygrad_nn|backend|autograd|ops|nn|optim|tests|benchmarks|\.ci"
    named = re.findall(rf"`((?:{rooms})/[\w/.]*)`", text)
    named += [f"tinygrad_nn/{name}" for name in re.findall(r"`(tensor\.py)`", text)]
    assert len(named) > 3
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "tinygrad_nn" / name).exists(), name
