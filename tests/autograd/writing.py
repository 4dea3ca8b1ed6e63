"""Random programs of views, operations and writes in place, step by step beside the naive model of `naive.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import tinygrad_nn as tg
from tinygrad_nn import optim

from . import jets
from .jets import DIRECTIONS, Jet
from .naive import Naive, Step, derived
from .words import (
    BINARY,
    IN_PLACE,
    INDICES,
    LARGEST,
    LAYOUT,
    MOST,
    OPERATE,
    PLACES,
    SHAPES,
    UNARY,
    WAYS,
    flags,
    mostly,
    numbers,
    which,
)

__all__ = ["Writing", "counted"]


def counted(array: Any) -> Any:
    return np.arange(array.size).reshape(array.shape)


def combined(op: str, x: Any, a: Jet, y: Any, b: Jet) -> Jet:
    """The jet of a binary operation whose operands broadcast."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    a, b = (jets.moved(j, np.broadcast_to(counted(v), shape)) for j, v in ((a, x), (b, y)))
    if op == "*":
        return jets.product(np.broadcast_to(x, shape), a, np.broadcast_to(y, shape), b)
    return jets.plus(a, b, 1 if op == "+" else -1)


class Writing(RuleBasedStateMachine):
    """`everyone` holds the model's tensors, each with the real one; where something is refused, it goes on without."""

    device = "cpu"

    def __init__(self) -> None:
        super().__init__()
        self.everyone: list[Naive] = []
        self.leaves: list[Naive] = []
        self.free = 0  # the next direction that is not taken
        self.marks: list[slice] = []  # directions of computed tensors
        self.random = np.random.default_rng(0)

    # Helpers

    def pick(self, n: int, fits: Callable[[Naive], bool] = lambda t: True) -> Naive | None:
        """One of those that fit, rather a new one, and mostly one that is recorded."""
        fitting = [t for t in reversed(self.everyone) if fits(t)]
        if n % 4:
            fitting = [t for t in fitting if t.step] or fitting
        return fitting[n // 4 % len(fitting)] if fitting else None

    def keep(self, tensor: Naive) -> None:
        self.everyone.append(tensor)
        while len(self.everyone) > MOST:
            self.drop(next((t for t in self.everyone if not t.is_leaf), self.everyone[0]))  # the oldest

    def drop(self, *tensors: Naive) -> None:
        for tensor in tensors:
            self.everyone = [t for t in self.everyone if t is not tensor]
            self.leaves = [t for t in self.leaves if t is not tensor]

    def held(self) -> list[Naive]:
        """All that may share memory with something: also gradients that nobody has taken."""
        grads = [t.grad for t in self.leaves if t.grad and not any(t.grad is other for other in self.everyone)]
        return self.everyone + grads

    def attempt(self, run: Callable[[], Any], must: bool, may: bool) -> Any:
        """The result, or None where it is refused; `must` it be, `may` it be."""
        try:
            result = run()
        except tg.GraphError:
            if may or must:
                return None
            raise  # refused without a reason
        assert not must, "a recorded write went past this tensor, and yet it was used"
        return result

    def use(self, run: Callable[[], Any], recording: bool, *operands: Naive) -> Any:
        """The result of an operation on these operands; those that may be behind are given up if it is refused."""
        with tg.set_grad_enabled(recording):
            result = self.attempt(
                run, recording and any(t.lost for t in operands), recording and any(t.is_behind for t in operands)
            )
        if result is None:
            self.drop(*[t for t in operands if t.is_behind])
        return result

    def step(self, recording: bool, *operands: Naive) -> Step | None:
        if not recording or not any(t.requires_grad for t in operands):
            return None
        for t in operands:
            t.is_used = True
        return Step([s for t in operands for s in t.steps], [t.memory for t in operands])

    def result(self, real: Any, value: Any, jet: Jet, recording: bool, *operands: Naive) -> None:
        step = self.step(recording, *operands)
        made = derived(real, value, jet, step)
        if step:
            step.kept.append((made.memory, 0))
        self.keep(made)

    def is_small(self, *parts: Any) -> bool:
        return all(bool(np.all(~(np.abs(part) > LARGEST))) for part in parts)

    def is_tame(self, *tensors: Naive) -> bool:
        return all(self.is_small(t.array, t.jet.first, t.jet.second / LARGEST) for t in tensors)

    # Making tensors

    @initialize()
    def begin(self) -> None:
        self.make((2, 2), True)
        self.make((2, 2), False)
        self.make((2,), True)

    def make(self, shape: tuple[int, ...], is_leaf: bool) -> None:
        values = self.random.uniform(-1.5, 1.5, shape)
        real = tg.asarray(values.copy(), device=self.device)
        self.keep(Naive(real, values, jets.constant(shape)))
        if is_leaf:
            self.require(self.everyone[-1])

    def require(self, t: Naive) -> None:
        if t.requires_grad or self.free + t.array.size > DIRECTIONS:
            return
        t.real.requires_grad_()
        t.is_leaf = True
        t.mark(self.free)
        self.free += t.array.size
        self.leaves.append(t)

    @rule(n=which, what=st.sampled_from(["make", "make a leaf", "require a gradient", "forget"]),
          shape=st.sampled_from(SHAPES))  # fmt: skip
    def manage(self, n: int, what: str, shape: tuple[int, ...]) -> None:
        t = self.pick(n)
        if t is None or what in ("make", "make a leaf"):
            self.make(shape, what == "make a leaf")
        elif what == "forget":
            self.drop(t)
        else:
            self.require(t)

    # Views and operations

    @precondition(lambda self: self.everyone)
    @rule(n=which, name=st.sampled_from(sorted(WAYS)), recording=mostly)
    def view(self, n: int, name: str, recording: bool) -> None:
        t = self.pick(n)
        real_way, way = WAYS[name]
        if name in LAYOUT and t.array.ndim > 1 and self.device != "cpu":
            return  # whether it is a view depends on the layout, which cannot be seen there
        if name == "diagonal" and (t.array.ndim < 2 or t.array.shape[-1] != t.array.shape[-2]):
            return
        try:
            array, places = way(t.array), way(counted(t.array))
        except (IndexError, ValueError, np.exceptions.AxisError):
            return  # the shape has no such view
        if not 0 < array.size <= 8 or array.ndim > 3:
            return
        real = self.use(lambda: real_way(t.real), recording, t)
        if real is None:
            return
        step = self.step(recording, t)
        jet = jets.moved(t.jet, places) if step else jets.constant(array.shape)
        # A reshape may be a copy; then the framework need not find out, and may take it for a view.
        made = Naive(real, array, jet, memory=t.memory, family=t.family, apart=t.apart, step=step)
        made.known, made.lost = t.known, t.lost and np.shares_memory(t.array, array)
        self.keep(made)

    @precondition(lambda self: self.everyone)
    @rule(n=which)
    def detach(self, n: int) -> None:
        t = self.pick(n)
        self.keep(Naive(t.real.detach(), t.array, jets.constant(t.array.shape), memory=t.memory, apart=True))

    @precondition(lambda self: self.everyone)
    @rule(n=which, name=st.sampled_from(sorted(UNARY)), recording=mostly)
    def unary(self, n: int, name: str, recording: bool) -> None:
        t = self.pick(n, self.is_tame)
        if t is None:
            return
        real_f, f, slope, curvature = UNARY[name]
        x = t.array.copy()
        y = f(x)
        if not self.is_small(y):
            return
        real = self.use(lambda: real_f(t.real), recording, t)
        if real is not None:
            self.result(real, y, jets.through(t.jet, slope(x, y), curvature(x, y)), recording, t)

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, op=st.sampled_from(BINARY), recording=mostly)
    def binary(self, n: int, m: int, op: str, recording: bool) -> None:
        a = self.pick(n, self.is_tame)
        b = a and self.pick(m, lambda t: self.fit(a.array, t.array) and self.is_tame(t))
        if a is None or b is None:
            return
        value = OPERATE[op](a.array, b.array)
        if value.size > 8 or not self.is_small(value):
            return
        real = self.use(lambda: OPERATE[op](a.real, b.real), recording, a, b)
        if real is not None:
            self.result(real, value, combined(op, a.array, a.jet, b.array, b.jet), recording, a, b)

    @staticmethod
    def fit(a: Any, b: Any) -> bool:
        try:
            np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            return False
        return True

    @precondition(lambda self: self.everyone)
    @rule(n=which, recording=mostly, mean=flags)
    def reduce(self, n: int, recording: bool, mean: bool) -> None:
        t = self.pick(n, self.is_tame)
        if t is None:
            return
        scale = 1 / t.array.size if mean else 1
        real = self.use(lambda: t.real.mean() if mean else t.real.sum(), recording, t)
        if real is not None:
            jet = jets.summed(t.jet, tuple(range(t.array.ndim)))
            self.result(real, t.array.sum() * scale, Jet(jet.first * scale, jet.second * scale), recording, t)

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, recording=mostly)
    def matmul(self, n: int, m: int, recording: bool) -> None:
        a = self.pick(n, lambda t: t.array.ndim == 2 and self.is_tame(t))
        b = a and self.pick(m, lambda t: t.array.ndim == 2 and len(t.array) == a.array.shape[1] and self.is_tame(t))
        if a is None or b is None:
            return
        value = a.array @ b.array
        if value.size > 8 or not self.is_small(value):
            return
        real = self.use(lambda: a.real @ b.real, recording, a, b)
        if real is not None:
            x, y = a.array[:, :, None], b.array[None]
            jet_a = jets.moved(a.jet, counted(a.array)[:, :, None])
            jet_b = jets.moved(b.jet, counted(b.array)[None])
            self.result(real, value, jets.summed(combined("*", x, jet_a, y, jet_b), (1,)), recording, a, b)

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, recording=mostly)
    def stack(self, n: int, m: int, recording: bool) -> None:
        a = self.pick(n, lambda t: t.array.size <= 4)
        b = a and self.pick(m, lambda t: t.array.shape == a.array.shape)
        if a is None or b is None:
            return
        real = self.use(lambda: tg.stack([a.real, b.real]), recording, a, b)
        if real is not None:
            self.result(real, np.stack([a.array, b.array]), jets.joined([a.jet, b.jet]), recording, a, b)

    # Writes

    def write(self, t: Naive, operands: list[Naive], run: Callable[[], Any], index: Callable[[Any], Any], value: Any,
              jet: Jet, recording: bool) -> None:  # fmt: skip
        """Write `value` to a part of `t`; `operands` are those of the operation, without `t`."""
        region, places = index(t.array), index(counted(t.array))
        if t.is_leaf and self.random.random() < 0.8:
            recording = False  # the other way is always refused
        refused = recording and t.is_leaf
        with tg.set_grad_enabled(recording):
            result = self.attempt(
                lambda: (run(),),  # writing gives nothing
                refused or (recording and any(x.lost for x in (t, *operands))),
                recording and any(x.is_behind for x in (t, *operands)),
            )
        if result is None:
            self.drop(*[x for x in (t, *operands) if x.is_behind])
            return
        step = self.step(recording, t, *operands)
        value = np.broadcast_to(value, region.shape).copy()
        full = jets.placed(t.jet, places, jet)
        t.written(region, value, full if step else t.jet, step, self.held())

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, name=st.sampled_from(sorted(PLACES)), number=st.none() | numbers, recording=flags)
    def set_item(self, n: int, m: int, name: str, number: float | None, recording: bool) -> None:
        t = self.pick(n, lambda t: t.array.ndim > 0 and t.array.flags.writeable)
        if t is None:
            return
        index = INDICES[name]
        region = index(t.array)
        if number is not None:
            operands, value, jet, given = [], np.float64(number), jets.constant(region.shape), number
        else:
            v = self.pick(m, lambda v: self.fits_into(v.array, region.shape))
            if v is None:
                return
            operands, value, given = [v], v.array.copy(), v.real
            jet = jets.moved(v.jet, np.broadcast_to(counted(v.array), region.shape))
        self.write(t, operands, lambda: t.real.__setitem__(PLACES[name], given), index, value, jet, recording)

    @staticmethod
    def fits_into(value: Any, shape: tuple[int, ...]) -> bool:
        try:
            return np.broadcast_shapes(value.shape, shape) == shape
        except ValueError:
            return False

    @precondition(lambda self: self.everyone)
    @rule(n=which, m=which, op=st.sampled_from(BINARY), number=st.none() | numbers, recording=flags)
    def in_place(self, n: int, m: int, op: str, number: float | None, recording: bool) -> None:
        t = self.pick(n, lambda t: t.array.flags.writeable and self.is_tame(t))
        if t is None:
            return
        if number is not None:
            operands, other, other_jet, given = [], np.float64(number), jets.constant(()), number
        else:
            v = self.pick(m, lambda v: self.fits_into(v.array, t.array.shape) and self.is_tame(v))
            if v is None:
                return
            operands, other, other_jet, given = [v], v.array.copy(), v.jet, v.real
        value = OPERATE[op](t.array, other)
        if not self.is_small(value):
            return
        jet = combined(op, t.array.copy(), t.jet, np.asarray(other), other_jet)
        self.write(t, operands, lambda: IN_PLACE[op](t.real, given), lambda x: x[...], value, jet, recording)

    @precondition(lambda self: self.leaves)
    @rule(n=which, by_hand=flags)
    def update(self, n: int, by_hand: bool) -> None:
        """What an optimizer does."""
        t = self.leaves[n % len(self.leaves)]
        if t.grad is None or not t.array.flags.writeable or not self.is_small(t.grad.array / 10):
            return
        if by_hand:
            with tg.no_grad():
                t.real -= 0.125 * t.real.grad
        else:
            optim.SGD([t.real], lr=0.125).step()
        t.written(t.array, t.array - 0.125 * t.grad.array, t.jet, None, self.held())
