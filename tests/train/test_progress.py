"""What is shown of a training."""

import io
import math
import sys

import pytest

from tinygrad_nn.train.progress import epoch_line, progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def stderr(monkeypatch):
    def replace(stream):
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return replace


@pytest.mark.parametrize("show", [None, False, True])
@pytest.mark.parametrize("terminal", [False, True])
def test_the_bar_shows_in_a_terminal_unless_told_otherwise(stderr, show, terminal):
    stream = stderr(Terminal() if terminal else io.StringIO())
    assert list(progress_bar([1, 2, 3], 3, "epoch 1/2", status=str, show=show)) == [1, 2, 3]
    assert ("epoch 1/2" in stream.getvalue()) == (terminal if show is None else show)


def test_the_bar_is_gone_when_its_walk_is_cut_short(stderr):
    stream = stderr(Terminal())
    bar = progress_bar([1, 2, 3], 3, "epoch 1/2", status=str, show=True)
    next(bar)
    bar.close()
    assert stream.getvalue().endswith("\r")


def test_the_line_of_an_epoch():
    logs = {"loss": 12345.0, "top_5_accuracy": 0.5, "val_loss": 1e-5, "val_accuracy": math.nan, "r2": -0.25}
    assert epoch_line(7, 100, logs) == (
        "epoch   7/100  loss 1.234e+04  top_5_accuracy 50.00 %  val_loss 1.000e-05  val_accuracy nan  r2 -0.2500"
    )
