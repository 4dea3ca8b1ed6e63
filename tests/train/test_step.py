"""A compiled training is the same training: history, weights, schedules, callbacks, checkpoints."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import make_blobs
from tinygrad_nn.train import Accuracy, Callback, Trainer, TrainingDiverged

QUIET = {"verbose": False, "progress": False}


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        yield


@pytest.fixture(scope="module")
def blobs():
    x, y = make_blobs(150, centers=3, generator=tg.Generator(0))
    return x.astype(np.float32), y


def _trainer(device, compile, *, schedule=None, make=lambda p: optim.Adam(p, lr=0.05), **kwargs):
    g = tg.Generator(0, device)
    model = nn.Sequential(nn.Linear(2, 16, generator=g), nn.ReLU(), nn.Dropout(0.2, generator=g),
                          nn.Linear(16, 3, generator=g))  # fmt: skip
    optimizer = make(model.parameters())
    return Trainer(
        model, nn.CrossEntropyLoss(), optimizer, metrics=[Accuracy()], generator=tg.Generator(1), compile=compile,
        scheduler=None if schedule is None else schedule(optimizer), **kwargs,
    )  # fmt: skip


def _assert_same(eager, compiled):
    for name in ("loss", "accuracy", "learning_rate", "val_loss"):
        if name in eager.history:
            np.testing.assert_allclose(compiled.history[name], eager.history[name], rtol=1e-3)
    for p, q in zip(eager.model.parameters(), compiled.model.parameters()):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"clip_norm": 0.1, "make": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.1)},
        {"schedule": lambda o: optim.CosineAnnealingLR(o, 15), "schedule_every": "batch"},
        {"schedule": lambda o: optim.OneCycleLR(o, 0.1, total_steps=20), "schedule_every": "batch"},
        {"schedule": lambda o: optim.ReduceLROnPlateau(o, patience=0)},
    ],
)
def test_the_same_history(device, blobs, settings):
    eager, compiled = _trainer(device, False, **settings), _trainer(device, True, **settings)
    for trainer in (eager, compiled):
        trainer.fit(blobs, 3, validation_data=blobs, batch_size=32, **QUIET)
    _assert_same(eager, compiled)
    assert compiled.evaluate(blobs)["loss"] == pytest.approx(eager.evaluate(blobs)["loss"], rel=1e-3)
    np.testing.assert_allclose(
        compiled.predict(blobs[0], batch_size=40).numpy(), eager.predict(blobs[0]).numpy(), rtol=1e-2, atol=1e-3
    )


def test_each_step_is_one_program_and_the_last_short_one_another(device, blobs):
    trainer = _trainer(device, True)
    trainer.fit(blobs, 3, batch_size=32, **QUIET)  # 150 are 4 * 32 + 22
    assert len(trainer._step()._whole.programs) == 2


def test_callbacks_get_the_loss(device, blobs):
    class Losses(Callback):
        def __init__(self):
            self.losses = []

        def on_batch_end(self, trainer, batch, loss):
            self.losses.append(loss.item())

    seen = Losses(), Losses()
    for compile, callback in zip((False, True), seen):
        _trainer(device, compile).fit(blobs, 1, callbacks=[callback], **QUIET)
    np.testing.assert_allclose(seen[1].losses, seen[0].losses, rtol=1e-3)


def test_settings_that_are_changed_later(device, blobs):
    eager, compiled = _trainer(device, False), _trainer(device, True)
    for trainer in (eager, compiled):
        trainer.fit(blobs, 1, **QUIET)
        trainer.loss = lambda z, t: F.cross_entropy(z, t) * 0.5
        trainer.clip_norm = 0.01
        trainer.optimizer = optim.SGD(trainer.model.parameters(), lr=0.1)
        trainer.fit(blobs, 1, **QUIET)
    _assert_same(eager, compiled)


def test_resuming(device, blobs, tmp_path):
    whole = _trainer(device, True)
    whole.fit(blobs, 4, **QUIET)
    first = _trainer(device, True)
    first.fit(blobs, 2, **QUIET)
    first.save(tmp_path / "last.safetensors")
    for trainer in (first, _trainer(device, True)):
        trainer.fit(blobs, 4, resume_from=tmp_path / "last.safetensors", **QUIET)
        _assert_same(whole, trainer)


def test_a_loss_that_is_not_finite(device):
    x = np.full((4, 2), np.nan, np.float32)
    with pytest.raises(TrainingDiverged, match="batch 1"):
        _trainer(device, True).fit((x, np.zeros(4, np.int64)), 1, **QUIET)


def test_a_loss_that_is_not_one_number(device, blobs):
    trainer = _trainer(device, True)
    trainer.loss = nn.CrossEntropyLoss(reduction="none")
    with pytest.raises(ValueError, match="one number"):
        trainer.fit(blobs, 1, **QUIET)


def test_a_model_that_reads_values_is_trained_without_programs(device, blobs):
    class Reading(nn.Linear):
        def forward(self, x):
            return super().forward(x) * (1.0 if x.sum().item() > 1e9 else 2.0)

    histories = []
    for compile in (False, True):
        model = Reading(2, 3, generator=tg.Generator(0, device))
        trainer = Trainer(
            model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), generator=tg.Generator(1), compile=compile
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            histories.append(trainer.fit(blobs, 2, **QUIET)["loss"])
        assert bool(caught) == compile
    assert histories[0] == histories[1]
