"""Miaopeng Yu's "Implement a Two-Layer Neural Network Classifier Using Numpy", done once more and carried on.

    TINYGRAD_NN_MNIST_DIR=... python examples/papers/yu.py --out runs/papers/yu

Two matrices and no biases read MNIST: softmax(activation(x W1) W2). Yu trains a grid of 336 settings for 240,000 steps
each, and keeps the one that is best on 5,000 validation images. Here the same grid is searched by successive halving:
all settings get a few steps, the better quarter of them four times as many, and so on; `--full` trains all to the end.
What he would try next, biases and a larger penalty, is tried, and what the five best say together. `report.html` shows
the tables and pictures, `model.safetensors` and `hyperparameters.json` are the model that was chosen.
"""

import json
import math
import time
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import Standardizer, load_mnist, train_test_split
from tinygrad_nn.interop import load_file, save_file
from tinygrad_nn.papers import Finding, main
from tinygrad_nn.train import Accuracy, EarlyStopping, Trainer, TrainingDiverged
from tinygrad_nn.viz import Report, plot_history, plot_search, plot_weight_components, plot_weights

try:
    import joblib
except ImportError:
    raise SystemExit("error: a search on all cores needs joblib: pip install tinygrad_nn[sklearn]") from None

MINUTES = 4.3
BATCH = 16  # Yu does not say how many images a step takes
STEPS = 240_000
QUARTER = 4  # of the settings one in so many goes on, with so many times the images
GRID = {
    "step_size": (1e-4, 5e-4, 1e-3, 1e-2, 0.05, 0.1),  # his table has 0.5 for the fifth, but his best models have 0.05
    "penalty": (1e-8, 1e-7, 1e-6, 1e-5),
    "hidden": (150, 180, 200, 225, 250, 275, 300),
    "activation": ("relu", "sigmoid"),
}
ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}


class Setting(NamedTuple):
    """The hyper-parameters of a model."""

    step_size: float
    penalty: float
    hidden: int
    activation: str
    bias: bool = False


REPORTED = {
    Setting(0.05, 1e-5, 275, "sigmoid"): 98.24,
    Setting(0.05, 1e-5, 300, "sigmoid"): 98.16,
    Setting(0.05, 1e-8, 300, "sigmoid"): 98.12,
    Setting(0.05, 1e-7, 300, "sigmoid"): 98.10,
    Setting(0.01, 1e-6, 250, "relu"): 98.08,
}  # validation accuracy, percent
HIS_BEST = next(iter(REPORTED))
FINALISTS = 7  # are trained to the end, of which the best five count
FIRST = 100 * BATCH  # images that each setting of the grid gets
MOST = 30 * 55_000  # images that the best get, however much time there is
AFTERWARDS = 15.0  # seconds for what comes after the trainings
WITH_BIASES, LARGER_PENALTY = HIS_BEST._replace(bias=True), HIS_BEST._replace(penalty=1e-3)  # he would try these next


class Outcome(NamedTuple):
    """What became of a setting."""

    setting: Setting
    accuracy: float
    """On the validation images, in percent; 0 if the training diverged."""
    history: dict[str, list[float]]
    weights: dict[str, np.ndarray[Any, Any]]


def network(setting: Setting) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(784, setting.hidden, bias=setting.bias),
        ACTIVATIONS[setting.activation](),
        nn.Linear(setting.hidden, 10, bias=setting.bias),
    )


def train(setting: Setting, data: Any, *, images: int, seed: int) -> Outcome:
    """Train on so many images, which come again when all have been seen; keep what was best on the validation set.

    His loss is the sum over a mini-batch, and the penalty. The gradient of a sum is that of the mean, BATCH times as
    long. His rate falls to 0.9 ** 24 of the first in 240,000 steps; here it falls as far however many steps there are.
    """
    x, y, *validation = data
    tg.manual_seed(seed)
    model = network(setting)
    optimizer = optim.SGD(model.parameters(), setting.step_size * BATCH, weight_decay=2 * setting.penalty / BATCH)
    few = min(images, len(x))
    epochs = round(images / few)
    falling = optim.ExponentialDecayLR(optimizer, 0.9 ** (STEPS / 10_000), decay_steps=epochs * math.ceil(few / BATCH))
    trainer = Trainer(
        model, F.cross_entropy, optimizer, metrics=[Accuracy()], scheduler=falling, schedule_every="batch"
    )
    try:
        trainer.fit(
            (x[:few], y[:few]), epochs, batch_size=BATCH, validation_data=validation, verbose=False, progress=False,
            callbacks=[EarlyStopping("val_accuracy", patience=None)],
        )  # fmt: skip
    except TrainingDiverged:
        return Outcome(setting, 0.0, {}, {})
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    best = round(100 * max(trainer.history["val_accuracy"]), 2)
    return Outcome(setting, best, dict(trainer.history), weights)


def load():
    """MNIST as he splits it: 55,000 images to train on, 5,000 to validate on, 10,000 to test on; each (N, 784)."""
    images, labels = load_mnist("train")
    x, valid_x, y, valid_y = train_test_split(images.reshape(-1, 784), labels, test_size=5_000)
    test_x, test_y = load_mnist("test")
    scale = Standardizer.fit(x, axis=(0, 1)).transform  # to N(0, 1), one mean and one deviation for all pixels
    return (scale(x), y, scale(valid_x), valid_y), (scale(test_x.reshape(-1, 784)), test_y)


def on_all_cores(settings, data, **how):
    """Train models beside each other, a core for each. (scikit-learn's own search would copy the images each time.)"""
    with joblib.parallel_config("loky", n_jobs=-1, inner_max_num_threads=1):
        outcomes = joblib.Parallel()(joblib.delayed(train)(setting, data, **how) for setting in settings)
    outcomes.sort(key=lambda outcome: -outcome.accuracy)
    best = outcomes[0]
    print(f"{len(outcomes)} settings, {how['images']:,} images: best {best.accuracy:.2f} %, {best.setting}", flush=True)
    return outcomes


def halve(settings, data, *, seed):
    """Train all, then the best quarter with four times the images, and so on until the finalists are left.

    Returns the settings that are left, the last outcome of each that was tried, and how many images a core trains on
    in a second.
    """
    tried, images = {}, FIRST
    while len(settings) > FINALISTS:
        outcomes = on_all_cores(settings, data, images=images, seed=seed)
        tried |= {outcome.setting: outcome for outcome in outcomes}
        speed = median(images / sum(outcome.history["seconds"]) for outcome in outcomes if outcome.history)
        images *= QUARTER
        settings = [outcome.setting for outcome in outcomes[: max(FINALISTS, len(settings) // QUARTER)]]
    return settings, tried, speed


def store(outcome, out):
    """Keep the parameters and the hyper-parameters."""
    save_file(outcome.weights, out / "model.safetensors")
    (out / "hyperparameters.json").write_text(json.dumps(outcome.setting._asdict(), indent=1) + "\n")


def reload(out):
    """What was stored."""
    setting = Setting(**json.loads((out / "hyperparameters.json").read_text()))
    return setting, load_file(out / "model.safetensors")


def accuracy(models, x, y):
    """In percent, of the class that is most probable to all models together; each is a setting and its weights."""
    probabilities = 0.0
    for setting, weights in models:
        model = network(setting).eval()
        model.load_state_dict(weights)
        with tg.no_grad():
            probabilities = probabilities + F.softmax(model(tg.asarray(x)), axis=1)
    return round(100 * float((probabilities.argmax(axis=1).numpy() == y).mean()), 2)


def run(out: Path, *, seed: int, minutes: float, full: bool) -> list[Finding]:
    """Search the grid, train what it finds to the end, look at the best, and go beyond."""
    start = time.perf_counter()
    tg.manual_seed(seed)
    data, test = load()
    left = grid = [Setting(*values) for values in product(*GRID.values())]
    tried, images = {}, STEPS * BATCH
    if not full:
        part = min(1.0, 4 * minutes / MINUTES)  # with hardly any time, a part of the grid and of the images
        data = (*(field[: round(part * len(field))] for field in data[:2]), *data[2:])
        chosen = tg.Generator(seed).permutation(len(grid))[: max(FINALISTS + 1, round(part * len(grid)))]
        left, tried, speed = halve([grid[k] for k in chosen], data, seed=seed)
        seconds = 60 * minutes - (time.perf_counter() - start) - AFTERWARDS
        images = min(MOST, round(seconds * speed * joblib.cpu_count() / (len(left) + 3)))
        images = max(images, len(data[0]))
    settings = list(dict.fromkeys([*left, HIS_BEST, WITH_BIASES, LARGER_PENALTY]))
    final = on_all_cores(settings, data, images=images, seed=seed)
    tried |= {outcome.setting: outcome for outcome in final if outcome.setting in grid}
    top = [outcome for outcome in final if outcome.setting in grid][: len(REPORTED)]
    store(top[0], out)
    findings = [
        Finding("settings searched", "336", len(tried), len(tried) == 336,
                "each trained to the end" if full else "by successive halving; --full trains each to the end"),
        *compare(top, final, reload(out), data[2:], test, epochs=images / len(data[0])),
    ]  # fmt: skip
    write_report(out, top, tried, findings)
    return findings


def compare(top, final, stored, validation, test, *, epochs):
    """His accuracies and ours; of what goes beyond the paper beside those of its best model."""
    five = [(outcome.setting, outcome.weights) for outcome in top]
    models = {outcome.setting: [(outcome.setting, outcome.weights)] for outcome in final}
    ours = f"after {epochs:.0f} epochs; 240,000 steps are {STEPS * BATCH / 55_000:.0f}"
    chosen = "; his is the best of 336 on these images"
    beyond = "beyond the paper; met where it is as good as the paper's best model"
    rows = [
        *((f"validation, {k}. of the search", reported, five[k - 1 : k], validation, ours)
          for k, reported in enumerate(REPORTED.values(), start=1)),
        ("test, 1. of the search", 97.87, [stored], test, ours),
        ("validation, his best setting", 98.24, models[HIS_BEST], validation, ours + chosen),
        ("test, his best setting", 97.87, models[HIS_BEST], test, ours),
        ("validation, it with biases", 97.76, models[WITH_BIASES], validation, ours),
        ("validation, it with a larger penalty", 98.24, models[LARGER_PENALTY], validation, beyond),
        ("validation, the five together", 98.24, five, validation, beyond),
        ("test, the five together", 97.87, five, test, beyond),
    ]  # fmt: skip
    measured = [(what, reported, accuracy(some, *data), note) for what, reported, some, data, note in rows]
    return [
        Finding(f"accuracy, percent: {what}", "" if note == beyond else f"{reported:.2f}", ours, ours >= reported, note)
        for what, reported, ours, note in measured
    ]


def write_report(out, top, tried, findings):
    """The tables and the pictures of his report, and of what came after it."""
    best = top[0]
    report = Report(
        "Yu: a two-layer classifier",
        summary="Two matrices without biases read MNIST. The settings of the published grid are searched, the best of "
        "them is looked at, and what its author would have tried next is tried.",
    )  # fmt: skip
    report.section("What is reported and what was found")
    report.table(["figure", "reported", "ours", "met", "note"], findings)
    report.section("The search")
    report.text(
        f"The loss of a step is the sum over {BATCH} images and the penalty, as in the paper's equation 10, and the "
        "rate falls as in equation 8, in all as far as in the paper's 240,000 steps. The paper lists a step size of "
        "0.5, but its best models have 0.05, which it does not list: 0.05 is searched. Accuracy is that of the best "
        "epoch on 5,000 validation images."
    )
    places = enumerate(zip(REPORTED.items(), top), start=1)
    report.table(
        ["place", "reported", *(f"its {name}" for name in GRID), "ours", *(f"our {name}" for name in GRID)],
        [[k, reported, *his[:4], ours.accuracy, *ours.setting[:4]] for k, ((his, reported), ours) in places],
        caption="The five best, by their validation accuracy in percent",
    )
    scores: dict[str, list[Any]] = {"mean_test_score": [outcome.accuracy for outcome in tried.values()]}
    scores |= {f"param_{name}": [getattr(setting, name) for setting in tried] for name in GRID}
    for other in ("hidden", "penalty", "activation"):
        report.figure(plot_search(scores, "step_size", other), f"The best accuracy for each step size and {other}")
    report.section("The best model")
    report.text(f"{best.setting}; it was stored, and read again to be tested.")
    report.figure(plot_history(best.history, out / "curves.png"), "Loss and accuracy, epoch by epoch")
    w1, w2 = best.weights["0.weight"], best.weights["2.weight"]  # (hidden, 784), (10, hidden)
    report.figure(plot_weight_components(w1, out / "w1.png"), "W1: its first ten principal components")
    height = math.isqrt(best.setting.hidden)
    width = best.setting.hidden // height
    pictures = plot_weights(w2[:, : height * width], out / "w2.png", shape=(height, width), columns=5, titles=range(10))
    report.figure(pictures, f"W2: the weights of each digit, {height} x {width} of {best.setting.hidden}")
    pictures = plot_weights(w2 @ w1, out / "w1w2.png", columns=5, titles=range(10))
    report.figure(pictures, "W1 W2, as if there were no activation: what speaks for each digit, and what against it")
    report.save(out / "report.html")


if __name__ == "__main__":
    main(run, minutes=MINUTES)
