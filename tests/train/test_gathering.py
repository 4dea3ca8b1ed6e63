"""Several batches that make one update are one large batch; float16 and bfloat16 learn what float32 does."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.data import load_digits, make_blobs
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
    return x, y


def _trainer(device, *, dtype=tg.float64, schedule=None, lr=0.05, **kwargs):
    g = tg.Generator(0, device)
    model = nn.Sequential(nn.Linear(2, 16, generator=g), nn.Tanh(), nn.Linear(16, 3, generator=g)).to(dtype)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    return Trainer(
        model, nn.CrossEntropyLoss(), optimizer, metrics=[Accuracy()], generator=tg.Generator(1),
        scheduler=None if schedule is None else schedule(optimizer), **kwargs,
    )  # fmt: skip


def _assert_same(one, other, rtol=1e-9):
    for p, q in zip(one.model.parameters(), other.model.parameters()):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    ("size", "accumulate", "clip_norm", "compile"),
    [(8, 4, None, False), (16, 2, 0.1, False), (5, 6, None, False), (8, 4, 0.1, True)],
)
def test_batches_together_are_one(device, blobs, size, accumulate, clip_norm, compile):
    # 150 are 4 * 32 + 22 (of batches of 8, two and a shorter one) or 5 * 30
    large = _trainer(device, clip_norm=clip_norm)
    large.fit(blobs, 2, batch_size=size * accumulate, **QUIET)
    gathered = _trainer(device, clip_norm=clip_norm, accumulate=accumulate, compile=compile)
    gathered.fit(blobs, 2, batch_size=size, **QUIET)
    _assert_same(large, gathered)
    assert gathered.optimizer.state[next(gathered.model.parameters())]["step"] == 10


def test_schedules_follow_updates(device, blobs):
    def schedule(optimizer):
        return optim.ExponentialLR(optimizer, 0.9)

    trainer = _trainer(device, accumulate=4, schedule=schedule, schedule_every="batch")
    trainer.fit(blobs, 1, batch_size=8, **QUIET)
    assert trainer.scheduler.last_epoch == 5


def test_what_an_interrupted_training_gathered_is_forgotten(device, blobs):
    class Stop(Callback):
        def on_batch_end(self, trainer, batch, loss):
            if batch == 2:
                raise ZeroDivisionError

    whole, broken = _trainer(device, accumulate=3), _trainer(device, accumulate=3)
    with pytest.raises(ZeroDivisionError):
        broken.fit(blobs, 1, callbacks=[Stop()], **QUIET)
    broken.generator.set_state(tg.Generator(1).state())
    for trainer in (whole, broken):
        trainer.fit(blobs, 1, **QUIET)
    _assert_same(whole, broken)


@pytest.mark.parametrize(("accumulate", "compile"), [(1, False), (2, True)])
def test_float16_learns_what_float32_does(device, blobs, accumulate, compile):
    trainers = []
    for precision in ("float32", "float16"):
        trainer = _trainer(device, dtype=tg.float32, precision=precision, compile=compile, accumulate=accumulate,
                           clip_norm=1.0)  # fmt: skip
        trainer.fit(tuple(np.asarray(a, np.float32 if a.dtype.kind == "f" else None) for a in blobs), 4, **QUIET)
        trainers.append(trainer)
    exact, half = trainers
    assert all(p.dtype == tg.float32 for p in half.model.parameters())
    np.testing.assert_allclose(half.history["loss"], exact.history["loss"], rtol=0.02)
    assert half.history["accuracy"][-1] == pytest.approx(exact.history["accuracy"][-1], abs=0.03)
    assert half.scaler.state_dict()["_growth_tracker"] > 0


def test_steps_that_overflow_are_left_out(device, blobs):
    trainer = _trainer(device, dtype=tg.float32, precision="float16")
    before = [p.detach().numpy().copy() for p in trainer.model.parameters()]
    trainer.scaler.update(new_scale=2.0**100)
    trainer.fit(blobs, 1, batch_size=50, **QUIET)  # three steps
    assert trainer.scaler.get_scale() == 2.0**97
    for p, was in zip(trainer.model.parameters(), before):
        assert np.array_equal(p.detach().numpy(), was)


def test_a_loss_that_overflows_has_diverged(device, blobs):
    trainer = _trainer(device, dtype=tg.float32, precision="float16")
    with tg.no_grad():
        trainer.model[0].weight[...] = float("nan")
    with pytest.raises(TrainingDiverged, match="batch 1"):
        trainer.fit(blobs, 1, **QUIET)


def test_resuming_in_float16(device, blobs, tmp_path):
    def made():
        trainer = _trainer(device, dtype=tg.float32, precision="float16", accumulate=2)
        trainer.scaler.growth_interval = 7
        return trainer

    whole, first, second = made(), made(), made()
    whole.fit(blobs, 4, **QUIET)
    first.fit(blobs, 2, **QUIET)
    first.save(tmp_path / "last.safetensors")
    second.scaler.update(new_scale=1.0)
    second.fit(blobs, 4, resume_from=tmp_path / "last.safetensors", **QUIET)
    assert second.scaler.state_dict() == whole.scaler.state_dict()
    _assert_same(whole, second, rtol=1e-6)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_bfloat16_learns_what_float32_does(accumulate):
    pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    images, labels = load_digits("train")
    accuracies = []
    for precision in ("float32", "bfloat16"):
        g = tg.Generator(0)
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 64, generator=g), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 10, generator=g)
        )
        trainer = Trainer(
            model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=2e-3), metrics=[Accuracy()],
            generator=tg.Generator(1), precision=precision, accumulate=accumulate,
        )  # fmt: skip
        assert trainer.scaler is None
        trainer.fit((images, labels), 12, **QUIET)
        assert all(p.dtype == tg.float32 for p in model.parameters())
        accuracies.append(trainer.evaluate(load_digits("test"))["accuracy"])
    exact, narrow = accuracies
    assert exact > 0.95
    assert narrow > exact - 0.01


def test_bfloat16_is_not_compiled(blobs):
    pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    trainers = [_trainer("cpu", dtype=tg.float32, precision="bfloat16", compile=compile) for compile in (False, True)]
    trainers[0].fit(blobs, 1, **QUIET)
    with pytest.warns(tg.CompileWarning, match="programs do not compute in bfloat16") as warned:
        trainers[1].fit(blobs, 1, **QUIET)
    assert len(warned) == 1
    _assert_same(*trainers)


def test_bfloat16_is_for_the_cpu():
    pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    model = nn.Linear(1, 1, device="strict")
    with pytest.raises(tg.DeviceError, match="bfloat16 is there on the CPU only"):
        Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), precision="bfloat16")


def test_refuses_what_makes_no_sense(device):
    for accumulate in (0, 1.5):
        with pytest.raises(ValueError, match="accumulate is"):
            _trainer(device, accumulate=accumulate)
    with pytest.raises(ValueError, match="precision is 'float8'"):
        _trainer(device, precision="float8")
