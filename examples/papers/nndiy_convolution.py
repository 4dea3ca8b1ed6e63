"""The one-dimensional convolutional network of Dam and Durand, and what they left for the future: two dimensions,
average pooling, threads, a GPU."""

import json
import os
import subprocess
import sys
import timeit
from pathlib import Path

import numpy as np
from nndiy_study import percent

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn
from tinygrad_nn.train import Sequential
from tinygrad_nn.viz import plot_curves, plot_images

SIDE = 16  # of the images that become signals of 256 pixels


def signals(images):
    """Images of 28x28 pixels (N, 784), averaged to 16x16, one row after the other: (N, 1, 256)."""
    with tg.no_grad():
        small = F.adaptive_avg_pool2d(tg.asarray(images.reshape(-1, 1, 28, 28)), SIDE)
    return small.numpy().reshape(-1, 1, SIDE * SIDE)


def network_1d(activation):
    model = Sequential(nn.Conv1d(1, 32, 3), nn.MaxPool1d(2), nn.Flatten())  # (N, 32, 254), (N, 32, 127), (N, 4064)
    model.add(nn.Linear(4064, 100), activation)
    model.add(nn.Linear(100, 10), "softmax")
    return model


def network_2d():
    model = Sequential()
    model.add(nn.Conv2d(1, 16, 3), "relu")  # (N, 16, 26, 26)
    model.append(nn.MaxPool2d(2))
    model.add(nn.Conv2d(16, 32, 3), "relu")  # (N, 32, 11, 11)
    model.append(nn.AvgPool2d(2))
    model.append(nn.Flatten())  # (N, 800)
    model.append(nn.Dropout(0.3))
    model.add(nn.Linear(800, 10), "softmax")
    return model


def chapter(study):
    """Signals with SGD and Adam, then images, then what threads and a GPU bring."""
    report = study.report
    report.section("Convolution of signals")
    x, y = signals(study.x[:10_000]), study.y[:10_000]
    validation = signals(study.valid_x[:2_000]), study.valid_y[:2_000]
    histories = {}
    for name, activation, optimizer, rate, epochs, parts in (
        ("SGD, ReLU", "relu", "sgd", 0.1, 15, 20), ("SGD, tanh", "tanh", "sgd", 0.1, 15, 20),
        ("Adam, ReLU", "relu", "adam", 2e-3, 28, 36),
    ):  # fmt: skip
        print(f"1-D convolution, {name}")
        model = network_1d(activation)
        histories[name] = study.train(model, x, y, validation=validation, optimizer=optimizer, rate=rate, decay=0.05,
                                      epochs=epochs, parts=parts)  # fmt: skip
    study.describe(model, (50, 1, 256))
    small = signals(study.shown).reshape(-1, SIDE, SIDE)
    report.figure(plot_images(small, columns=10), "What becomes 256 pixels in a row")
    curves = {name: h["val_accuracy"] for name, h in histories.items()}
    curves["Adam, ReLU (training)"] = histories["Adam, ReLU"]["accuracy"]
    report.figure(plot_curves(curves, y_label="accuracy"), "Accuracy on 2,000 validation images; 10,000 to train on")
    for name in ("SGD, ReLU", "SGD, tanh"):
        value = percent(histories[name], "val_accuracy")
        study.find(f"1-D CNN, {name}: validation accuracy, percent", "91", value, value >= 91)
    for what, key, reported, least in (("training", "accuracy", "99", 99), ("validation", "val_accuracy", "94-95", 95)):
        value = percent(histories["Adam, ReLU"], key)
        study.find(f"1-D CNN, Adam: {what} accuracy, percent", reported, value, value >= least)
    value = times_faster(x[0, 0])
    study.find("1-D convolution: times as fast as loops in Python", "50", value, value >= 50,
               "their loops became so much faster with numba")  # fmt: skip
    in_two_dimensions(study)
    on_more_cores(study)


def times_faster(signal):
    """How many images the 32 kernels of three pixels see in the time in which loops of Python see one."""
    kernels = np.random.default_rng(0).random((32, 3), np.float32)
    pixels, weights = signal.tolist(), kernels.tolist()
    images, weight = tg.asarray(np.tile(signal, (64, 1, 1))), tg.asarray(kernels[:, None])

    def looped():
        return [[sum(w[k] * pixels[i + k] for k in range(3)) for i in range(len(pixels) - 2)] for w in weights]

    np.testing.assert_allclose(F.conv1d(images, weight)[0].numpy(), looped(), rtol=1e-4, atol=1e-5)
    slow, fast = (min(timeit.repeat(each, number=1, repeat=20)) for each in (looped, lambda: F.conv1d(images, weight)))
    return slow / (fast / len(images))


def in_two_dimensions(study):
    print("2-D convolution, Adam")
    model = network_2d()
    square = (-1, 1, 28, 28)
    history = study.train(
        model, study.x.reshape(square), study.y, rate=2e-3, decay=0.3, epochs=7, parts=60,
        validation=(study.valid_x.reshape(square), study.valid_y),
    )  # fmt: skip
    tested = 100 * model.evaluate(study.test_x.reshape(square), study.test_y)["accuracy"]
    study.find("2-D CNN with max and average pooling, Adam: test accuracy, percent", "", tested, tested > 98,
               "the report's future work; met above 98")  # fmt: skip
    study.report.section("Convolution of images")
    study.describe(model, (50, 1, 28, 28))
    curves = {"training": history["accuracy"], "validation": history["val_accuracy"]}
    study.report.figure(plot_curves(curves, y_label="accuracy"), "Accuracy of the network of images; 48,000 trained it")


def on_more_cores(study):
    """Milliseconds a step in processes that have one thread, or all; and on a GPU where there is one."""
    cores = len(os.sched_getaffinity(0))
    seconds = 0.1 if study.trial else 1.5
    measured = {"1 thread": steps_of(1, "cpu", seconds), f"{cores} threads": steps_of(cores, "cpu", seconds)}
    if tg.cuda.is_available():
        measured["GPU"] = steps_of(cores, "cuda", seconds)
    one, all_of_them = measured["1 thread"], measured[f"{cores} threads"]
    study.report.section("Threads and a GPU")
    study.report.text(
        "Matrix products, convolutions and large compiled loops are shared among the cores. "
        + ("" if tg.cuda.is_available() else "There was no GPU; where there is one, model.to('cuda') is all it takes.")
    )
    study.report.table(["milliseconds a training step", *measured],
                       [[name, *(times[name] for times in measured.values())] for name in one])  # fmt: skip
    for name in one:
        ratio = one[name] / all_of_them[name]
        study.find(f"{name}: times as fast with all cores as with one thread", "", ratio, cores == 1 or ratio > 1,
                   "the report's future work")  # fmt: skip


def steps_of(threads, device, seconds):
    """What `nndiy_speed.py` measures: the number of threads is read when NumPy is loaded, hence the process."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), str(threads))
    program = Path(__file__).with_name("nndiy_speed.py")
    command = [sys.executable, str(program), "--device", device, "--seconds", str(seconds)]
    done = subprocess.run(command, env=os.environ | limits, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
