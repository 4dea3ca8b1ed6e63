"""Checkpoints: what goes in comes out, and what is wrong with a file is said, with its name."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.interop import load_file, save_file
from tinygrad_nn.train import EarlyStopping, History, load_checkpoint, read_checkpoint, save_checkpoint

OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.5, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1),
}


def make_model(device, seed=0):
    generator = tg.Generator(seed)
    return nn.Sequential(
        nn.Linear(3, 4, generator=generator), nn.Tanh(), nn.Linear(4, 2, generator=generator)
    ).to(device)  # fmt: skip


def take_steps(model, optimizer, n, scheduler=None):
    x = tg.asarray(np.linspace(-1, 1, 15, dtype=np.float32).reshape(5, 3), device=model[0].weight.device)
    for _ in range(n):
        optimizer.zero_grad()
        (model(x) ** 2).sum().backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def values(model):
    return {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}


def assert_same(a, b):
    for x, y in zip(values(a).values(), values(b).values(), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_goes_on_bit_for_bit(device, path, make):
    model = make_model(device)
    optimizer = make(model.parameters())
    scheduler = optim.CosineAnnealingLR(optimizer, 10)
    take_steps(model, optimizer, 3, scheduler)
    save_checkpoint(path, model, optimizer=optimizer, scheduler=scheduler)
    take_steps(model, optimizer, 3, scheduler)

    other = make_model(device, seed=1)
    other_optimizer = make(other.parameters())
    other_scheduler = optim.CosineAnnealingLR(other_optimizer, 10)
    load_checkpoint(path, other, optimizer=other_optimizer, scheduler=other_scheduler)
    take_steps(other, other_optimizer, 3, other_scheduler)
    assert_same(model, other)


def test_history_metadata_and_generators(device, path):
    generator = tg.Generator(3)
    generator.uniform((5,))
    history = History({"loss": [1.0, 0.5], "val_loss": [float("nan"), 0.1]})
    metadata = {"sizes": [3, 4], "name": "tëst"}
    model = make_model(device)
    save_checkpoint(path, model, history=history, generators={"g": generator}, metadata=metadata)
    expected = generator.integers(0, 1000, (10,))
    other = tg.Generator(0)
    snapshot = load_checkpoint(path, make_model(device, 1), generators={"g": other})
    assert snapshot.history["loss"] == [1.0, 0.5]
    assert np.isnan(snapshot.history["val_loss"][0])
    assert snapshot.metadata == metadata
    np.testing.assert_array_equal(other.integers(0, 1000, (10,)), expected)


def test_callbacks_remember_by_class_and_order(device, path):
    model = make_model(device)
    callbacks = [EarlyStopping(), EarlyStopping("loss")]
    for best_epoch, callback in enumerate(callbacks, 3):
        callback.load_state_dict({"best": 0.5, "best_epoch": best_epoch, "best_weights": {"w": tg.ones(2)}})
    save_checkpoint(path, model, callbacks=callbacks)
    again = [EarlyStopping(), EarlyStopping("loss"), EarlyStopping("accuracy")]
    load_checkpoint(path, model, callbacks=again)
    assert [callback.best_epoch for callback in again] == [3, 4, None]


def test_other_programs_find_the_weights_by_their_names(device, path):
    model = make_model(device)
    optimizer = optim.Adam(model.parameters())
    take_steps(model, optimizer, 1)
    save_checkpoint(path, model, optimizer=optimizer)
    names = set(load_file(path))
    assert set(model.state_dict()) < names
    assert all(name.startswith("optimizer/") for name in names - set(model.state_dict()))


def test_a_plain_file_of_weights_is_a_checkpoint_too(device, path):
    model = make_model(device)
    save_file(model.state_dict(), path, {"format": "pt"})
    other = make_model(device, 1)
    snapshot = load_checkpoint(path, other)
    assert_same(model, other)
    assert (snapshot.states, snapshot.metadata, snapshot.history.epochs) == ({}, {}, 0)


def test_tensors_go_to_the_device_asked_for(device, path):
    save_checkpoint(path, make_model("cpu"))
    assert {tensor.device for tensor in read_checkpoint(path, device).weights.values()} == {device}


def test_an_interrupted_write_leaves_the_old_file(device, path, monkeypatch):
    model = make_model(device)
    save_checkpoint(path, model, metadata={"epoch": 1})

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(path, model, metadata={"epoch": 2})
    assert read_checkpoint(path).metadata == {"epoch": 1}
    assert os.listdir(path.parent) == [path.name]


def test_metadata_that_json_lacks(device, path):
    with pytest.raises(TypeError, match="not JSON serializable"):
        save_checkpoint(path, make_model(device), metadata={"model": object()})
    assert not path.exists()


class TestWhatIsWrong:
    @pytest.fixture(autouse=True)
    def saved(self, device, path):
        self.model = make_model(device)
        save_checkpoint(path, self.model)

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"none\.safetensors: no such file"):
            load_checkpoint(tmp_path / "none.safetensors", self.model)

    @pytest.mark.parametrize("length", [0, 5, 100, -1])
    def test_cut_off(self, path, length):
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(ValueError, match=r"model\.safetensors: not a safetensors file, or cut off"):
            load_checkpoint(path, self.model)

    def test_other_keys_and_shapes(self, path, device):
        other = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2, bias=False)).to(device)
        before = values(other)
        with pytest.raises(ValueError, match=r"model\.safetensors: .*unexpected: 2\.bias.*0\.weight has shape"):
            load_checkpoint(path, other)
        for name, value in values(other).items():
            np.testing.assert_array_equal(value, before[name])

    def test_no_state_of_an_optimizer(self, path):
        with pytest.raises(ValueError, match=r"model\.safetensors: holds no state of optimizer and generators"):
            load_checkpoint(
                path, self.model, optimizer=optim.Adam(self.model.parameters()), generators={"g": tg.Generator(0)}
            )

    def test_no_state_of_a_generator(self, path):
        save_checkpoint(path, self.model, generators={"g": tg.Generator(0)})
        with pytest.raises(ValueError, match=r"no state of the generators h"):
            load_checkpoint(path, self.model, generators={"h": tg.Generator(0)})

    def test_the_state_of_another_optimizer(self, path):
        adam = optim.Adam(self.model.parameters())
        take_steps(self.model, adam, 1)
        save_checkpoint(path, self.model, optimizer=adam)
        with pytest.raises(ValueError, match=r"model\.safetensors: RMSprop"):
            load_checkpoint(path, self.model, optimizer=optim.RMSprop(self.model.parameters()))

    @pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 1}', '{"format": 1, "states": 3, "history": {}}'])
    def test_damaged_metadata(self, path, text):
        save_file(self.model.state_dict(), path, {"tinygrad_nn": text})
        with pytest.raises(ValueError, match=r"model\.safetensors: its metadata 'tinygrad_nn' are damaged"):
            read_checkpoint(path)

    def test_a_state_that_names_a_tensor_that_is_not_there(self, path):
        content = {"format": 1, "states": {"optimizer": {"@tensor": "optimizer/x"}}, "history": {}, "metadata": {}}
        save_file(self.model.state_dict(), path, {"tinygrad_nn": json.dumps(content)})
        with pytest.raises(ValueError, match=r"model\.safetensors: its metadata 'tinygrad_nn' are damaged"):
            read_checkpoint(path)

    def test_a_later_format(self, path):
        save_file(self.model.state_dict(), path, {"tinygrad_nn": json.dumps({"format": 2})})
        with pytest.raises(ValueError, match="format 2; this version reads 1"):
            read_checkpoint(path)


@pytest.mark.parametrize("misfit", ["model", "optimizer", "scheduler", "generator"])
def test_what_does_not_fit_changes_nothing(device, path, misfit):
    model = make_model(device)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    scheduler = optim.StepLR(optimizer, 2)
    take_steps(model, optimizer, 3, scheduler)
    generator = tg.Generator(5)
    if misfit == "generator":
        generator = SimpleNamespace(state=lambda: {"counter": 1})  # as of another kind of device
    save_checkpoint(path, model, optimizer=optimizer, scheduler=scheduler, generators={"data": generator})

    other = make_model(device, seed=1)
    if misfit == "model":
        other = nn.Sequential(*other, nn.Linear(2, 2).to(device))
    make = optim.SGD if misfit == "optimizer" else optim.Adam
    target = make(list(other.parameters())[:4], lr=0.5)
    schedule = (optim.ExponentialLR if misfit == "scheduler" else optim.StepLR)(target, 1)
    own = {"data": tg.Generator(6)}
    weights, schedule_state, draws = values(other), schedule.state_dict(), own["data"].state()
    with pytest.raises(ValueError, match=path.name):
        load_checkpoint(path, other, optimizer=target, scheduler=schedule, generators=own)
    for name, value in values(other).items():
        np.testing.assert_array_equal(value, weights[name])
    assert target.param_groups[0]["lr"] == 0.5
    assert not target.state
    assert schedule.state_dict() == schedule_state
    assert own["data"].state() == draws
