"""The program of the post of 2017 trains all its networks, with a few hundred images; its clock deals time out."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_nn import nn, optim
from tinygrad_nn.data import make_blobs
from tinygrad_nn.data.mnist import ENVIRONMENT_VARIABLE
from tinygrad_nn.train import Trainer

PAPERS = Path(__file__).parents[2] / "examples" / "papers"


@pytest.mark.skipif(ENVIRONMENT_VARIABLE not in os.environ, reason=f"{ENVIRONMENT_VARIABLE} names no folder with MNIST")
def test_a_trial(tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PAPERS.parents[1]), *sys.path])}
    program = [sys.executable, "-W", "error", str(PAPERS / "post_2017.py"), "--minutes", "0.05"]
    result = subprocess.run([*program, "--out", str(tmp_path)], capture_output=True, text=True, env=environment)
    assert (result.returncode, result.stderr) == (0, "")
    findings = json.loads((tmp_path / "findings.json").read_text())["findings"]
    assert [each["reported"] for each in findings] == ["about 95"] * 5 + [""] * 2
    assert all(each["ours"] > 20 for each in findings[1:])  # ten classes: better than guessing
    assert [each["met"] for each in findings] == [each["ours"] >= 95 for each in findings]
    report = (tmp_path / "report.html").read_text()
    assert report.count('src="data:image/png;base64,') == 2 * len(findings) + 2


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.syspath_prepend(PAPERS)
    import clock

    return clock


def test_time_that_is_left_is_dealt_out(clock):
    four_parts = clock.Clock(minutes=1, parts=4)
    assert four_parts.limit(1).seconds == pytest.approx(15, abs=1)
    assert four_parts.limit(3).seconds == pytest.approx(60, abs=1)  # nothing of the first 15 was needed
    unlimited = clock.Clock(math.inf, parts=2)
    assert [unlimited.limit(1).seconds for _ in range(2)] == [math.inf, math.inf]


@pytest.mark.parametrize(("seconds", "epochs"), [(-1.0, 1), (0.0, 1), (60.0, 5)])
def test_a_training_ends_with_its_time(clock, seconds, epochs):
    model = nn.Linear(2, 3)
    trainer = Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1))
    limit = clock.TimeLimit(seconds)
    assert trainer.fit(make_blobs(60, centers=3), 5, callbacks=[limit], verbose=False).epochs == epochs
