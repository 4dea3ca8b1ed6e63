"""Predictions of a network that `dainese.py` has stored, and nothing else: no training, no search.

    python examples/papers/dainese_predict.py runs/papers/dainese test_set.txt predictions.txt

The folder has the weights (`network.safetensors`) and the hyper-parameters (`network.json`). The data have one sample a
line: the input, and if it is known the label, whereupon the mean squared error is printed too. The predictions are
written one a line.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.command import CommandError, Parser, status
from tinygrad_nn.interop import load_file

ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "sigmoid": nn.Sigmoid}


def load(folder):
    """The network that is stored in a folder."""
    settings = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    widths = [1, *settings["hidden_layer_sizes"], 1]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[settings["activation"]]()]
    model = nn.Sequential(*layers[:-1])
    model.load_state_dict(load_file(folder / "network.safetensors"))
    return model


def predict(model, x):
    """Its outputs (N,) for inputs (N, 1)."""
    with tg.no_grad():
        return model(tg.asarray(x, dtype=tg.float32)).numpy()[:, 0]


def main(argv=None):
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where dainese.py wrote")
    parser.add_argument("data", type=Path, help="a text file: an input a line, and maybe its label")
    parser.add_argument("predictions", type=Path, help="the text file to write")
    args = parser.parse_args(argv)
    data = np.loadtxt(args.data, ndmin=2)
    if data.size == 0 or data.shape[1] > 2:
        raise CommandError(f"{args.data}: found an array of shape {data.shape}, wanted one or two numbers a line")
    found = predict(load(args.folder), data[:, :1])
    np.savetxt(args.predictions, found, fmt="%.7g")
    print(f"wrote {len(found)} predictions to {args.predictions}")
    if data.shape[1] == 2:
        print(f"mean squared error {((found - data[:, 1]) ** 2).mean():.4f}")


if __name__ == "__main__":
    raise SystemExit(status(main))
