"""Averages are those of the weights after each update or epoch, and go on from a checkpoint."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.data import make_blobs
from tinygrad_nn.train import Callback, Trainer, WeightAveraging

QUIET = {"verbose": False, "progress": False}


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(100, centers=3, generator=tg.Generator(0))


def _made(device, **kwargs):
    g = tg.Generator(0, device)
    model = nn.Linear(2, 3, generator=g).to(tg.float64)
    return Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1), generator=tg.Generator(1),
                   **kwargs)  # fmt: skip


class _Weights(Callback):
    """Remembers the weights after each update and after each epoch."""

    def __init__(self):
        self.batches, self.epochs = [], []

    def on_batch_end(self, trainer, batch, loss):
        if not trainer.pending:
            self.batches.append(trainer.model.weight.detach().numpy().copy())

    def on_epoch_end(self, trainer, epoch, logs):
        self.epochs.append(trainer.model.weight.detach().numpy().copy())


@pytest.mark.parametrize("compile", [False, True])
def test_mean_of_epochs(device, blobs, compile):
    trainer, seen = _made(device, compile=compile), _Weights()
    averaged = nn.AveragedModel(trainer.model)
    callbacks = [WeightAveraging(averaged, every="epoch", start_epoch=3), seen]
    trainer.fit(blobs, 5, callbacks=callbacks, **QUIET)
    assert averaged.n_averaged.item() == 3
    np.testing.assert_allclose(averaged.module.weight.detach().numpy(), np.mean(seen.epochs[2:], axis=0), rtol=1e-12)


@pytest.mark.parametrize("accumulate", [1, 3])
def test_moving_average_over_updates(device, blobs, accumulate):
    trainer, seen = _made(device, accumulate=accumulate), _Weights()
    averaged = nn.AveragedModel(trainer.model, avg_fn=nn.get_ema_avg_fn(0.7))
    trainer.fit(blobs, 2, callbacks=[WeightAveraging(averaged), seen], **QUIET)
    wanted = seen.batches[0]
    for weight in seen.batches[1:]:
        wanted = wanted + 0.3 * (weight - wanted)
    assert averaged.n_averaged.item() == len(seen.batches) == 2 * -(-4 // accumulate)
    np.testing.assert_allclose(averaged.module.weight.detach().numpy(), wanted, rtol=1e-12)


def test_going_on_from_a_checkpoint(device, blobs, tmp_path):
    averages = []
    for epochs in ((4,), (2, 4)):
        for last in epochs:
            trainer = _made(device)
            averages.append(nn.AveragedModel(trainer.model, avg_fn=nn.get_ema_avg_fn(0.9)))
            resumed = {"resume_from": tmp_path / "last.safetensors"} if last != epochs[0] else {}
            trainer.fit(blobs, last, callbacks=[WeightAveraging(averages[-1])], **resumed, **QUIET)
            trainer.save(tmp_path / "last.safetensors")
    whole, _, resumed_average = averages
    for name, wanted in whole.state_dict().items():
        np.testing.assert_allclose(resumed_average.state_dict()[name].numpy(), wanted.numpy(), rtol=1e-12)


def test_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match="every is 'step'"):
        WeightAveraging(nn.AveragedModel(nn.Linear(1, 1)), every="step")
