"""Every sample of PyTorch's operator database for what both have: values, gradients, second order."""

from __future__ import annotations

import random
import warnings
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.autograd.op import elementwise, op, vjp

from .both_sides import AFTER, BEFORE
from .calls import CALLS
from .comparison import compare
from .exclusions import EXCLUSIONS, FIRST_ORDER, MOSTLY_EXCLUDED, Exclusion, exclusion_of

torch = pytest.importorskip("torch", reason="the oracle is not installed: pip install tinygrad_nn[oracle]")
pytest.importorskip("expecttest", reason="PyTorch's samples need it: pip install tinygrad_nn[oracle]")


@pytest.fixture(scope="session")
def op_db(device: str) -> Any:
    """The database, by name and variant."""
    if device != "cpu":
        pytest.skip("PyTorch is on the CPU here, and the other devices run the table of operations")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_methods_invocations import op_db
    return {f"{op.name}:{op.variant_test_name}" if op.variant_test_name else op.name: op for op in op_db}


def drawn(opinfo: Any) -> list[Any]:
    """The samples in float64; they are the same every time, and nobody else's random numbers change."""
    states = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            random.seed(0)
            np.random.seed(0)
            torch.manual_seed(0)
            return list(opinfo.sample_inputs("cpu", torch.float64, requires_grad=opinfo.supports_autograd))
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])


@pytest.fixture(scope="session")
def samples(op_db: Any) -> dict[str, list[tuple[Any, Exclusion | None]]]:
    """All samples of every name, each with the exclusion that leaves it out, if one does."""
    return {name: [(sample, exclusion_of(name, sample)) for sample in drawn(op_db[name])] for name in CALLS}


def has_second_order(name: str, opinfo: Any) -> bool:
    return opinfo.supports_autograd and opinfo.supports_gradgrad and name not in FIRST_ORDER


@pytest.mark.parametrize("name", CALLS)
def test_samples_agree(name: str, op_db: Any, samples: Any) -> None:
    opinfo = op_db[name]
    second = has_second_order(name, opinfo)
    curved = False
    for i, (sample, exclusion) in enumerate(samples[name]):
        if exclusion is not None:
            continue
        try:
            curved |= compare(torch, name, opinfo, sample, second)
        except Exception as error:
            raise AssertionError(f"sample {i} of {name}: {sample.summary()}") from error
    assert curved == second, "no sample has second derivatives: say so in FIRST_ORDER"


@op()
def constant_exp(xp: Any, x: Any) -> Any:
    """An exponential without a gradient."""
    return xp.exp(x)


@elementwise(vjp(lambda xp, g, y, x: g * constant_exp(x), reads="x"))
def flat_exp(xp: Any, x: Any) -> Any:
    """An exponential whose gradient has none."""
    return xp.exp(x)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        pytest.param(lambda x: tg.exp(x) * (1 + 1e-5), True, id="value"),
        pytest.param(lambda x: tg.exp(x.detach()), True, id="gradient"),
        pytest.param(flat_exp, True, id="second order"),
        pytest.param(lambda x: tg.exp(x).astype(tg.complex128), True, id="dtype"),
        pytest.param(lambda x: 1 / tg.exp(-x), False, id="nothing"),
    ],
)
def test_what_is_wrong_is_found(wrong: Any, found: bool, op_db: Any, samples: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(CALLS, "exp", wrong)
    with pytest.raises(AssertionError) if found else nullcontext():
        compare(torch, "exp", op_db["exp"], samples["exp"][0][0], True)


def test_exclusions_are_few_and_alive(samples: Any) -> None:
    # Each leaves out a sample of each of its names, and at least half of the samples of a name are used.
    alive = {(exclusion.reason, name) for name in CALLS for _, exclusion in samples[name] if exclusion is not None}
    assert alive == {(exclusion.reason, name) for exclusion in EXCLUSIONS for name in exclusion.names}
    mostly = [name for name in CALLS if 2 * len(used(samples[name])) < len(samples[name])]
    assert sorted(mostly) == sorted(MOSTLY_EXCLUDED)
    assert {*FIRST_ORDER, *MOSTLY_EXCLUDED, *BEFORE, *AFTER} <= set(CALLS)


# What has been reached, so that nothing of it is lost unnoticed.
NAMES, SECOND_ORDER, SAMPLES, LEFT_OUT = 351, 293, 4226, 195


def test_counts(op_db: Any, samples: Any, record_property: Any) -> None:
    kept = [len(used(samples[name])) for name in CALLS]
    counts = {
        "names": len(CALLS),
        "names with second order": sum(has_second_order(name, op_db[name]) for name in CALLS),
        "samples": sum(kept),
        "samples left out": sum(len(samples[name]) for name in CALLS) - sum(kept),
    }
    for name, count in counts.items():
        record_property(name, count)
    print(counts)
    assert min(kept) > 0
    assert counts["names"] >= NAMES
    assert counts["names with second order"] >= SECOND_ORDER
    assert counts["samples"] >= SAMPLES
    assert counts["samples left out"] <= LEFT_OUT


def used(samples: list[tuple[Any, Exclusion | None]]) -> list[Any]:
    return [sample for sample, exclusion in samples if exclusion is None]
