"""Every sample of PyTorch's module database for the modules that both have: outputs, buffers and all gradients."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

from .modules import EXCLUSIONS, FIRST_ORDER, Exclusion, compare, exclusion_of

torch = pytest.importorskip("torch", reason="the oracle is not installed: pip install tinygrad_nn[oracle]")
pytest.importorskip("expecttest", reason="PyTorch's samples need it: pip install tinygrad_nn[oracle]")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_modules import module_db

BOTH = {info.module_cls.__name__: info for info in module_db if info.module_cls.__name__ in nn.__all__}
ABSENT = sorted(info.module_cls.__name__ for info in module_db if info.module_cls.__name__ not in nn.__all__)

Samples = dict[str, list[tuple[Any, bool, "Exclusion | None"]]]


def drawn(info: Any, training: bool) -> list[Any]:
    """The samples in float64; they are the same every time, and nobody else's random numbers change."""
    states = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            random.seed(0)
            np.random.seed(0)
            torch.manual_seed(0)
            given = {"device": "cpu", "dtype": torch.float64, "requires_grad": True, "training": training}
            return list(info.module_inputs_func(info, with_packed_sequence=True, **given))
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """The arrays are so small that PyTorch's threads would only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def samples(device: str) -> Samples:
    """All samples of every module: each with whether it is one of training, and the exclusion that leaves it out."""
    if device != "cpu":
        pytest.skip("PyTorch is on the CPU here, and the other devices run the tests of each layer")
    return {
        name: [
            (sample, training, exclusion_of(name, sample))
            for training in ((True, False) if info.train_and_eval_differ else (True,))
            for sample in drawn(info, training)
        ]
        for name, info in BOTH.items()
    }


@pytest.mark.parametrize("name", BOTH)
def test_samples_agree(name: str, samples: Samples) -> None:
    info, second = BOTH[name], name not in FIRST_ORDER
    curved = False
    some = 1 + len(samples[name]) // 32  # of modules with many samples not all have their second order compared
    for i, (sample, training, exclusion) in enumerate(samples[name]):
        if exclusion is not None:
            continue
        try:
            curved |= compare(torch, name, info.module_cls, sample, training, second and i % some == 0)
        except Exception as error:
            given = sample.constructor_input
            raise AssertionError(f"sample {i} of {name}: {sample.desc} {given.args} {given.kwargs}") from error
    assert curved == second, "no sample has second derivatives: say so in FIRST_ORDER"


class OfWeights(nn.Linear):
    """A layer as it should be, in other words."""

    def forward(self, x: Any) -> Any:
        y = x @ self.weight.T
        return y if self.bias is None else y + self.bias


class OfLargeWeights(nn.Linear):
    """A wrong output."""

    def forward(self, x: Any) -> Any:
        return super().forward(x) * (1 + 1e-5)


class OfFixedWeights(nn.Linear):
    """A parameter without its gradient."""

    def forward(self, x: Any) -> Any:
        return tg.linear(x, self.weight.detach(), self.bias)


class OfMoreWeights(nn.Linear):
    """A parameter that PyTorch's has not."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.more = nn.Parameter(tg.ones(1))


@pytest.mark.parametrize(
    ("layer", "wrong"),
    [(OfWeights, False), (OfLargeWeights, True), (OfFixedWeights, True), (OfMoreWeights, True)],
)
def test_what_is_wrong_is_found(layer: Any, wrong: bool, samples: Samples, monkeypatch: Any) -> None:
    monkeypatch.setattr(nn, "Linear", layer)
    sample = next(sample for sample, _, _ in samples["Linear"])
    with pytest.raises((AssertionError, ValueError)) if wrong else nullcontext():
        compare(torch, "Linear", torch.nn.Linear, sample, True, True)


def test_exclusions_are_few_and_alive(samples: Samples) -> None:
    # Each leaves out a sample of each of its names, and at least half of the samples of a module are used.
    alive = {(exclusion.reason, name) for name in BOTH for _, _, exclusion in samples[name] if exclusion is not None}
    assert alive == {(exclusion.reason, name) for exclusion in EXCLUSIONS for name in exclusion.names}
    assert all(2 * len(used(samples[name])) >= len(samples[name]) for name in BOTH)
    assert set(FIRST_ORDER) <= set(BOTH)


# What has been reached, so that nothing of it is lost unnoticed.
MODULES, SAMPLES, LEFT_OUT = 114, 2160, 3


def test_counts(samples: Samples, record_property: Any) -> None:
    print()
    for name in BOTH:
        reasons = Counter(exclusion.reason for _, _, exclusion in samples[name] if exclusion is not None)
        left_out = "; ".join(f"{count} left out: {reason}" for reason, count in reasons.items())
        print(f"{name:<24}{len(used(samples[name])):>4} samples  {left_out}".rstrip())
    print(f"not here: {', '.join(ABSENT)}")
    kept = sum(len(used(samples[name])) for name in BOTH)
    counts = {
        "modules": len(BOTH),
        "modules with second order": len(BOTH) - len(FIRST_ORDER),
        "samples": kept,
        "samples left out": sum(len(samples[name]) for name in BOTH) - kept,
    }
    for name, count in counts.items():
        record_property(name, count)
    print(counts)
    assert counts["modules"] >= MODULES
    assert counts["samples"] >= SAMPLES
    assert counts["samples left out"] <= LEFT_OUT


def used(samples: list[tuple[Any, bool, Exclusion | None]]) -> list[Any]:
    return [sample for sample, _, exclusion in samples if exclusion is None]
