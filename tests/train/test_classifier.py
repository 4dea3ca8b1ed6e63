"""Classifiers that are rebuilt from their checkpoint alone."""

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import cli, nn
from tinygrad_nn.train import save_checkpoint
from tinygrad_nn.train.classifier import ACTIVATIONS, ClassifierSpec, load_classifier

SPEC = ClassifierSpec("digits", (1, 8, 8), 10, (16, 12), "tanh", 0.5)


def test_the_model_is_rebuilt(device, tmp_path):
    model = SPEC.build(tg.Generator(0, device))
    save_checkpoint(tmp_path / "a.safetensors", model, metadata=SPEC.to_metadata())
    again, spec, _ = load_classifier(tmp_path / "a.safetensors", device)
    assert (spec, again.training) == (SPEC, False)
    x = tg.ones((4, 1, 8, 8), device=device)
    np.testing.assert_array_equal(again(x).detach().numpy(), model.eval()(x).detach().numpy())


def test_layers():
    assert [type(layer) for layer in SPEC.build()] == [
        nn.Flatten, nn.Linear, nn.Tanh, nn.Dropout, nn.Linear, nn.Tanh, nn.Dropout, nn.Linear,
    ]  # fmt: skip
    assert [type(layer) for layer in SPEC._replace(hidden=(), dropout=0.0).build()] == [nn.Flatten, nn.Linear]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation):
    assert SPEC._replace(activation=activation).build()(tg.ones((2, 1, 8, 8))).shape == (2, 10)


def test_the_command_line_knows_the_same_activations():
    assert tuple(ACTIVATIONS) == cli.ACTIVATIONS


@pytest.mark.parametrize(
    "change",
    [{"activation": "os.system"}, {"activation": ["relu"]}, {"dropout": "0.5"}, {"dropout": 1.5}, {"dropout": None},
     {"classes": 0}, {"classes": 2.5}, {"hidden": [2**40]}, {"hidden": 3},
     {"input_shape": [8, 8]}, {"nonsense": 1}],
)  # fmt: skip
def test_descriptions_that_make_no_sense(tmp_path, change):
    metadata = {"classifier": SPEC._asdict() | change}
    save_checkpoint(tmp_path / "a.safetensors", SPEC.build(), metadata=metadata)
    with pytest.raises(ValueError, match=r"a\.safetensors: describes its model in a way that makes no sense"):
        load_classifier(tmp_path / "a.safetensors")


def test_a_checkpoint_of_something_else(tmp_path):
    save_checkpoint(tmp_path / "a.safetensors", nn.Linear(2, 3))
    with pytest.raises(ValueError, match=r"a\.safetensors: does not say how to build its model"):
        load_classifier(tmp_path / "a.safetensors")


def test_weights_that_do_not_fit(tmp_path):
    metadata = SPEC._replace(hidden=(5,)).to_metadata()
    save_checkpoint(tmp_path / "a.safetensors", SPEC.build(), metadata=metadata)
    with pytest.raises(ValueError, match=r"a\.safetensors: load_state_dict: .*1\.weight has shape \(16, 64\)"):
        load_classifier(tmp_path / "a.safetensors")
