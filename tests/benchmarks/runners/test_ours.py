"""Our own runners: what is reported as compiled is compiled."""

from __future__ import annotations

import warnings

import pytest

import tinygrad_nn as tg
from benchmarks import steps, workloads
from benchmarks.runners import ours
from benchmarks.workloads import WORKLOADS


def test_a_step_that_cannot_be_compiled_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def reads_its_value(y: tg.Tensor, t: tg.Tensor) -> tg.Tensor:
        loss = tg.mean((y - t) ** 2)
        return loss * 2 if float(loss) < 0 else loss

    monkeypatch.setitem(ours.LOSSES, "mse", reads_its_value)
    materials = steps.materials(WORKLOADS["tiny"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        step = ours.make_compiled_step(*materials)
        with pytest.raises(tg.CompileWarning):
            step()


@pytest.mark.parametrize("name", WORKLOADS)
def test_compiled_steps_have_the_right_losses(name: str) -> None:
    workload = workloads.shrink(WORKLOADS[name])
    step = ours.make_compiled_step(*steps.materials(workload))
    assert steps.losses_agree(steps.first_losses(step), steps.reference_losses(workload))
