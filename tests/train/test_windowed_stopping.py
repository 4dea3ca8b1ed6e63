"""The rule that compares the last epochs with those before them, epoch by epoch and in a training."""

import math

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import make_noisy_function
from tinygrad_nn.train import Trainer, WindowedStopping

SHORT = {"window": 2, "warm_up": 0}
FLAT = [1.0] * 12


def make_trainer(device="cpu", rate=0.1, scheduled=True):
    model = nn.Linear(1, 1, generator=tg.Generator(0, device), device=device)
    optimizer = optim.SGD(model.parameters(), lr=rate)
    scheduler = optim.ExponentialLR(optimizer, gamma=1.0) if scheduled else None
    return Trainer(model, F.mse_loss, optimizer, scheduler=scheduler, generator=tg.Generator(0))


def last_epoch(stopping, values, trainer=None, name="val_loss"):
    """Give the callback the values as `fit` does; the epoch at which it stops the training, or None."""
    trainer = trainer or make_trainer()
    stopping.on_fit_start(trainer)
    for epoch, value in enumerate(values, 1):
        stopping.on_epoch_end(trainer, epoch, {name: value})
        if trainer._reason_to_stop is not None:
            return epoch
    return None


@pytest.mark.parametrize(
    ("settings", "values", "expected"),
    [
        ({}, [4, 4, 3, 3, 2, 2, 1, 1], None),
        ({}, [4, 4, 3, 3, 3.1, 3.2], 6),
        ({}, [4, 4, 1, 9, 2, 9], None),  # what oscillates may go on: 2 is better than the mean of 1 and 9
        ({}, FLAT, None),  # equal is not above
        ({"tolerance": 0.1}, FLAT, 4),
        ({"tolerance": 0.5}, [4, 4, 3.4, 3.4], None),
        ({"tolerance": 0.7}, [4, 4, 3.4, 3.4], 4),
        ({"tolerance": 0.1, "warm_up": 7}, FLAT, 7),
        ({"tolerance": 0.1, "window": 3}, FLAT, 6),
        ({"mode": "max"}, [1, 1, 2, 2, 3, 3], None),
        ({"mode": "max"}, [3, 3, 2, 2], 4),
        ({}, [1, 1, math.nan, math.nan], 4),
        ({}, [math.nan, math.nan, 1, 1], None),
    ],
)
def test_when(settings, values, expected):
    assert last_epoch(WindowedStopping(**(SHORT | settings)), values) == expected


def test_as_it_was_published():
    """100 epochs at least, and twenty against twenty."""
    stopping = WindowedStopping(tolerance=1e-3)
    assert last_epoch(stopping, [1.0] * 200) == 100
    falling = [1 - 0.01 * epoch for epoch in range(150)]
    assert last_epoch(stopping, falling + [falling[-1]] * 50) == 188  # of 40 epochs, two were above the last value


def test_a_constant_rate_is_lowered_first():
    stopping = WindowedStopping(**SHORT, tolerance=0.1, factor=0.1, lowest_rate=1e-3)
    trainer = make_trainer(rate=0.1, scheduled=False)
    assert last_epoch(stopping, FLAT, trainer) == 8
    assert stopping.lowered_after == [4, 6]  # each rate has two epochs to show what it can do
    assert trainer.optimizer.param_groups[0]["lr"] == pytest.approx(1e-3)


def test_of_several_rates_those_that_are_low_stay():
    first, second = (tg.ones(1, requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [first], "lr": 1.0}, {"params": [second], "lr": 0.01}], lr=1.0)
    trainer = Trainer(nn.Linear(1, 1), F.mse_loss, optimizer)
    last_epoch(WindowedStopping(**SHORT, tolerance=0.1, factor=0.1, lowest_rate=0.05), FLAT, trainer)
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.01, 0.01])


def test_each_training_begins_anew():
    stopping = WindowedStopping(**SHORT, tolerance=0.1)
    assert last_epoch(stopping, FLAT) == last_epoch(stopping, FLAT) == 4


def test_what_it_saw_is_in_its_state():
    settings = {**SHORT, "tolerance": 0.1, "factor": 0.1, "lowest_rate": 0.05}
    first, second = WindowedStopping(**settings), WindowedStopping(**settings)
    trainer = make_trainer(scheduled=False)
    last_epoch(first, FLAT[:5], trainer)
    second.load_state_dict(first.state_dict())
    second.on_epoch_end(trainer, 6, {"val_loss": 1.0})
    assert trainer._reason_to_stop is not None
    assert (first.lowered_after, len(first._values)) == ([4], 5)  # a copy was taken


def test_in_a_training(device):
    x, y = make_noisy_function(40, lambda x: 2 * x, noise=0.3, generator=tg.Generator(1))
    trainer = make_trainer(device, rate=0.05, scheduled=False)
    stopping = WindowedStopping(tolerance=1e-3, window=5, warm_up=10, factor=0.1, lowest_rate=1e-3)
    history = trainer.fit(
        (x[:30], y[:30]), 200, validation_data=(x[30:], y[30:]), callbacks=[stopping], verbose=False, progress=False
    )
    assert history.epochs < 200
    assert len(stopping.lowered_after) == 2
    rates = history["learning_rate"]
    assert np.flatnonzero(np.diff(rates)).tolist() == [epoch - 1 for epoch in stopping.lowered_after]
    assert rates[-1] == pytest.approx(5e-4)


def test_a_quantity_that_is_not_measured():
    with pytest.raises(ValueError, match=r"WindowedStopping: monitor='val_loss' is not among loss; pass validation"):
        last_epoch(WindowedStopping(), [1.0], name="loss")


@pytest.mark.parametrize(
    "settings",
    [
        {"tolerance": -1}, {"window": 0}, {"warm_up": -1}, {"factor": 0}, {"factor": 1}, {"lowest_rate": 0},
        {"mode": "best"},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        WindowedStopping(**settings)
