"""Sequential: a model in five calls, and every optimizer with every loss on toy data."""

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import ArrayDataset, make_blobs, one_hot
from tinygrad_nn.train import Accuracy, EarlyStopping, Sequential, Trainer, load_checkpoint, save_checkpoint
from tinygrad_nn.train.named import LOSSES, OPTIMIZERS


def make_model(device, *, out=3, activation="tanh", last="softmax", seed=0):
    generator = tg.Generator(seed, device)
    model = Sequential()
    model.add(nn.Linear(2, 16, generator=generator), activation)
    model.add(nn.Linear(16, out, generator=generator), last)
    return model.to(device)


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(120, centers=[[-2, 0], [2, 0], [0, 3]], cluster_std=0.5, generator=tg.Generator(0))


# optimizer -> learning rate and epochs: one sample a step takes many steps an epoch, all together one
SETTINGS = {"gd": (0.5, 150), "sgd": (0.05, 5), "mgd": (0.3, 30), "adam": (0.02, 20)}
PROBABILITIES = {"binary": "sigmoid", "categorical": "softmax"}  # what the last layer gives


@pytest.mark.parametrize("optimizer", SETTINGS)
@pytest.mark.parametrize("loss", [name for name in LOSSES if "crossentropy" in name])
def test_classes(optimizer, loss):
    """Two classes of two clusters each, on the corners of a square: no line parts them."""
    corners = [[-2, -2], [2, 2], [-2, 2], [2, -2]]
    x, y = make_blobs(120, centers=corners, cluster_std=0.6, generator=tg.Generator(1))
    y = y // 2
    rate, epochs = SETTINGS[optimizer]
    last = None if loss.endswith("_softmax") else PROBABILITIES[loss.removeprefix("sparse_").split("_")[0]]
    model = make_model("cpu", out=2, last=last)
    model.compile(loss, optimizer, learning_rate=rate, metrics=["accuracy"], generator=tg.Generator(0))
    target = y if loss.startswith("sparse") else one_hot(y, 2)
    model.fit(x, target, epochs, verbose=False)
    assert model.evaluate(x, target)["accuracy"] >= 0.95


@pytest.mark.parametrize("optimizer", SETTINGS)
@pytest.mark.parametrize("loss", ["mae", "mse", "rmse"])
def test_numbers(optimizer, loss):
    x = tg.Generator(1).uniform((120, 2), -1, 1)
    y = 2 * x[:, :1] - x[:, 1:]
    rate, epochs = SETTINGS[optimizer]
    model = make_model("cpu", out=1, last=None)
    model.compile(loss, optimizer, learning_rate=rate / 4, metrics=["r2"], decay=0.02, generator=tg.Generator(0))
    model.fit(x, y, 2 * epochs, verbose=False)
    assert model.evaluate(x, y)["r2"] >= 0.95


def test_every_optimizer_and_loss_is_in_these_tables():
    assert set(SETTINGS) == set(OPTIMIZERS)
    assert {name for name in LOSSES if "crossentropy" not in name} == {"mae", "mse", "rmse"}


class TestLayers:
    def test_add(self):
        model = Sequential(nn.Linear(2, 4))
        model.add(nn.Dropout(0.1))
        model.add(nn.Linear(4, 1), nn.Softplus())
        assert [type(layer).__name__ for layer in model] == ["Linear", "Dropout", "Linear", "Softplus"]
        with pytest.raises(ValueError, match="activation is 'tan', wanted one of elu, .*tanh"):
            model.add(nn.Linear(1, 1), "tan")

    def test_a_network_of_one_dimensional_convolutions(self, device):
        """The layers that Dam and Durand list, at a quarter of their size."""
        generator = tg.Generator(0, device)
        model = Sequential(
            nn.Conv1d(1, 8, 3, generator=generator), nn.MaxPool1d(2), nn.Flatten(), nn.Dropout(0.1, generator=generator)
        )
        model.add(nn.Linear(8 * 31, 20, generator=generator), "relu")
        model.add(nn.Linear(20, 2, generator=generator), "softmax")
        model.to(device)
        x = tg.randn(60, 1, 64, generator=tg.Generator(0)).numpy()
        y = (x[:, 0, :32].sum(axis=1) > 0).astype(np.int64)
        model.compile("sparse_categorical_crossentropy", learning_rate=0.01, metrics=["accuracy"])
        model.fit(x, y, 15, verbose=False)
        assert model.evaluate(x, y)["accuracy"] > 0.95

    def test_slices_and_states_are_those_of_any_model(self, blobs, tmp_path, device):
        x, y = blobs
        model = make_model(device)
        model.compile("sparse_categorical_crossentropy", learning_rate=0.02)
        model.fit(x, y, 2, verbose=False)
        hidden = model[:2](tg.asarray(x, device=device))
        assert hidden.shape == (120, 16)
        save_checkpoint(tmp_path / "model.safetensors", model)
        other = make_model(device, seed=1)
        load_checkpoint(tmp_path / "model.safetensors", other)
        other.compile("sparse_categorical_crossentropy")
        np.testing.assert_array_equal(other.predict(x).numpy(), model.predict(x).numpy())


class TestTraining:
    def test_it_is_what_the_trainer_does(self, blobs, device):
        x, y = blobs
        model = make_model(device)
        model.compile(F.cross_entropy, "adam",
                      learning_rate=0.01, metrics=[Accuracy()], generator=tg.Generator(3))  # fmt: skip
        history = model.fit(x, y, 3, batch_size=20, validation_data=(x, y), verbose=False)
        twin = make_model(device)
        trainer = Trainer(twin, F.cross_entropy, optim.Adam(twin.parameters(), lr=0.01), metrics=[Accuracy()],
                          generator=tg.Generator(3))  # fmt: skip
        wanted = trainer.fit((x, y), 3, batch_size=20, validation_data=(x, y), verbose=False)
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert history[name] == wanted[name]

    @pytest.mark.parametrize(("optimizer", "steps"), [("gd", 1), ("sgd", 120), ("mgd", 4), ("adam", 4)])
    def test_batches_are_those_of_the_optimizer(self, blobs, optimizer, steps):
        x, y = blobs
        model = make_model("cpu")
        model.compile("sparse_categorical_crossentropy", optimizer)
        for given, size in ((None, steps), (60, 2)):
            counted = []
            remove = model.register_forward_hook(lambda *_, counted=counted: counted.append(1))
            model.fit(x, y, 1, batch_size=given, verbose=False)
            remove()
            assert len(counted) == size

    def test_early_stopping_and_decay(self, blobs):
        x, y = blobs
        model = make_model("cpu")
        model.compile("sparse_categorical_crossentropy", "adam", learning_rate=0.5, decay=1.0)
        stopping = EarlyStopping("val_loss", patience=1, min_delta=10.0)
        history = model.fit(x, y, 9, validation_data=(x, y), early_stopping=stopping, verbose=False)
        assert history.epochs == 2
        assert history["learning_rate"] == [0.5, 0.25]

    def test_a_dataset_and_compiled_steps(self, blobs):
        data = ArrayDataset(*blobs)
        losses = []
        for compiled in (False, True):
            model = make_model("cpu")
            model.compile("sparse_categorical_crossentropy", learning_rate=0.01, jit_compile=compiled,
                          generator=tg.Generator(0))  # fmt: skip
            losses.append(model.fit(data, epochs=2, validation_data=data, verbose=False)["val_loss"])
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)

    def test_float64_is_brought_to_the_precision_of_the_model(self, blobs, device):
        x, y = blobs
        model = make_model(device)
        model.compile("mse", "gd")
        model.fit(x.astype(np.float64), one_hot(y, 3, dtype=np.float64), 1, verbose=False)
        assert model.predict(x.astype(np.float64)).dtype == np.float32

    def test_it_prints_what_the_trainer_prints(self, blobs, capsys):
        model = make_model("cpu")
        model.compile("sparse_categorical_crossentropy", "gd", metrics=["accuracy"])
        model.fit(*blobs, 1)
        assert "epoch 1/1" in capsys.readouterr().out


class TestSummary:
    def test_before_and_after_compile(self):
        model = make_model("cpu")
        assert str(model.summary()).splitlines()[-1] == "parameters: 99"
        model.compile("sparse_categorical_crossentropy", "sgd", learning_rate=0.01)
        assert str(model.summary((5, 2))) == (
            "network\n"
            "  layer 0: Linear, weight (16, 2), bias (16,) -> (5, 16), Tanh\n"
            "  layer 1: Linear, weight (3, 16), bias (3,) -> (5, 3), Softmax\n"
            "loss: sparse_categorical_crossentropy\n"
            "optimizer: sgd, learning rate 0.01\n"
            "parameters: 99"
        )

    def test_objects_are_called_by_their_kind(self):
        model = make_model("cpu")
        model.compile(nn.MSELoss(), optim.AdamW(model.parameters(), lr=0.1))
        assert "loss: MSELoss\noptimizer: AdamW, learning rate 0.1\n" in str(model.summary())
        model.compile(F.mse_loss)
        assert "loss: mse_loss\n" in str(model.summary())

    def test_a_network_as_large_as_that_of_the_report(self):
        """Dam and Durand count 435,536 parameters of their autoencoder."""
        model = Sequential()
        for before, after in ((784, 256), (256, 64), (64, 256)):
            model.add(nn.Linear(before, after), "tanh")
        model.add(nn.Linear(256, 784), "sigmoid")
        assert str(model.summary()).endswith("parameters: 435,536")


class TestMistakes:
    def test_not_compiled(self, blobs):
        with pytest.raises(RuntimeError, match="not compiled; call compile"):
            make_model("cpu").fit(*blobs)

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ({"loss": "cce"}, "loss is 'cce', wanted one of binary_crossentropy"),
            ({"loss": "mse", "optimizer": "rms"}, "optimizer is 'rms', wanted one of adam, gd, mgd, sgd"),
            ({"loss": "mse", "metrics": ["auc"]}, "a metric is 'auc', wanted one of accuracy, r2"),
            ({"loss": "sparse_categorical_crossentropy_softmax"}, "the last layer is a Softmax"),
        ],
    )
    def test_unknown_names(self, words, message):
        with pytest.raises(ValueError, match=message):
            make_model("cpu").compile(**words)


def test_layers_added_after_compiling_are_not_left_untrained(blobs, device):
    model = make_model(device, last=None)
    model.compile("mse", "sgd")
    model.add(nn.Linear(3, 1, device=device))
    with pytest.raises(RuntimeError, match="other layers than when it was compiled"):
        model.fit(*blobs, epochs=1)
