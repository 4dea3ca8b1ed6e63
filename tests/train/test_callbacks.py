"""Early stopping, checkpoints and the history on disk."""

import math

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.train import Checkpoint, EarlyStopping, History, HistoryCSV, Trainer, read_checkpoint


@pytest.fixture
def trainer(device):
    model = nn.Linear(1, 1, bias=False).to(device)
    return Trainer(model, F.mse_loss, optim.SGD(model.parameters(), lr=0.1))


def run(trainer, callbacks, name, values):
    """Do as `fit` does, with given values, and the epoch's number for a weight."""
    trainer._callbacks, trainer._reason_to_stop, trainer.history = list(callbacks), None, History()
    for callback in callbacks:
        callback.on_fit_start(trainer)
    for epoch, value in enumerate(values, 1):
        trainer.model.load_state_dict({"weight": np.full((1, 1), epoch, np.float32)})
        trainer.history.append({name: value})
        for callback in callbacks:
            callback.on_epoch_end(trainer, epoch, {name: value})
        if trainer._reason_to_stop:
            break
    for callback in callbacks:
        callback.on_fit_end(trainer)
    return epoch


def weight(trainer):
    return trainer.model.weight.item()


class TestEarlyStopping:
    @pytest.mark.parametrize(
        ("settings", "name", "values", "last", "best"),
        [
            ({"patience": 2}, "val_loss", [3, 2, 2.5, 2.4, 1], 4, 2),
            ({"patience": 2}, "val_loss", [3, 2, 2.5, 1.9, 1.95, 1.8], 6, 6),
            ({"patience": 2}, "val_accuracy", [0.5, 0.6, 0.55, 0.6, 0.9], 4, 2),
            ({"patience": 2, "mode": "max"}, "val_loss", [1, 2, 1, 1, 1], 4, 2),
            ({"patience": 1, "min_delta": 0.5}, "val_loss", [3, 2, 1.8, 0], 3, 2),
            ({"patience": None}, "val_loss", [1, 2, 3, 4, 5], 5, 1),
            ({"patience": 2}, "val_loss", [1, math.nan, math.nan, 0], 3, 1),
            ({"patience": 2}, "val_loss", [math.nan, math.nan, 0], 2, None),
        ],
    )
    def test_when_and_to_what(self, trainer, settings, name, values, last, best):
        stopping = EarlyStopping(name, **settings)
        assert run(trainer, [stopping], name, values) == last
        assert stopping.best_epoch == best
        assert weight(trainer) == (best or last)

    def test_the_last_weights_can_be_kept(self, trainer):
        stopping = EarlyStopping(patience=1, restore_best_weights=False)
        assert run(trainer, [stopping], "val_loss", [1, 2, 3]) == 2
        assert weight(trainer) == 2

    def test_each_training_begins_anew(self, trainer):
        stopping = EarlyStopping(patience=1)
        run(trainer, [stopping], "val_loss", [1, 2])
        assert run(trainer, [stopping], "val_loss", [6, 5, 5.5]) == 3
        assert stopping.best_epoch == 2

    def test_a_quantity_that_is_not_measured(self, trainer):
        with pytest.raises(ValueError, match=r"monitor='val_loss' is not among loss; pass validation_data"):
            run(trainer, [EarlyStopping()], "loss", [1])

    @pytest.mark.parametrize("settings", [{"patience": 0}, {"min_delta": -1}, {"mode": "best"}])
    def test_settings_that_make_no_sense(self, settings):
        with pytest.raises(ValueError, match=next(iter(settings))):
            EarlyStopping(**settings)

    def test_in_a_training(self, device):
        x = np.linspace(-1, 1, 40, dtype=np.float32)[:, None]
        rng = np.random.default_rng(0)
        model = nn.Sequential(nn.Linear(1, 50, generator=tg.Generator(0, device)), nn.Tanh(),
                              nn.Linear(50, 1, generator=tg.Generator(1, device)))  # fmt: skip
        trainer = Trainer(model, F.mse_loss, optim.Adam(model.parameters(), lr=0.05), generator=tg.Generator(0))
        train = (x, rng.normal(size=x.shape).astype(np.float32))  # nothing to learn: validation soon gets worse
        validation = (x, rng.normal(size=x.shape).astype(np.float32))
        stopping = EarlyStopping("val_loss", patience=3)
        history = trainer.fit(
            train, 50, validation_data=validation, callbacks=[stopping], verbose=False, progress=False
        )
        assert history.epochs < 50
        assert stopping.best_epoch == history.best_epoch("val_loss") == history.epochs - 3
        assert trainer.evaluate(validation)["loss"] == pytest.approx(min(history["val_loss"]), rel=1e-6)


class TestCheckpoint:
    @pytest.mark.parametrize(("best_only", "expected"), [(False, 4), (True, 2)])
    def test_of_the_last_or_the_best_epoch(self, trainer, tmp_path, best_only, expected):
        path = tmp_path / "a.safetensors"
        run(trainer, [Checkpoint(path, save_best_only=best_only, metadata={"a": 1})], "val_loss", [3, 1, 2, 1.5])
        snapshot = read_checkpoint(path)
        assert snapshot.weights["weight"].item() == snapshot.history.epochs == expected
        assert snapshot.metadata == {"a": 1}

    def test_nothing_is_monitored_unless_asked(self, trainer, tmp_path):
        run(trainer, [Checkpoint(tmp_path / "a.safetensors")], "loss", [1])
        with pytest.raises(ValueError, match="Checkpoint: monitor='val_loss' is not among loss"):
            run(trainer, [Checkpoint(tmp_path / "a.safetensors", save_best_only=True)], "loss", [1])

    def test_the_best_is_remembered(self, trainer, tmp_path):
        first, second = (Checkpoint(tmp_path / "a.safetensors", save_best_only=True) for _ in range(2))
        run(trainer, [first], "val_loss", [1])
        second.load_state_dict(first.state_dict())
        second.on_epoch_end(trainer, 2, {"val_loss": 2.0})
        assert read_checkpoint(tmp_path / "a.safetensors").history.epochs == 1


def test_history_csv(trainer, tmp_path):
    run(trainer, [HistoryCSV(tmp_path / "a.csv")], "loss", [3, 1])
    assert History.from_csv(tmp_path / "a.csv")["loss"] == [3, 1]
