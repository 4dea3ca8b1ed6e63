"""Running a program on the CPU: one call for each step, into memory that is there already."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter, is_
from typing import Any

import numpy as np

from ..backend.live import LiveNumber
from ..backend.recorder import Instruction
from .binding import Call, assign, bind_instruction, starting
from .bundles import Bundles
from .fusion import Group
from .plan import ALIGNMENT, Plan
from .program import Gradient, Program, found
from .region_calls import RegionCalls
from .regions import Region
from .results import Results
from .simplify import looked_at, references, replaced
from .tiers import Tiers

__all__ = ["Executor", "executor_for"]

ARRAY = attrgetter("array")
STAGED = 4 << 20  # bytes of an input up to which copying it takes less time than binding anew what reads it


def executor_for(program: Program) -> Callable[..., Any]:
    """What runs a program fastest where its arrays are: an `Executor` on the CPU, elsewhere the program itself.

    It takes the tensors among the arguments, in order. One call at a time: calls share the memory of what is computed.
    """
    on_cpu = all(device == "cpu" for *_, device in program.inputs)
    on_cpu = on_cpu and all(found(place).device == "cpu" for _, place in program.state)
    on_cpu = on_cpu and all(type(a) is np.ndarray for a in program.constants.values())
    return Executor(program) if on_cpu and program.instructions else program


class Executor:
    """A program with everything decided that can be: which calls, on which arrays.

    It is bound to the arrays of the first call. When an input or a state comes in another array the steps that read it
    are bound anew. That takes longer than copying an input that is not large: such a one is bound to memory of its own
    when it comes in another array for the first time, and copied there from then on.

    Parameters
    ----------
    program : Program
        Of arrays on the CPU.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.plan = Plan(program)
        self.bound: list[list[Call]] = []
        self.calls: list[Call] = []
        self.bundles = Bundles()
        self.arrays: dict[int, Any] = {}  # of sources and of computed values, by number
        self.views: dict[int, tuple[Any, list[Call]]] = {}
        self.fills: list[Call] = []  # what has to be copied before the step that is being bound
        self.readers: dict[int, list[int]] = {}
        self.tiers = Tiers()
        self.kernels: list[Any] = []  # of the steps that are groups or regions
        self.results: Results | None = None  # known when there are arrays
        self.tensors = [place for _, place in program.state if type(place) is not Gradient]
        self.known: list[Any] = [None] * len(self.tensors)  # their arrays in the last run
        self.gradients = len(self.tensors) < len(program.state)  # whether some of the state are gradients
        self.changed: list[int] = []  # what came in another array, until all that has to do with it is bound anew
        self.staged: set[int] = set()  # the inputs and the draws that have memory of their own
        self.numbers = {n: draw for n, draw in program.draws.items() if type(draw) is LiveNumber}
        self.draws = {n: draw for n, draw in program.draws.items() if n not in self.numbers}

    def __call__(self, *given: Any) -> Any:
        """Do what the program does, on tensors that it is for: they are not looked at (see `Program.checked`)."""
        program = self.program
        for action in program.actions:
            action()
        for (number, *_), tensor in zip(program.inputs, given):
            self._set(number, tensor.array)
        if self.gradients or not all(map(is_, map(ARRAY, self.tensors), self.known)):
            self._look_at_state()
        for number, draw in self.draws.items():
            self._set(number, draw())
        for read in self.numbers.values():  # into the array that it has
            read()
        if self.results is None:
            self.results = self._bind_all()
            self.changed = []
        else:
            self._renew(self.results)
        try:
            for function, arguments in self.calls:
                function(*arguments)
        except BaseException:
            self.results.abandon()
            raise
        return self.results.collect(given)

    def _look_at_state(self) -> None:
        """Take over the arrays of state that are others than in the last run."""
        for number, place in self.program.state:
            array = found(place).array
            if self.arrays.get(number) is not array:
                self.changed.append(number)
                self.arrays[number] = array
        self.known = list(map(ARRAY, self.tensors))

    def _renew(self, results: Results) -> None:
        """Bind the steps that have to do with other arrays than in the last run; keeps no reference to these."""
        fresh = results.renewed()
        if self.changed or fresh:
            self.changed += fresh
            self.arrays.update(fresh)
            self._bind_again(self.changed)
            self.changed = []
            results.counted = False

    def _set(self, number: int, array: Any) -> None:
        """Take over the array of an input."""
        if number in self.staged:
            self.arrays[number][...] = array
        elif self.arrays.get(number) is not array:
            self.changed.append(number)
            if number in self.arrays and self.plan.bytes_of(number) <= STAGED:
                array = np.array(array)
                self.staged.add(number)
            self.arrays[number] = array

    # Arrays

    def _array(self, number: int) -> Any:
        """The array of a value: of a source, a computed one, or a view of these."""
        number = self.plan.number(number)
        view = self.plan.views.get(number)
        if view is None:
            return self.arrays[number]
        if number not in self.views:
            self.views[number] = self._look(view)
        array, fills = self.views[number]
        known = set(map(id, self.fills))
        self.fills += [fill for fill in fills if id(fill) not in known]
        return array

    def _look(self, view: Instruction) -> tuple[Any, list[Call]]:
        """A view, and the calls that fill it where it must be a copy: a transpose cannot be reshaped in place."""
        before, self.fills = self.fills, []
        args, kwargs = replaced((view.args, view.kwargs), self._array)
        array = looked_at(view, args[0], args[1:], kwargs)
        source = self._array(next(references((view.args, view.kwargs))))
        fills, self.fills = self.fills, before
        if array.size and not np.may_share_memory(array, source):
            fills = [*fills, bind_instruction(view, args, kwargs, array)]
        return array, fills

    def _allocate(self) -> None:
        plan = self.plan
        arena = np.empty(plan.arena_size + ALIGNMENT, np.uint8)
        start = -arena.ctypes.data % ALIGNMENT
        for n, buffer in plan.buffers.items():
            shape, dtype = plan.values[n]
            offset = start + buffer.offset
            self.arrays[n] = arena[offset : offset + plan.bytes_of(n)].view(dtype).reshape(shape)
        for n in plan.kept:
            self.arrays[n] = np.empty(*plan.values[n])
        for n, array in plan.constants.items():
            self.arrays[n] = np.ascontiguousarray(array).reshape(array.shape)

    # Binding

    def _bind_all(self) -> Results:
        self._allocate()
        self.arrays.update((n, number.array) for n, number in self.numbers.items())
        for n, state in self.plan.in_place.items():
            self.arrays[n] = self.arrays[state]
        self.kernels = [self._kernel(step) for step in self.plan.steps]
        self.bound = [self._bind(k) for k in range(len(self.plan.steps))]
        for k, step in enumerate(self.plan.steps):
            for n in self.plan.reads_of(k) | set(self.plan.outputs_of(step)):
                self.readers.setdefault(n, []).append(k)
        self._flatten()
        return Results(self.plan, self._array)

    def _bind_again(self, changed: list[int]) -> None:
        """Bind the steps anew that have to do with arrays which are others now."""
        written = {state: n for n, state in self.plan.in_place.items()}
        for state in changed:
            if state in written:
                self.arrays[written[state]] = self.arrays[state]
        numbers = {*changed, *(written[s] for s in changed if s in written)}
        self.views = {n: view for n, view in self.views.items() if self.plan.root(n) not in numbers}
        for k in sorted({k for n in numbers for k in self.readers.get(n, ())}):
            self.bound[k] = self._bind(k)
        self._flatten()

    def _flatten(self) -> None:
        calls = self._checks(-1)
        for place, bound in enumerate(self.bound):
            calls += [*bound, *self._checks(place)]
        self.fills = []
        for n in self.plan.wanted:  # what is looked at when all steps are done
            self._array(n)
        calls += self.fills
        self.fills = []
        copies = [Call(assign, (self.arrays[state], self._array(n))) for state, n in self.plan.copied]
        self.calls = self.bundles.joined([*calls, *self.fills, *copies])

    def _checks(self, place: int) -> list[Call]:
        """The calls that make sure of what a step has computed; -1 stands for what is there before all steps."""
        self.fills = []
        checks = [check for check in self.program.checks if self.plan.made_by(check.number) == place]
        calls = [Call(check.require, (self._array(check.number),)) for check in checks]
        return [*self.fills, *calls]

    def _kernel(self, step: Any) -> Any:
        """What computes a step, whatever the arrays are."""
        plan = self.plan
        if isinstance(step, Region):
            return RegionCalls(step, self.tiers, plan.stored)
        if not isinstance(step, Group):
            return None
        stored = step.outputs & plan.stored
        return self.tiers.kernel(step, stored, {n: plan.in_place[n] for n in stored if n in plan.in_place})

    def _bind(self, place: int) -> list[Call]:
        step, kernel, self.fills = self.plan.steps[place], self.kernels[place], []
        if isinstance(step, Group):
            calls = [starting(kind, self.arrays[n]) for n, kind in kernel.totals.items()]
            calls += kernel.calls(kernel.rows, lambda n, level: self._array(n))
        elif isinstance(step, Region):
            calls = kernel.bind(self._array)
        else:
            args, kwargs = replaced((step.args, step.kwargs), self._array)
            calls = [bind_instruction(step, args, kwargs, self.arrays[step.output])]
        return [*self.fills, *calls]
