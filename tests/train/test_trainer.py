"""Trainer: it learns, it measures what it should, it stops where it should, and it goes on where it stopped."""

import math
import signal

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import ArrayDataset, DataLoader, Dataset, load_digits, make_blobs
from tinygrad_nn.train import (
    Accuracy,
    Callback,
    Checkpoint,
    EarlyStopping,
    R2Score,
    Trainer,
    TrainingDiverged,
    read_checkpoint,
)

QUIET = {"verbose": False, "progress": False}


@pytest.fixture(scope="module")
def blobs():
    x, y = make_blobs(150, centers=3, generator=tg.Generator(0))
    return x, y


def make_trainer(device, seed=0, *, dropout=0.0, lr=0.1, make=optim.SGD, **kwargs):
    generator = tg.Generator(seed, device)
    model = nn.Sequential(
        nn.Linear(2, 16, generator=generator), nn.ReLU(), nn.Dropout(dropout, generator=generator),
        nn.Linear(16, 3, generator=generator),
    )  # fmt: skip
    kwargs.setdefault("generator", tg.Generator(seed))
    return Trainer(model, F.cross_entropy, make(model.parameters(), lr=lr), metrics=[Accuracy()], **kwargs)


def weights(trainer):
    return {name: tensor.numpy().copy() for name, tensor in trainer.model.state_dict().items()}


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


class Recorder(Callback):
    """Notes what it is called with."""

    def __init__(self):
        self.calls = []

    def on_fit_start(self, trainer):
        self.calls.append("fit")

    def on_epoch_start(self, trainer, epoch):
        self.calls.append(f"epoch {epoch}")

    def on_batch_end(self, trainer, batch, loss):
        self.calls.append(f"batch {batch}")

    def on_epoch_end(self, trainer, epoch, logs):
        self.calls.append(f"end {epoch}")

    def on_fit_end(self, trainer):
        self.calls.append("end")


class TestLearning:
    def test_digits(self, device):
        images, labels = load_digits("train")
        generator = tg.Generator(0, device)
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 64, generator=generator), nn.ReLU(), nn.Linear(64, 10, generator=generator)
        )
        trainer = Trainer(
            model, F.cross_entropy, optim.Adam(model.parameters(), lr=5e-3), metrics=[Accuracy()], device=device,
            generator=tg.Generator(0),
        )  # fmt: skip
        history = trainer.fit((images[:800], labels[:800]), 8, validation_data=(images[800:], labels[800:]), **QUIET)
        assert history.epochs == 8
        assert history["val_accuracy"][-1] > 0.9
        assert trainer.evaluate(load_digits("test"))["accuracy"] > 0.9

    def test_regression(self, device):
        x = np.linspace(-1, 1, 64, dtype=np.float32)[:, None]
        y = 3 * x - 1
        model = nn.Linear(1, 1, generator=tg.Generator(0, device))
        trainer = Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.2), metrics=[R2Score()])
        trainer.fit((x, y), 30, **QUIET)
        assert trainer.evaluate((x, y))["r2"] > 0.999

    def test_several_inputs(self, device):
        class Sum(nn.Module):
            def __init__(self):
                super().__init__()
                self.factor = nn.Parameter(tg.zeros(1, device=device))

            def forward(self, a, b):
                return self.factor * (a + b)

        a, b = np.ones((8, 1), np.float32), np.full((8, 1), 2, np.float32)
        model = Sum()
        trainer = Trainer(model, F.mse_loss, optim.SGD(model.parameters(), lr=0.05))
        trainer.fit((a, b, 2 * (a + b)), 20, **QUIET)
        assert model.factor.item() == pytest.approx(2, abs=1e-3)


class TestWhatIsMeasured:
    def test_the_epoch_loss_is_the_mean_over_samples_not_batches(self, device):
        x = np.zeros((5, 1), np.float32)
        y = np.array([[1.0], [1.0], [1.0], [1.0], [3.0]], np.float32)
        model = nn.Linear(1, 1, bias=False, generator=tg.Generator(0, device))
        trainer = Trainer(model, F.mse_loss, optim.SGD(model.parameters(), lr=0.1))
        loader = DataLoader(ArrayDataset(x, y), batch_size=4, device=device)
        history = trainer.fit(loader, 1, validation_data=loader, **QUIET)
        assert history["loss"] == history["val_loss"] == [pytest.approx(13 / 5)]

    def test_against_a_loop_written_out(self, device, blobs):
        trainer, other = (make_trainer(device) for _ in range(2))
        trainer.fit(blobs, 2, batch_size=40, **QUIET)
        loader = DataLoader(ArrayDataset(*blobs), 40, shuffle=True, generator=tg.Generator(0), device=device)
        for _ in range(2):
            losses, right = [], 0
            for x, y in loader:
                output = other.model(x)
                loss = F.cross_entropy(output, y)
                other.optimizer.zero_grad()
                loss.backward()
                other.optimizer.step()
                losses.append((loss.item(), len(y)))
                right += (output.argmax(axis=1) == y).sum().item()
        assert_same(weights(trainer), weights(other))
        assert trainer.history["loss"][-1] == pytest.approx(sum(a * n for a, n in losses) / 150)
        assert trainer.history["accuracy"][-1] == right / 150

    def test_evaluate_and_predict_agree(self, device, blobs):
        trainer = make_trainer(device)
        outputs = trainer.predict(blobs[0], batch_size=64)
        assert (outputs.shape, outputs.device, outputs.requires_grad) == ((150, 3), device, False)
        expected = F.cross_entropy(outputs, tg.asarray(blobs[1], device=device)).item()
        result = trainer.evaluate(blobs, batch_size=40)
        assert result["loss"] == pytest.approx(expected, rel=1e-5)
        assert result["accuracy"] == (outputs.numpy().argmax(1) == blobs[1]).mean()

    @pytest.mark.parametrize("form", ["array", "tensor", "tuple", "dataset", "loader", "with targets"])
    def test_predict_takes_inputs_in_every_form(self, device, blobs, form):
        trainer = make_trainer(device)
        x, y = blobs
        data = {
            "array": x, "tensor": tg.asarray(x, device=device), "tuple": (x,), "dataset": ArrayDataset(x),
            "loader": DataLoader(ArrayDataset(x), 7), "with targets": (x, y),
        }[form]  # fmt: skip
        with tg.no_grad():
            expected = trainer.model.eval()(tg.asarray(x, device=device)).numpy()
        np.testing.assert_allclose(trainer.predict(data).numpy(), expected, rtol=1e-5, atol=1e-6)

    def test_dropout_is_off_in_evaluation_and_modes_are_restored(self, device, blobs):
        trainer = make_trainer(device, dropout=0.5)
        trainer.model[0].eval()
        before = [module.training for module in trainer.model.modules()]
        assert trainer.evaluate(blobs) == trainer.evaluate(blobs)
        trainer.predict(blobs[0])
        trainer.fit(blobs, 1, validation_data=blobs, **QUIET)
        assert [module.training for module in trainer.model.modules()] == before


class TestData:
    @pytest.mark.parametrize("form", ["arrays", "list", "dataset", "loader"])
    def test_forms(self, device, blobs, form):
        data = {
            "arrays": blobs, "list": list(blobs), "dataset": ArrayDataset(*blobs),
            "loader": DataLoader(ArrayDataset(*blobs), 32),
        }[form]  # fmt: skip
        assert make_trainer(device).fit(data, 1, **QUIET).epochs == 1

    def test_datasets_of_ones_own(self, device):
        class Squares(Dataset):
            def __len__(self):
                return 10

            def __getitem__(self, index):
                return np.full(1, index / 10, np.float32), np.full(1, index**2 / 100, np.float32)

        model = nn.Linear(1, 1, generator=tg.Generator(0, device))
        trainer = Trainer(model, F.mse_loss, optim.SGD(model.parameters(), lr=0.1))
        assert trainer.fit(Squares(), 1, batch_size=4, **QUIET).epochs == 1

    def test_device_moves_the_model(self, device, blobs):
        model = nn.Linear(2, 3)
        trainer = Trainer(model, F.cross_entropy, optim.Adam(model.parameters()), device=device)
        assert model.weight.device == trainer.device == device
        trainer.fit(blobs, 1, **QUIET)
        assert trainer.predict(blobs[0]).device == device

    @pytest.mark.parametrize("data", [np.zeros(3), 3, {"x": 1}])
    def test_other_data_are_refused(self, device, data):
        with pytest.raises(TypeError, match="wanted is a DataLoader, a Dataset or a tuple of arrays"):
            make_trainer(device).fit(data, 1, **QUIET)

    def test_no_batches(self, device, blobs):
        with pytest.raises(ValueError, match="train has no batches"):
            make_trainer(device).fit((blobs[0][:0], blobs[1][:0]), 1, **QUIET)
        with pytest.raises(ValueError, match="no batches"):
            make_trainer(device).fit(DataLoader(ArrayDataset(*blobs), 1000, drop_last=True), 1, **QUIET)


class TestSettings:
    def test_clip_norm(self, device, blobs):
        trainer = make_trainer(device, clip_norm=1e-3, lr=1.0)
        before = weights(trainer)
        trainer.fit(DataLoader(ArrayDataset(*blobs), 150), 1, **QUIET)
        change = math.sqrt(sum(((before[name] - value) ** 2).sum() for name, value in weights(trainer).items()))
        assert change == pytest.approx(1e-3, rel=1e-3)

    @pytest.mark.parametrize(("every", "expected"), [("epoch", [0.1, 0.05, 0.025]), ("batch", [0.1, 0.025, 0.00625])])
    def test_scheduler(self, device, blobs, every, expected):
        trainer = make_trainer(device)
        trainer.scheduler, trainer.schedule_every = optim.ExponentialLR(trainer.optimizer, 0.5), every
        history = trainer.fit(blobs, 3, batch_size=75, **QUIET)
        assert history["learning_rate"] == pytest.approx(expected)

    def test_schedulers_in_a_row(self, device, blobs):
        trainer = make_trainer(device)
        warm = optim.LinearLR(trainer.optimizer, start_factor=0.5, total_iters=2)
        trainer.scheduler = optim.SequentialLR(
            trainer.optimizer, [warm, optim.ExponentialLR(trainer.optimizer, 0.5)], milestones=[2]
        )
        history = trainer.fit(blobs, 4, **QUIET)
        assert history["learning_rate"] == pytest.approx([0.05, 0.075, 0.1, 0.05])

    @pytest.mark.parametrize("validate", [False, True])
    def test_reduce_on_plateau_is_given_the_loss(self, device, blobs, validate):
        trainer = make_trainer(device, lr=0.0)
        scheduler = trainer.scheduler = optim.ReduceLROnPlateau(trainer.optimizer)
        history = trainer.fit(blobs, 1, validation_data=blobs if validate else None, **QUIET)
        assert scheduler.best == history["val_loss" if validate else "loss"][0]

    @pytest.mark.parametrize(
        ("settings", "error", "message"),
        [
            ({"schedule_every": "step"}, ValueError, "schedule_every is 'step'"),
            ({"clip_norm": 0}, ValueError, "clip_norm is 0"),
            ({"metrics": ["accuracy"]}, TypeError, r"metrics has 'accuracy'; wanted are Metric objects"),
            ({"device": "tpu"}, ValueError, "unknown device 'tpu'"),
        ],
    )
    def test_settings_that_make_no_sense(self, settings, error, message):
        model = nn.Linear(2, 3)
        with pytest.raises(error, match=message):
            Trainer(model, F.cross_entropy, optim.SGD(model.parameters(), lr=0.1), **settings)

    def test_plateau_that_makes_no_sense(self):
        model = nn.Linear(2, 3)
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        for scheduler, every in (
            (optim.ReduceLROnPlateau(optimizer), "batch"), (optim.ReduceLROnPlateau(optimizer, "max"), "epoch"),
        ):  # fmt: skip
            with pytest.raises(ValueError, match="given a loss once an epoch"):
                Trainer(model, F.cross_entropy, optimizer, scheduler=scheduler, schedule_every=every)

    def test_a_loss_that_is_not_one_number(self, device, blobs):
        trainer = make_trainer(device)
        trainer.loss = lambda output, target: F.cross_entropy(output, target, reduction="none")
        with pytest.raises(ValueError, match=r"loss= gave shape \(32,\); wanted is one number"):
            trainer.fit(blobs, 1, **QUIET)

    def test_epochs_that_are_no_integer(self, device, blobs):
        with pytest.raises(TypeError, match=r"epochs is 1\.5, wanted an integer"):
            make_trainer(device).fit(blobs, 1.5, **QUIET)

    def test_epochs_below_zero(self, device, blobs):
        with pytest.raises(ValueError, match="epochs is -1"):
            make_trainer(device).fit(blobs, -1, **QUIET)


class TestOutput:
    def test_one_line_an_epoch(self, device, blobs, capsys):
        make_trainer(device).fit(blobs, 2, validation_data=blobs)
        out, err = capsys.readouterr()
        lines = out.splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("epoch 1/2  ")
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "lr"):
            assert f"  {name} " in lines[0]
        assert err == ""

    def test_none(self, device, blobs, capsys):
        make_trainer(device).fit(blobs, 2, **QUIET)
        assert capsys.readouterr() == ("", "")

    def test_a_bar(self, device, blobs, capsys):
        make_trainer(device).fit(blobs, 1, verbose=False, progress=True)
        assert "epoch 1/1" in capsys.readouterr().err


class TestCallbacks:
    def test_order(self, device, blobs):
        recorder = Recorder()
        make_trainer(device).fit(blobs, 2, batch_size=75, callbacks=[recorder], **QUIET)
        assert recorder.calls == [
            "fit", "epoch 1", "batch 1", "batch 2", "end 1", "epoch 2", "batch 1", "batch 2", "end 2", "end",
        ]  # fmt: skip

    def test_stopping(self, device, blobs, capsys):
        class Stop(Callback):
            def on_epoch_end(self, trainer, epoch, logs):
                if epoch == 2:
                    trainer.stop("it is enough")

        trainer = make_trainer(device)
        assert trainer.fit(blobs, 5, callbacks=[Stop()], progress=False).epochs == 2
        assert capsys.readouterr().out.splitlines()[-1] == "stopped after epoch 2: it is enough"
        assert trainer.fit(blobs, 1, **QUIET).epochs == 3


class TestDivergence:
    def test_a_loss_that_is_not_finite_names_epoch_and_batch(self, device, blobs):
        x = blobs[0].copy()
        x[70] = np.nan
        trainer = make_trainer(device)
        loader = DataLoader(ArrayDataset(x, blobs[1]), 50)
        before = weights(trainer)
        recorder = Recorder()
        with pytest.raises(TrainingDiverged, match=r"the loss is nan in epoch 1, batch 2; lower the learning rate"):
            trainer.fit(loader, 3, callbacks=[recorder], **QUIET)
        assert recorder.calls[-1] == "end"
        assert trainer.history.epochs == 0
        if device == "cpu":  # there the loss is read before the step, so the weights are still whole
            assert all(np.isfinite(value).all() for value in weights(trainer).values())
            assert any((before[name] != value).any() for name, value in weights(trainer).items())

    def test_overflow_gives_no_warnings(self, device, blobs):
        with pytest.raises(TrainingDiverged, match="the loss is"):
            make_trainer(device, lr=1e30).fit(blobs, 3, **QUIET)

    def test_parameters_ruined_by_the_last_step(self, device, blobs):
        trainer = make_trainer(device, lr=1e39)
        with pytest.raises(TrainingDiverged, match=r"the parameter .* is no longer finite after epoch 1"):
            trainer.fit(DataLoader(ArrayDataset(*blobs), 150), 1, **QUIET)

    def test_a_validation_loss_that_is_not_finite(self, device, blobs):
        with pytest.raises(TrainingDiverged, match="the validation loss is nan after epoch 1"):
            make_trainer(device).fit(blobs, 1, validation_data=(blobs[0] * np.nan, blobs[1]), **QUIET)

    def test_checkpoint_and_best_weights_stay(self, device, blobs, tmp_path):
        class Poison(Callback):
            def on_epoch_start(self, trainer, epoch):
                if epoch == 3:
                    trainer.model[0].load_state_dict({k: v * np.inf for k, v in trainer.model[0].state_dict().items()})

        trainer = make_trainer(device)
        path = tmp_path / "last.safetensors"
        stopping = EarlyStopping("loss")
        with pytest.raises(TrainingDiverged, match="epoch 3, batch 1"):
            trainer.fit(blobs, 5, callbacks=[stopping, Checkpoint(path), Poison()], **QUIET)
        snapshot = read_checkpoint(path)
        assert snapshot.history.epochs == 2
        assert_same(weights(trainer), {name: x.numpy() for name, x in snapshot.weights.items()})


class TestInterruption:
    def test_between_two_steps(self, device, blobs, tmp_path):
        class Press(Callback):
            def on_batch_end(self, trainer, batch, loss):
                if trainer.history.epochs == 1 and batch == 2:
                    signal.raise_signal(signal.SIGINT)

        trainer, recorder = make_trainer(device), Recorder()
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(
                blobs, 5, batch_size=50, callbacks=[recorder, Press(), Checkpoint(tmp_path / "a.safetensors")], **QUIET
            )
        assert recorder.calls[-4:] == ["epoch 2", "batch 1", "batch 2", "end"]
        assert trainer.history.epochs == read_checkpoint(tmp_path / "a.safetensors").history.epochs == 1
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert trainer.fit(blobs, 1, **QUIET).epochs == 2


class TestResuming:
    @pytest.mark.parametrize("own_loader", [False, True])
    def test_as_though_it_had_never_ended(self, device, blobs, tmp_path, own_loader):
        """Weights, optimizer, schedule, shuffling, dropout, history and early stopping go on bit for bit."""
        path = tmp_path / "last.safetensors"

        def start(seed):
            trainer = make_trainer(device, seed, dropout=0.3, make=optim.Adam, lr=0.01)
            trainer.scheduler = optim.CosineAnnealingLR(trainer.optimizer, 6)
            data = blobs
            if own_loader:
                data = DataLoader(ArrayDataset(*blobs), 32, shuffle=True, generator=tg.Generator(seed), device=device)
            return trainer, data, EarlyStopping("val_loss", patience=2)

        whole, data, stopping = start(0)
        whole.fit(data, 6, validation_data=blobs, callbacks=[stopping], **QUIET)

        first, data, early = start(0)
        first.fit(data, 3, validation_data=blobs, callbacks=[Checkpoint(path), early], **QUIET)
        second, data, late = start(1)
        second.fit(data, 6, validation_data=blobs, callbacks=[Checkpoint(path), late], resume_from=path, **QUIET)

        assert_same(weights(whole), weights(second))
        assert stopping.best_epoch == late.best_epoch
        for name in whole.history:
            if name != "seconds":
                assert whole.history[name] == second.history[name], name

    def test_the_default_generators_go_on_too(self, device, blobs, tmp_path):
        def start():
            tg.manual_seed(0)
            trainer = make_trainer(device, generator=None)
            trainer.model[2].generator, trainer.model[2].p = None, 0.3
            return trainer

        whole = start()
        whole.fit(blobs, 4, **QUIET)
        first = start()
        first.fit(blobs, 2, callbacks=[Checkpoint(tmp_path / "a.safetensors")], **QUIET)
        second = start()
        tg.manual_seed(5)
        second.fit(blobs, 4, resume_from=tmp_path / "a.safetensors", **QUIET)
        assert_same(weights(whole), weights(second))

    def test_a_training_that_is_done(self, device, blobs, tmp_path):
        trainer = make_trainer(device)
        trainer.fit(blobs, 2, callbacks=[Checkpoint(tmp_path / "a.safetensors")], **QUIET)
        again = make_trainer(device)
        assert again.fit(blobs, 2, resume_from=tmp_path / "a.safetensors", **QUIET).epochs == 2
        assert_same(weights(trainer), weights(again))

    def test_a_second_fit_goes_on(self, device, blobs):
        whole, parts = make_trainer(device), make_trainer(device)
        whole.fit(blobs, 3, **QUIET)
        parts.fit(blobs, 1, **QUIET)
        assert parts.fit(blobs, 2, **QUIET).epochs == 3
        assert_same(weights(whole), weights(parts))

    def test_a_file_that_is_not_there(self, device, blobs, tmp_path):
        trainer = make_trainer(device)
        with pytest.raises(FileNotFoundError, match=r"none\.safetensors: no such file"):
            trainer.fit(blobs, 3, resume_from=tmp_path / "none.safetensors", **QUIET)


def test_freed_memory_is_kept(blobs, device, monkeypatch):
    calls = []
    monkeypatch.setattr("tinygrad_nn.train.trainer.keep_freed_memory", lambda: calls.append("kept"))
    trainer = make_trainer(device)
    assert calls == []
    trainer.fit(blobs, epochs=1, **QUIET)
    assert calls == ["kept"]
