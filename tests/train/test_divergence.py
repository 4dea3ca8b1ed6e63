"""Losses are read one by one on the CPU, and many at a time elsewhere; the error names the same batch."""

import math

import pytest

import tinygrad_nn as tg
from tinygrad_nn.train.divergence import EpochLoss, TrainingDiverged


@pytest.mark.parametrize("n", [1, 5, 64, 65, 200])
def test_mean_over_samples(device, n):
    losses = EpochLoss(1, device)
    for i in range(n):
        losses.add(tg.asarray(float(i), device=device), i + 1)
    assert losses.mean() == pytest.approx(sum(i * (i + 1) for i in range(n)) / sum(range(1, n + 1)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("batch", [1, 3, 64, 65, 70])
def test_the_batch_is_named(device, value, batch):
    losses = EpochLoss(7, device)

    def feed():
        for i in range(1, 71):
            losses.add(tg.asarray(value if i == batch else 1.0, device=device), 1)
        losses.mean()

    with pytest.raises(TrainingDiverged, match=rf"the loss is {value} in epoch 7, batch {batch};"):
        feed()


def test_it_is_a_floating_point_error():
    assert issubclass(TrainingDiverged, FloatingPointError)


def test_status(device):
    losses = EpochLoss(1, device)
    assert losses.status() == ""
    for _ in range(64):
        losses.add(tg.asarray(0.25, device=device), 3)
    assert losses.status() == "loss 0.2500"
