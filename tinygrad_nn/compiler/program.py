"""A recorded program: inputs, state, instructions, and what is written and returned."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from ..autograd.apply import make
from ..autograd.variable import WRITES
from ..backend import NAMESPACES, device_of
from ..backend.errors import TraceError
from ..backend.live import LiveNumber
from ..backend.recorder import LINKED, UNCERTAIN, Check, Instruction, Ref
from .structure import flatten, unflatten

__all__ = ["Gradient", "Program", "found"]


class Gradient(NamedTuple):
    """A place of state: what is in the `grad` of a tensor when the program is called."""

    tensor: Any


class Program:
    """What a function did with arrays, step by step; call it to do that again with other inputs.

    Attributes
    ----------
    name : str
        Of the function.
    inputs : list of (int, shape, dtype, device)
        The values that each call gives.
    state : list of (int, Tensor or Gradient)
        The tensors from outside that it reads: at each call with the values they then have.
    starts : list of Tensor
        The tensors that must have no gradient when it is called, as they had none when it was recorded.
    objects : list of Attributes
        The modules that the function called or could reach, as they were.
    attached : bool
        Whether the function leaves tensors with a graph to go backward through, which a program has not.
    constants : dict of int to array
        Values that stay the same.
    actions : list of callable
        What each call does first: look at the optimizers that it steps, and count the steps.
    draws : dict of int to callable
        Values that each call finds anew after that: random arrays, learning rates.
    drawn : dict of int to (shape, dtype)
        Of these values.
    checks : list of Check
        What each call makes sure of before it writes anything, as that class indices are there.
    instructions : list of Instruction
        In order; each computes one value.
    writes : list of (Tensor or Gradient, int)
        The tensors that it writes to in place, and the value they get.
    grads : list of (Tensor, int or None)
        The tensors in whose `grad` it leaves a gradient, or None.
    input_grads : list of (int, int)
        The same of its inputs, by their place.
    outputs
        The structure of the result, with numbers in place of tensors.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> program = tg.trace(lambda a, b: a @ b + 1, tg.ones((2, 3)), tg.ones((3, 2)))
    >>> [instruction.name for instruction in program.instructions]
    ['matmul', 'add']
    >>> program(tg.zeros((2, 3)), tg.ones((3, 2)))
    Tensor([[1., 1.],
            [1., 1.]], dtype=float32)
    """

    def __init__(self, name: str, *, inputs: list[Any], state: list[Any], constants: dict[int, Any],
                 actions: list[Any], draws: dict[int, Any], drawn: dict[int, Any], checks: list[Check],
                 instructions: list[Instruction], starts: list[Any], objects: list[Any], attached: bool,
                 writes: list[Any], grads: list[Any], input_grads: list[Any], outputs: Any,
                 count: int) -> None:  # fmt: skip
        self.name = name
        self.inputs = inputs
        self.state = state
        self.constants = constants
        self.actions = actions
        self.draws = draws
        self.drawn = drawn
        self.checks = checks
        self.instructions = instructions
        self.starts = starts
        self.objects = objects
        self.attached = attached
        self.writes = writes
        self.grads = grads
        self.input_grads = input_grads
        self.outputs = outputs
        self.count = count
        self._fresh = {i.output for i in instructions if i.name not in LINKED and i.name not in UNCERTAIN}

    def __call__(self, *args: Any) -> Any:
        """Run on inputs of the recorded structure, shapes, dtypes and devices.

        Raises
        ------
        TraceError
            An input differs from the recorded one, or an optimizer from what it was, in more than its numbers.
        """
        given = self.checked(args)
        values: list[Any] = [None] * self.count
        state = [(number, found(place)) for number, place in self.state]
        written = [(found(place), number) for place, number in self.writes]
        for (number, *_), tensor in zip(self.inputs, given):
            values[number] = tensor.array
        for number, tensor in state:
            values[number] = tensor.array
        for number, array in self.constants.items():
            values[number] = array
        for action in self.actions:
            action()
        for number, draw in self.draws.items():
            values[number] = draw()
        for check in self.checks:
            if values[check.number] is not None:
                check.require(values[check.number])
        for instruction in self.instructions:
            positional = _filled(instruction.args, values)
            named = {key: _filled(value, values) for key, value in instruction.kwargs.items()}
            xp = NAMESPACES[next(map(type, _arrays_in((*positional, *named.values()))))]
            y = getattr(xp, instruction.name)(*positional, **named)
            values[instruction.output] = y if type(y) in NAMESPACES else xp.wrap(y)
        for check in self.checks:
            check.require(values[check.number])
        made: dict[int, Any] = {}  # one tensor for each number, in memory of its own

        def result(number: int) -> Any:
            if number not in made:
                array = values[number]
                made[number] = make(array if number in self._fresh else NAMESPACES[type(array)].copy(array))
            return made[number]

        outputs = unflatten(self.outputs, result)
        grads = [(tensor, None if number is None else result(number)) for tensor, number in self.grads]
        grads += [(given[place], result(number)) for place, number in self.input_grads]
        for tensor, number in written:
            tensor.array[...] = values[number]
            tensor.version[WRITES] += 1
        for tensor, grad in grads:
            tensor.grad = grad
        return outputs

    def checked(self, args: tuple[Any, ...]) -> list[Any]:
        """The tensors among arguments, in order, if the program can be run on them as things are now.

        Raises
        ------
        TraceError
            It cannot.
        """
        given = flatten(args)
        if len(given) != len(self.inputs):
            raise TraceError(f"{self.name}: {len(given)} tensors were given, the program takes {len(self.inputs)}")
        for (_, shape, dtype, device), tensor in zip(self.inputs, given):
            array = tensor.array
            if array.shape != shape or array.dtype != dtype or device_of(array) != device:
                raise TraceError(
                    f"{self.name}: an input is {array.dtype}{list(array.shape)} on {device_of(array)}, the program was "
                    f"recorded for {dtype}{list(shape)} on {device}; trace the function again"
                )
        for _, place in self.state:
            if found(place) is None:
                raise TraceError(
                    f"{self.name}: a tensor of shape {place.tensor.shape} has no gradient; the program was recorded "
                    "with one there, and goes on from it. Trace again without one, or call zero_grad() in the traced "
                    "function"
                )
        versions = {id(found(place).version) for place, _ in self.writes}
        if any(id(tensor.version) in versions for tensor in given):
            raise TraceError(f"{self.name}: an input shares memory with a tensor that the program writes to; copy() it")
        for tensor in (*self.starts, *(given[place] for place, _ in self.input_grads)):
            if tensor.grad is not None:
                raise TraceError(
                    f"{self.name}: a tensor of shape {tensor.shape} has a gradient; the program was recorded with none "
                    "there, and would not add to it. Call zero_grad() in the traced function, or trace again"
                )
        return given

    def explain(self) -> None:
        """Print how the program is done on the CPU: its steps with what they compute and move, and its memory.

        FLOP are operations on numbers: two for each multiplication and addition of a matrix product, one for each
        element that is computed or reduced. Behind them are the bytes of the arrays that a step reads and writes.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> program = tg.trace(lambda a, b: tg.tanh(a @ b + 1).sum(), tg.ones((64, 32)), tg.ones((32, 16)))
        >>> program.explain()
        plan of <lambda>: 4 instructions in 2 steps
           1  65.5 kFLOP     14 kB  matmul (64, 32) x (32, 16) -> (64, 16)
           2  3.07 kFLOP      4 kB  loops over 64 x 16: add, tanh, sum
              68.6 kFLOP     18 kB  in all
        memory: 4.06 kB at its peak, of 12 kB for all values that it computes
          arena 4.06 kB, gradients 0 B, blocks 0 B; inputs 10 kB and state 0 B are there already
        """
        from .explain import explained
        from .plan import Plan

        print(explained(Plan(self)))

    def draw(self, path: str | os.PathLike[str]) -> Path:
        """Draw how the program is done on the CPU: its steps, and the values that go from one to the next.

        Parameters
        ----------
        path : str or path-like
            Where to save the picture: an SVG file that needs nothing else, for a browser.

        Returns
        -------
        Path
            Of the file.

        Examples
        --------
        >>> import tempfile
        >>> import tinygrad_nn as tg
        >>> program = tg.trace(lambda a, b: tg.tanh(a @ b + 1).sum(), tg.ones((64, 32)), tg.ones((32, 16)))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     program.draw(f"{folder}/plan.svg").name
        'plan.svg'
        """
        from ..viz.plan import draw_plan
        from .plan import Plan

        return draw_plan(Plan(self), path)

    def __str__(self) -> str:
        lines = [f"program {self.name}"]
        lines += [f"  input   {_typed(n, shape, dtype)}" for n, shape, dtype, _ in self.inputs]
        lines += [f"  state   {_described(n, place)}" for n, place in self.state]
        lines += [f"  const   {_typed(n, a.shape, a.dtype)}" for n, a in self.constants.items()]
        lines += [f"  live    %{n}: {d}" if type(d) is LiveNumber else f"  random  %{n}" for n, d in self.draws.items()]
        for i in self.instructions:
            given = [_shown(a) for a in i.args] + [f"{k}={_shown(v)}" for k, v in i.kwargs.items()]
            lines.append(f"  {_typed(i.output, i.shape, i.dtype)} = {i.name}({', '.join(given)})")
        places = {id(place): n for n, place in self.state}
        lines += [f"  write   %{places[id(place)]} <- %{n}" for place, n in self.writes]
        lines += [f"  grad    %{places[id(t)]} <- {_shown(None if n is None else Ref(n))}" for t, n in self.grads]
        lines += [f"  grad    %{self.inputs[i][0]} <- %{n}" for i, n in self.input_grads]
        lines.append(f"  return  {_shown(unflatten(self.outputs, Ref))}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<program {self.name}: {len(self.inputs)} inputs, {len(self.instructions)} instructions>"


def found(place: Any) -> Any:
    """The tensor that is in a place of state now; None where it is a gradient that is not there."""
    return place.tensor.grad if type(place) is Gradient else place


def _filled(tree: Any, values: list[Any]) -> Any:
    """Arguments with the values that their `Ref`s stand for."""
    if type(tree) is Ref:
        return values[tree.number]
    if type(tree) in (tuple, list):
        return type(tree)(_filled(part, values) for part in tree)
    if type(tree) is slice:
        return slice(*(_filled(part, values) for part in (tree.start, tree.stop, tree.step)))
    return tree


def _arrays_in(tree: Any) -> Any:
    for part in tree:
        if type(part) in NAMESPACES:
            yield part
        elif isinstance(part, (tuple, list)):
            yield from _arrays_in(part)


def _described(number: int, place: Any) -> str:
    if type(place) is Gradient:
        return f"{_typed(number, place.tensor.shape, place.tensor.dtype)}, a gradient"
    return _typed(number, place.shape, place.dtype)


def _typed(number: int, shape: Any, dtype: Any) -> str:
    return f"%{number}: {dtype}{list(shape)}"


def _shown(tree: Any) -> str:
    if type(tree) is Ref:
        return f"%{tree.number}"
    if type(tree) is tuple:
        return f"({', '.join(map(_shown, tree))}{',' if len(tree) == 1 else ''})"
    if type(tree) is list:
        return f"[{', '.join(map(_shown, tree))}]"
    if type(tree) is dict:
        return f"{{{', '.join(f'{key!r}: {_shown(value)}' for key, value in tree.items())}}}"
    return repr(tree)
