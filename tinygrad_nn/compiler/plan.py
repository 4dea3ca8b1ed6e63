"""What a program does, in which order, and where in memory: before anything is known of how it is done."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

from .fusion import MAP, Group, Level
from .program import Gradient, Program
from .regions import Region, Step, reads, with_regions
from .schedule import schedule
from .simplify import references, simplify
from .structure import flatten
from .threads import count

__all__ = ["Buffer", "Plan"]

ALIGNMENT = 64  # bytes: a line of the cache, and what the widest instructions like


class Buffer(NamedTuple):
    """Memory for one value, from step `first` to step `last`: at `offset` bytes of the arena."""

    offset: int
    size: int
    first: int
    last: int


class Memory(NamedTuple):
    """Bytes of memory that a program needs.

    Attributes
    ----------
    arena : int
        What values share that are not needed at the same time.
    kept : int
        The gradients that it leaves.
    blocks : int
        What is computed of one block of rows, for each thread.
    inputs, state : int
        What is there already: arguments, parameters, moments. (Of arguments up to 4 MB that come in other arrays the
        program has copies besides.)
    values : int
        All values that it computes, if each had memory of its own.
    """

    arena: int
    kept: int
    blocks: int
    inputs: int
    state: int
    values: int

    @property
    def peak(self) -> int:
        """What it needs besides what is there already."""
        return self.arena + self.kept + self.blocks


class Plan:
    """How a program is done.

    Attributes
    ----------
    program : Program
        What was recorded.
    steps : list of Group, Instruction or Region
        In order; see `Schedule` and `with_regions`.
    values : dict of int to (shape, dtype)
        Of every value.
    views : dict of int to Instruction
        Values in the memory of others.
    stored : set of int
        What groups compute for others to read.
    same : dict of int to int
        Values that are others under a different number.
    in_place : dict of int to int
        Values that are written over a state: by their number, that of the state.
    copied : list of (int, int)
        States, and the values that are copied to them when all steps are done.
    moved : list of (Tensor or Gradient, int)
        Places of state that get their values later, all at once: what they were is returned, or goes to others.
    outputs : list of int
        The values that are returned, under the numbers that they were recorded with.
    kept : set of int
        Values that have memory of their own from call to call: the gradients that it leaves.
    buffers : dict of int to Buffer
        Where the other values are.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.constants = dict(program.constants)
        self.outputs = [leaf.number for leaf in flatten(program.outputs)]
        wanted = {n for _, n in program.writes} | {n for _, n in program.grads if n is not None}
        wanted |= {n for _, n in program.input_grads} | set(self.outputs) | {check.number for check in program.checks}
        instructions, self.same = simplify(program.instructions, wanted, self.constants)
        self.wanted = {self.number(n) for n in wanted}
        self.values = _values(program, self.constants)
        steps, self.views, self.stored = schedule(instructions, self.values, self.wanted)
        self.steps = with_regions(steps, self.views, self.values, self.stored, self.wanted)
        grads = [self.number(n) for _, n in program.grads if n is not None]
        self.kept = {n for n in self._computed() if grads.count(n) == 1}  # (what two tensors get, each has for itself)
        self._reads = self._find_reads()
        self.steps = self._in_order()
        self._reads = self._find_reads()
        self.in_place = self._find_in_place()
        self.copied, self.moved = self._find_copied()
        self.buffers = self._allocate()

    @property
    def arena_size(self) -> int:
        """Bytes of the memory that all values share one after the other."""
        return max((b.offset + b.size for b in self.buffers.values()), default=0)

    @property
    def memory(self) -> Memory:
        """What the program needs."""
        regions = [step for step in self.steps if isinstance(step, Region)]
        return Memory(
            arena=self.arena_size,
            kept=sum(map(self.bytes_of, self.kept)),
            blocks=sum(region.block_size for region in regions) * count(),
            inputs=sum(self.bytes_of(n) for n, *_ in self.program.inputs),
            state=sum(self.bytes_of(n) for n, _ in self.program.state),
            values=sum(self.bytes_of(i.output) for i in self.program.instructions if i.output not in self.views),
        )

    def number(self, n: int) -> int:
        """The number of a value after simplification."""
        return self.same.get(n, n)

    def root(self, n: int) -> int:
        """The value whose memory a view is in."""
        n = self.number(n)
        while n in self.views:
            n = next(references((self.views[n].args, self.views[n].kwargs)))
        return n

    def outputs_of(self, step: Step) -> list[int]:
        """The values that a step leaves in memory."""
        if isinstance(step, Region):
            return sorted(step.outputs)
        return sorted(step.outputs & self.stored) if isinstance(step, Group) else [step.output]

    def made_by(self, n: int) -> int:
        """The place of the step that computes a value; -1 where it is there before all steps."""
        root = self.root(n)
        return next((k for k, step in enumerate(self.steps) if root in self.outputs_of(step)), -1)

    def reads_of(self, place: int) -> set[int]:
        """The roots that a step reads."""
        return self._reads[place]

    def _find_reads(self) -> list[set[int]]:
        """The roots that each step reads."""
        return [
            {self.root(n) for n in reads(step)} - (step.computed if isinstance(step, Region) else set())
            for step in self.steps
        ]

    def _in_order(self) -> list[Step]:
        """The steps, with groups whose results no other step reads, as updates, right behind what they wait for.

        There the gradient is in the cache. They wait for those who read the state that they will write over, too.
        """
        numbers = self.numbers_of_state()
        replaced = {self.number(n): numbers[id(place)] for place, n in self.program.writes}
        makers = {n: k for k, step in enumerate(self.steps) for n in self.outputs_of(step)}
        read = set().union(*self._reads)

        def key(k: int) -> tuple[int, bool, int]:
            outputs = self.outputs_of(self.steps[k])
            if not isinstance(self.steps[k], Group) or read.intersection(outputs):
                return (k, False, k)
            states = {replaced[n] for n in outputs if n in replaced}
            awaited = {makers[n] for n in self._reads[k] if n in makers}
            awaited |= {j for j, roots in enumerate(self._reads) if j < k and roots & states}
            return (max(awaited, default=-1), True, k)

        return [self.steps[k] for k in sorted(range(len(self.steps)), key=key)]

    def numbers_of_state(self) -> dict[int, int]:
        """The number of each place of state, by its identity."""
        return {id(place): n for n, place in self.program.state}

    def _computed(self) -> set[int]:
        return {n for step in self.steps for n in self.outputs_of(step)}

    def _find_in_place(self) -> dict[int, int]:
        """The values that may be written over the state that they are the next value of, as all who read that have
        done so by then."""
        numbers = self.numbers_of_state()
        over: dict[int, int] = {}
        for place, n in self.program.writes:
            n, state = self.number(n), numbers[id(place)]
            if n in over or n in self.kept or type(place) is Gradient or n not in self._computed():
                continue
            at = next(k for k, step in enumerate(self.steps) if n in self.outputs_of(step))
            readers = [k for k, roots in enumerate(self._reads) if state in roots]
            if any(k > at for k in readers) or state in {self.root(m) for m in self.wanted}:
                continue
            if not place.array.flags.c_contiguous:  # loops would go over a copy that is in order
                continue
            looked_at = any(self.root(v) == state for v in reads(self.steps[at]) & self.views.keys())
            if isinstance(self.steps[at], Region):
                continue
            if at in readers and (looked_at or not _aligned(self.steps[at], n, state)):
                continue
            over[n] = state
        return over

    def _find_copied(self) -> tuple[list[tuple[int, int]], list[tuple[Any, int]]]:
        numbers = self.numbers_of_state()
        changed = {numbers[id(place)] for place, _ in self.program.writes}
        looked_at = {self.root(n) for n in self.wanted}
        copied, moved = [], []
        for place, n in self.program.writes:
            state = numbers[id(place)]
            if self.in_place.get(self.number(n)) == state:
                continue
            if type(place) is Gradient or self.root(n) in changed or state in looked_at:
                moved.append((place, n))
            else:
                copied.append((state, n))
        return copied, moved

    def _allocate(self) -> dict[int, Buffer]:
        """A place in the arena for each value, that nobody else needs from its making to its last reading."""
        lives: dict[int, list[int]] = {}
        for k, step in enumerate(self.steps):
            for n in self.outputs_of(step):
                if n not in self.kept and n not in self.in_place:
                    lives[n] = [k, k]
            for n in self._reads[k]:
                if n in lives:
                    lives[n][1] = k
        for n in self.wanted:
            if self.root(n) in lives:
                lives[self.root(n)][1] = len(self.steps)
        sizes = {n: -(-self.bytes_of(n) // ALIGNMENT) * ALIGNMENT for n in lives}
        placed: dict[int, Buffer] = {}
        for n in sorted(lives, key=lambda n: (-sizes[n], n)):
            first, last = lives[n]
            taken = sorted(b for b in placed.values() if b.first <= last and first <= b.last)
            offset = 0
            for b in taken:
                if b.offset - offset >= sizes[n]:
                    break
                offset = max(offset, b.offset + b.size)
            placed[n] = Buffer(offset, sizes[n], first, last)
        return placed

    def bytes_of(self, n: int) -> int:
        """Size of a value."""
        shape, dtype = self.values[n]
        return int(prod(shape) * dtype.itemsize)


def _aligned(step: Step, output: int, state: int) -> bool:
    """Whether a step reads each element of `state` before it writes the one of `output` in its place."""
    if not isinstance(step, Group):
        return False
    levels = step.levels(*step.grid)
    assert levels is not None
    if levels.get(state) != levels[output] or any(m.kind != MAP for m in step.members):
        return False
    if levels[output] == Level(False, False) and step.grid != (1, 1):  # each block of rows would do it again
        return False
    parts = [m.instruction for m in step.members]
    after = parts[next(k for k, i in enumerate(parts) if i.output == output) + 1 :]
    return all(state not in references((i.args, i.kwargs)) for i in after)


def _values(program: Program, constants: dict[int, Any]) -> dict[int, tuple[tuple[int, ...], Any]]:
    values = {n: (shape, dtype) for n, shape, dtype, _ in program.inputs}
    for n, place in program.state:
        tensor = place.tensor if type(place) is Gradient else place
        values[n] = (tensor.shape, tensor.dtype)
    values |= program.drawn
    values |= {i.output: (i.shape, i.dtype) for i in program.instructions}
    return values | {n: (a.shape, a.dtype) for n, a in constants.items()}
