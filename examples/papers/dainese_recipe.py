"""The author's network and his recipe as they stand, here and in plain NumPy."""

import time

import dainese_numpy
import numpy as np
from dainese_study import EPOCHS, FINAL_RATE, PENALTY, RATE, REPORTED, THRESHOLD
from joblib import Parallel, delayed

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import ArrayDataset, DataLoader
from tinygrad_nn.papers import Finding
from tinygrad_nn.train import Trainer


def his_recipe(study):
    """Train as he did, here and in NumPy from the same weights, and then NumPy from others."""
    epochs = study.epochs(EPOCHS)
    x, y = study.x.astype(np.float64), study.y[:, None].astype(np.float64)
    models = [his_network(study.seed + k) for k in range(4)]
    settings = {"rate": RATE, "final_rate": FINAL_RATE, "penalty": PENALTY, "threshold": THRESHOLD}
    runs = Parallel(n_jobs=-1)(
        delayed(dainese_numpy.train)(layers_of(model), x, y, epochs=epochs, **settings) for model in models
    )
    in_numpy = [dainese_numpy.predict(layers, study.test_x)[:, 0] for layers in runs]
    start = time.perf_counter()
    ours = predict_64(train_his_way(models[0], x, y, epochs, compile=study.thorough), study.test_x)
    seconds = time.perf_counter() - start
    errors = [study.error(found) for found in in_numpy]
    apart = float(np.abs(ours - in_numpy[0]).max())

    report = study.report
    report.section("His network and his recipe")
    report.text(
        "One sample a step, in order: half the squared error plus the penalty times the sum of all squared weights "
        "(biases are free), gradients of a norm above 10 shortened to 10, and a rate that decays from 5e-3 to 1e-4. "
        f"From the same weights, the framework and NumPy come to predictions that are at most {apart:.1e} apart "
        f"after {epochs} epochs ({epochs * len(x)} steps, {seconds:.1f} s)."
    )
    report.table(
        ["", "test MSE"],
        [["the function itself (noise floor)", study.floor], ["framework, first weights 0", study.error(ours)],
         *([f"NumPy, first weights {k}", error] for k, error in enumerate(errors))],
    )  # fmt: skip
    error = study.error(ours)
    return float(np.mean(errors)), [
        Finding("test MSE of his network and recipe", REPORTED, error, error <= errors[0] + 1e-4,
                "other data than his: met if it is that of his recipe in plain NumPy on the same samples"),
        Finding("largest difference to NumPy's predictions, same weights", "", apart, apart < 1e-3),
    ]  # fmt: skip


def his_network(seed):
    """[1, 20, 10, 1] with ReLU, in float64."""
    draw = tg.Generator(seed)
    return nn.Sequential(
        nn.Linear(1, 20, generator=draw), nn.ReLU(), nn.Linear(20, 10, generator=draw), nn.ReLU(),
        nn.Linear(10, 1, generator=draw),
    ).to(tg.float64)  # fmt: skip


def layers_of(model):
    """Copies of the weights and biases, for NumPy."""
    return [(layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy()) for layer in model[::2]]


def train_his_way(model, x, y, epochs, compile):
    """Equations 1 to 4 as a loss, and the rest of table I as settings of a Trainer."""
    weights = [layer.weight for layer in model[::2]]

    def loss(output, target):
        return F.mse_loss(output, target) / 2 + PENALTY * nn.l2_penalty(weights)

    optimizer = optim.SGD(model.parameters(), lr=RATE)
    trainer = Trainer(
        model, loss, optimizer, clip_norm=THRESHOLD, compile=compile,
        scheduler=optim.ExponentialDecayLR(optimizer, rate=FINAL_RATE / RATE, decay_steps=epochs),
    )  # fmt: skip
    trainer.fit(DataLoader(ArrayDataset(x, y), batch_size=1), epochs, verbose=False, progress=False)
    return model


def predict_64(model, x):
    with tg.no_grad():
        return model(tg.asarray(x.astype(np.float64))).numpy()[:, 0]
