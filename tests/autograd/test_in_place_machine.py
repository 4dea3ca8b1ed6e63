"""Whatever is written in place, and whenever: a result or gradient is right, or it is refused with a `GraphError`.

Random programs of views, writes, modes and backward run beside a naive model (`naive.py`), which knows all values and
derivatives without a graph. The Hypothesis profile "thorough" runs many more of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

import tinygrad_nn as tg
from tinygrad_nn.autograd import backward
from tinygrad_nn.autograd.graph import Node
from tinygrad_nn.autograd.variable import Variable

from . import jets
from .jets import DIRECTIONS, Jet
from .naive import Naive, Step, ancestors, derived
from .words import flags, mostly, rarely, which
from .writing import Writing, counted

THOROUGH = settings.get_current_profile_name() == "thorough"
RUNS, STEPS = (settings.default.max_examples, settings.default.stateful_step_count) if THOROUGH else (40, 50)


class Programs(Writing):
    """Gradients of what was written."""

    @precondition(lambda self: self.leaves)
    @rule(n=which, take=flags)
    def take_or_zero_grad(self, n: int, take: bool) -> None:
        leaf = self.leaves[n % len(self.leaves)]
        grad = leaf.grad
        if not take:
            leaf.grad = leaf.real.grad = None
        elif grad is not None and not any(grad is t for t in self.everyone):
            self.keep(grad)

    @precondition(lambda self: self.everyone)
    @rule(n=which)
    def mark(self, n: int) -> None:
        """From now on, gradients with respect to this computed tensor are known."""
        t = self.pick(n, lambda t: t.step is not None and not t.place and not t.is_used)
        if t is None or self.free + t.array.size > DIRECTIONS:
            return
        t.mark(self.free)
        self.marks.append(t.place)
        self.free += t.array.size

    def seed(self, t: Naive, plain: bool, m: int) -> tuple[Any, Any, Jet, list[Naive]]:
        """The gradient to start from: for the framework, its values and jet, and the tensor it is, if it is one."""
        if plain and t.array.size == 1:
            return None, np.ones(t.array.shape), jets.constant(t.array.shape), []
        other = self.pick(
            m, lambda x: x is not t and x.array.shape == t.array.shape and not x.is_behind and self.is_tame(x)
        )
        if other is not None and m % 2:
            return other.real, other.array, other.jet, [other]
        values = self.random.uniform(0.5, 1.5, t.array.shape)
        return tg.asarray(values.copy(), device=self.device), values, jets.constant(t.array.shape), []

    def flow(self, t: Naive, run: Callable[[], Any], used: list[Naive], retain: bool) -> tuple[bool, Any]:
        """Run a backward from `t`, which may be refused for what happened to the steps before it."""
        steps = list(ancestors(t.step))
        may = t.is_behind or t.lost or any(step.may_be_refused() for step in steps)
        try:
            result = run()
        except tg.GraphError:
            if not may:
                raise  # refused without a reason
            for step in steps:
                step.used_up = True
            self.drop(t)
            for leaf in self.leaves:
                leaf.grad = leaf.real.grad = None
            return False, None
        assert not t.lost, "a recorded write went past this tensor, and yet it was differentiated"
        if not retain:
            for step in steps:
                step.used_up = True
        return True, result

    def gradient_step(self, t: Naive, used: list[Naive]) -> Step:
        """What a recorded backward may have kept: all that the forward kept, as it is now."""
        for x in used:
            x.is_used = True
        reached = list(ancestors(t.step))
        kept = [memory for step in reached for memory, _ in step.kept]
        return Step([*t.steps, *(s for x in used for s in x.steps)], [*kept, *(x.memory for x in used)])

    def gradient(self, real: Any, t: Naive, seed: Any, seed_jet: Jet, place: slice, step: Step | None) -> Naive:
        value, jet = t.pulled_back(seed, seed_jet, place)
        value = value.reshape(real.shape)
        jet = jets.moved(jet, counted(value))
        for mark in self.marks:  # a rule may take a value of the forward from its input or its output: both are right
            jet.first[..., mark] = np.nan
        if real.requires_grad:
            assert step is not None
        else:  # what is not recorded must be constant, or this is where the derivative was lost
            assert step is None or not np.any(np.nan_to_num(jet.first))
            step = None
        return derived(real, value, jet, step)

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, plain=flags, retain=mostly, create=rarely, recording=mostly)
    def backward(self, n: int, m: int, plain: bool, retain: bool, create: bool, recording: bool) -> None:
        t = self.pick(n, lambda t: t.requires_grad and self.is_tame(t))
        if t is None:
            return
        real_seed, seed, seed_jet, used = self.seed(t, plain, m)
        grads = [leaf.grad for leaf in self.leaves if leaf.grad]
        if create and any(grad.is_behind for grad in grads):
            return
        old = [leaf.real.grad for leaf in self.leaves]
        with tg.set_grad_enabled(recording):
            done, _ = self.flow(
                t, lambda: t.real.backward(real_seed, retain_graph=retain, create_graph=create), used, retain or create
            )
        if not done:
            return
        step = self.gradient_step(t, used) if create else None
        for leaf, before in zip(self.leaves, old):
            found = leaf.real.grad
            value, _ = t.pulled_back(seed, seed_jet, leaf.place)
            if found is before:  # nothing has flowed, so there must be nothing
                assert not np.any(np.nan_to_num(value))
                continue
            if leaf.grad is None:
                leaf.grad = self.gradient(found, t, seed, seed_jet, leaf.place, step)
                continue
            _, jet = t.pulled_back(seed, seed_jet, leaf.place)
            value = leaf.grad.array + value.reshape(found.shape)
            jet = jets.plus(leaf.grad.jet, jets.moved(jet, counted(value)))
            for mark in self.marks:
                jet.first[..., mark] = np.nan
            joined = Step([*leaf.grad.steps, *([step] if step else [])], [leaf.grad.memory]) if create else None
            if create and not found.requires_grad:
                assert not np.any(np.nan_to_num(jet.first))
                joined = None
            leaf.grad = derived(found, value, jet, joined)

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, k=which, plain=flags, retain=mostly, create=rarely)
    def grad(self, n: int, m: int, k: int, plain: bool, retain: bool, create: bool) -> None:
        t = self.pick(n, lambda t: t.requires_grad and self.is_tame(t))
        targets = [x for x in self.everyone if x.place and not x.is_behind]
        if t is None or not targets:
            return
        target = targets[k % len(targets)]
        real_seed, seed, seed_jet, used = self.seed(t, plain, m)
        done, result = self.flow(
            t,
            lambda: tg.autograd.grad(t.real, target.real, real_seed, retain_graph=retain, create_graph=create,
                                     allow_unused=True),
            used, retain or create,
        )  # fmt: skip
        if not done:
            return
        found = result[0]
        if found is None:
            assert not np.any(np.nan_to_num(t.pulled_back(seed, seed_jet, target.place)[0]))
            return
        step = self.gradient_step(t, used) if create else None
        self.keep(self.gradient(found, t, seed, seed_jet, target.place, step))

    # What must hold after each step

    @invariant()
    def values_are_right(self) -> None:
        for t in self.held():
            found = t.real.detach().numpy()
            assert found.shape == t.array.shape
            assert t.real.requires_grad == t.requires_grad
            known = ~np.isnan(t.array)
            scale = max(1.0, float(np.max(np.abs(t.array), initial=0, where=known)))
            np.testing.assert_allclose(found[known], t.array[known], rtol=1e-9, atol=1e-9 * scale)
        for leaf in self.leaves:
            assert (leaf.grad is None) == (leaf.real.grad is None)


def run(device: str, **how: Any) -> None:
    machine = type("ProgramsOnDevice", (Programs,), {"device": device})
    run_state_machine_as_test(
        machine,
        settings=settings(report_multiple_bugs=False, suppress_health_check=list(HealthCheck), **how),
    )


def test_random_programs_are_right_or_refused(device: str) -> None:
    run(device, max_examples=RUNS, stateful_step_count=STEPS)


# The machine itself must be able to fail


def forget_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes do not know which values they saved."""
    monkeypatch.setattr(Node, "__init__", lambda self, op, attrs, parents, saved, versions, xp, init=Node.__init__:
                        init(self, op, attrs, parents, saved, [], xp))  # fmt: skip


def forget_recorded_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views do not notice what was written past them."""
    monkeypatch.setattr(Variable, "is_behind", False)


def forget_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backward does not look at the tensor that it starts from."""
    monkeypatch.setattr(backward, "refuse_behind", lambda name, x: None)


@pytest.mark.parametrize("fault", [forget_versions, forget_recorded_writes, forget_the_start])
def test_faults_are_found(fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        run("cpu", max_examples=300, stateful_step_count=60, derandomize=True, database=None, phases=[Phase.generate])
