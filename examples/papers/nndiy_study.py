"""What the chapters of `nndiy.py` share: the data, the clock, the trainings, the report and the findings."""

import time
from pathlib import Path

import numpy as np
from clock import Clock

import tinygrad_nn as tg
from tinygrad_nn.data import load_mnist
from tinygrad_nn.papers import Finding
from tinygrad_nn.train import Sequential
from tinygrad_nn.viz import Report

MINUTES = 8.5  # that all chapters take on two cores
PARTS = 706  # of the time: what the trainings may take, and 60 for pictures and tables
CLASSES = "sparse_categorical_crossentropy"


class Study:
    """Images, the report of what was done with them, and the findings.

    `x`, `y` are 48,000 images of MNIST to train on (N, 784) and their classes, `valid_x`, `valid_y` the other 12,000 to
    validate on, `test_x`, `test_y` the 10,000 that nothing is chosen by.
    """

    def __init__(self, out: Path, seed: int, minutes: float):
        tg.manual_seed(seed)
        tg.keep_freed_memory()
        self.out = out
        self.clock = Clock(minutes, PARTS)
        self.trial = minutes < 0.5
        self.report = Report("nndiy: a neural network, done once more")
        self.findings: list[Finding] = []
        self.judge: Sequential | None = None  # the best classifier, which tells what is still to be seen in an image
        images, labels = load_mnist("train")
        order = tg.Generator(seed).permutation(len(images))
        images, labels = images.reshape(len(images), -1)[order], labels[order]
        self.x, self.valid_x = images[:48_000], images[48_000:]
        self.y, self.valid_y = labels[:48_000], labels[48_000:]
        self.test_x, self.test_y = load_mnist("test")
        self.test_x = self.test_x.reshape(len(self.test_x), -1)
        if self.trial:  # so few that an epoch of everything fits
            for name in ("x", "y", "valid_x", "valid_y", "test_x", "test_y"):
                setattr(self, name, getattr(self, name)[:300])
        # one image of each class, to show what becomes of it
        self.shown = self.valid_x[[int(np.argmax(self.valid_y == digit)) for digit in range(10)]]

    def train(self, model, x, y=None, *, validation, parts, epochs, loss=CLASSES, optimizer="adam", rate=1e-3,
              batch_size=50, metrics=("accuracy",), decay=0.0, stopping=None):  # fmt: skip
        """Compile and fit a model, in so many parts of the time at most."""
        start = time.perf_counter()
        model.compile(
            loss, optimizer, learning_rate=rate, decay=decay, metrics=metrics, jit_compile=not self.trial
        )  # fmt: skip
        history = model.fit(
            x, y, epochs, batch_size=batch_size, validation_data=validation, early_stopping=stopping, verbose=False,
            callbacks=[self.clock.limit(parts)],
        )  # fmt: skip
        seconds = time.perf_counter() - start
        print(f"  {seconds:.1f} s, {history.epochs} of {epochs} epochs: {_last(history)}", flush=True)
        return history

    def describe(self, model, input_shape):
        """A table of the layers of a model, and how it is trained."""
        self.report.table(["network"], [[line] for line in str(model.summary(input_shape)).splitlines()[1:]])

    def find(self, what, reported, ours, met, note=""):
        """A finding; a row without a reported figure goes beyond the paper."""
        self.findings.append(Finding(what, reported, float(ours), bool(met), note))

    def recognized(self, images):
        """The percentage of the validation images that the judge still takes for what they are, (N, 784) given."""
        found = self.judge.predict(images).argmax(axis=1).numpy()
        return 100 * float((found == self.valid_y[: len(images)]).mean())


def percent(history, name, *, best=True):
    """The best (or the last) value of an accuracy, in percent."""
    return 100 * (max(history[name]) if best else history[name][-1])


def _last(history):
    names = [name for name in history if name not in ("learning_rate", "seconds")]
    return ", ".join(f"{name} {history[name][-1]:.4f}" for name in names)
