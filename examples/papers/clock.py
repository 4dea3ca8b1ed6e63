"""The time that a program has for its trainings."""

import math
import time

from tinygrad_nn.train import Callback


class Clock:
    """Deals out the seconds that are left: what one training does not need, or takes too much, is the others'."""

    def __init__(self, minutes, parts):
        self.end = time.perf_counter() + 60 * minutes
        self.parts = parts

    def limit(self, parts):
        """The time limit of a training that has so many of the parts that are left."""
        seconds = (self.end - time.perf_counter()) * parts / self.parts
        self.parts -= parts
        return TimeLimit(seconds)


class TimeLimit(Callback):
    """Ends a training before an epoch for which there is no time; the first one is always done."""

    def __init__(self, seconds):
        self.seconds = seconds

    def on_fit_start(self, trainer):
        self.start = time.perf_counter()
        self.shortest = math.inf  # an epoch; the first one may compile, too

    def on_epoch_end(self, trainer, epoch, logs):
        self.shortest = min(self.shortest, logs["seconds"])
        if time.perf_counter() - self.start + self.shortest > self.seconds:
            trainer.stop("its time is over")
