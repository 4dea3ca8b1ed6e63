"""`compile`: functions that are traced at their first call of a kind, and run as programs from then on."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import update_wrapper
from pathlib import Path
from threading import Lock
from types import FunctionType, MethodType
from typing import Any, NamedTuple, overload

from ..autograd.modes import current_mode
from ..backend.errors import CompileWarning, TraceError
from ..backend.live import Outdated
from ..backend.memory import user_frame
from ..tensor import Tensor
from .guards import Guard
from .program import Gradient, Program, found
from .reach import Variables
from .structure import form_and_tensors
from .trace import record

__all__ = ["CompiledFunction", "compile"]


@overload
def compile(function: Callable[..., Any], *, cache_size: int = ...) -> CompiledFunction: ...
@overload
def compile(*, cache_size: int = ...) -> Callable[[Callable[..., Any]], CompiledFunction]: ...
def compile(function: Callable[..., Any] | None = None, *, cache_size: int = 8) -> Any:
    """Make a function faster that is called again and again: a training step, an inference.

    At the first call the function is traced: what it does with tensors, in forward, backward, clipping and update,
    becomes a program, which is simplified, given its memory and fused. From then on calls run the program, without
    Python for each operation. The results are those of the function itself, to rounding.

    A program is for one kind of call: the structure of the arguments, the numbers and strings in it, the shapes,
    dtypes, devices, memory layouts and ``requires_grad`` of the tensors, and whether gradients are on. It is used where
    everything that it relies on is as it was: the attributes of modules that it calls or has in its variables (training
    or evaluation, the ``p`` of dropout, their parameters and children), what requires a gradient, which gradients are
    there already, the groups of optimizers, and the tensors, modules, optimizers and numbers that the function's
    variables from outside hold. Otherwise the function is traced again, and the program kept beside the
    others. Values in tensors, learning rates and all other floats of optimizers, step counts, and random numbers are
    those of each call.

    Parameters
    ----------
    function : callable
        A function or module; as a decorator also a method. It takes and returns tensors, numbers, strings, None, and
        tuples, lists and dictionaries of them.
    cache_size : int
        How many programs are kept; of more, those that were not used for longest are dropped.

    Returns
    -------
    CompiledFunction
        Called like the function.

    Warns
    -----
    CompileWarning
        Once for each reason: the function reads values (``float()``, ``if loss > 1``) or does something else that a
        program cannot, then it runs as it is; it was traced ``4 * cache_size`` times, then calls of new kinds do so.

    Notes
    -----
    A call runs the function as it is, without a program: where a result has a graph that a backward outside may go
    through (compile the whole step, or call it under `no_grad`), where an argument has such a graph, or shares memory
    with something that the program writes to; and within transformations, observers and other traced functions.

    What the function does in Python beside tensors is done while tracing and not again: printing, appending to a list,
    counting. Numbers that it finds elsewhere than in its arguments, its own variables, the attributes of modules, and
    optimizers, are recorded as they are, and so are plain arrays. While it is traced no other thread may use the same
    tensors. Results are in memory of their own, and require no gradients.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn, optim
    >>> model = nn.Linear(3, 1, generator=tg.Generator(0))
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> @tg.compile
    ... def step(x, t):
    ...     optimizer.zero_grad()
    ...     loss = nn.functional.mse_loss(model(x), t)
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> x, t = tg.ones((4, 3)), tg.zeros((4, 1))
    >>> losses = [step(x, t).item() for _ in range(3)]
    >>> losses[0] > losses[1] > losses[2], step
    (True, <compiled step: 1 program>)
    """
    if function is None:
        return lambda function: CompiledFunction(function, cache_size)
    return CompiledFunction(function, cache_size)


class CompiledFunction:
    """What `compile` gives: the function, and the programs that were made of it.

    Parameters
    ----------
    function : callable
        What is compiled; then in ``__wrapped__``.
    cache_size : int
        How many programs are kept.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> f = tg.compile(lambda x: x * 2 + 1, cache_size=2)
    >>> f(tg.ones(2)).tolist(), f(tg.ones((1, 3))).tolist()
    ([3.0, 3.0], [[3.0, 3.0, 3.0]])
    >>> [program.inputs[0][1] for program in f.programs]
    [(1, 3), (2,)]
    """

    __wrapped__: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], cache_size: int = 8) -> None:
        if not callable(function):
            raise TypeError(f"compile: wanted is a function or module, not {function!r}")
        if not isinstance(cache_size, int):
            raise TypeError(f"compile: cache_size={cache_size!r} must be an integer of at least 1")
        if cache_size < 1:
            raise ValueError(f"compile: cache_size={cache_size} must be at least 1")
        update_wrapper(self, function, updated=())
        self.cache_size = cache_size
        self._name = getattr(function, "__name__", type(function).__name__)
        self._owner: type | None = None  # the class that it is a method of
        self._lock = Lock()
        self._variants: list[_Variant] = []  # last used first
        self._traces = 0
        self._said: set[str] = set()

    @property
    def programs(self) -> list[Program]:
        """The programs that are kept, the last used one first."""
        return [variant.program for variant in self._variants if variant.program is not None]

    def explain(self) -> None:
        """Print how the program that was used last is done: its steps and its memory; see `Program.explain`.

        Raises
        ------
        RuntimeError
            There is no program: the function was not called yet, or each call runs it as it is.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> f = tg.compile(lambda x: tg.exp(x) * 2)
        >>> y = f(tg.ones((64, 32)))
        >>> f.explain()
        plan of <lambda>: 2 instructions in 1 step
           1   4.1 kFLOP     16 kB  loops over 64 x 32: exp, multiply
               4.1 kFLOP     16 kB  in all
        memory: 8 kB at its peak, of 16 kB for all values that it computes
          arena 8 kB, gradients 0 B, blocks 0 B; inputs 8 kB and state 0 B are there already
        """
        self._last("explain").explain()

    def draw(self, path: str | os.PathLike[str]) -> Path:
        """Draw how the program that was used last is done, as an SVG file; see `Program.draw`.

        Parameters
        ----------
        path : str or path-like
            Where to save the picture.

        Returns
        -------
        Path
            Of the file.

        Raises
        ------
        RuntimeError
            There is no program: the function was not called yet, or each call runs it as it is.

        Examples
        --------
        >>> import tempfile
        >>> import tinygrad_nn as tg
        >>> f = tg.compile(lambda x: tg.exp(x) * 2)
        >>> y = f(tg.ones((64, 32)))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     f.draw(f"{folder}/plan.svg").name
        'plan.svg'
        """
        return self._last("draw").draw(path)

    def _last(self, asked: str) -> Program:
        """The program that was used last."""
        if not self.programs:
            raise RuntimeError(
                f"{asked}: {self._name}, which is compiled, has no program yet; call it first, and see whether it warns"
            )
        return self.programs[0]

    def clear(self) -> None:
        """Forget all programs, and what was warned of."""
        with self._lock:
            self._variants.clear()
            self._said.clear()
            self._traces = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = current_mode()
        if mode.watched or mode.level is not None:
            return self.__wrapped__(*args, **kwargs)
        tensors: Sequence[Any] = args
        form: Any = len(args)  # of nothing but tensors, which is the rule
        for x in args:
            if type(x) is not Tensor:
                form = None
        if form is None or kwargs:
            if self._owner is not None and args and isinstance(args[0], self._owner):
                return self.__get__(args[0])(*args[1:], **kwargs)
            try:
                form, tensors = form_and_tensors((args, kwargs))
            except TraceError as error:
                self._warn(f"such a call is not compiled: {error}")
                return self.__wrapped__(*args, **kwargs)
        with self._lock:
            result = self._run(form, tensors, mode.grad_enabled, args, kwargs)
        if type(result) is not _Plain:
            return result
        plain = result
        result = self.__wrapped__(*args, **kwargs)
        if plain.guard is not None:
            with self._lock:
                self._keep(_Variant(plain.guard, None))
        if plain.reason:
            self._warn(plain.reason)
        return result

    def _run(self, form: Any, tensors: Sequence[Any], grad_enabled: bool, args: Any, kwargs: Any) -> Any:
        """The result of the program for such a call, which is made where there is none; or that there can be none."""
        difference = ""
        for place, variant in enumerate(self._variants):
            differs = variant.guard.difference(form, tensors, grad_enabled)
            if not differs:
                try:
                    result = variant.run(tensors)
                except Outdated as outdated:
                    differs = str(outdated)
                else:
                    if place:
                        self._variants.insert(0, self._variants.pop(place))
                    return result
            difference = difference or differs
        if any(_is_bound(x, grad_enabled) for x in tensors):
            return _Plain(None, "an argument has a graph, hooks or a gradient, which the function may go on to; "
                          "detach() it, or leave it out of the arguments")  # fmt: skip
        if self._traces >= 4 * self.cache_size:
            self._warn(f"it was traced {self._traces} times, and would be again because {difference}; what it has no "
                       "program for runs as it is from now on", "again")  # fmt: skip
            return _PLAIN
        self._traces += 1
        made = self._traced(Guard(form, tensors, grad_enabled), args, kwargs)
        if type(made) is _Plain:
            return made
        self._keep(made)
        return made.run(tensors)

    def _traced(self, guard: Guard, args: Any, kwargs: Any) -> Any:
        """The function as a program, or that there can be none."""
        guard.variables = Variables(self.__wrapped__)
        try:
            program = record(self.__wrapped__, args, kwargs)
        except Exception as error:  # what the function raises itself, it raises again when it is called as it is
            said = str(error) if isinstance(error, TraceError) else f"tracing it raised {type(error).__name__}: {error}"
            return _Plain(guard, f"such a call is not compiled: {said}")
        if program.attached and guard.grad_enabled:
            return _Plain(guard, "it leaves a tensor with a graph, which a program has not: compile the whole step, "
                          "with its backward, or call it under tg.no_grad()")  # fmt: skip
        return _Variant(guard, program)

    def _keep(self, variant: _Variant) -> None:
        self._variants.insert(0, variant)
        del self._variants[self.cache_size :]

    def _warn(self, reason: str, key: str = "") -> None:
        """Warn of something at the line of the user's that called, once."""
        if (key or reason) not in self._said:
            self._said.add(key or reason)
            frame = user_frame()
            message = f"{self._name}, which is compiled: {reason}"
            warnings.warn_explicit(
                message, CompileWarning, frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("__name__")
            )

    # As a method

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner

    def __get__(self, instance: Any, owner: type | None = None) -> CompiledFunction:
        if instance is None or not isinstance(self.__wrapped__, FunctionType):
            return self
        try:
            methods = vars(instance).setdefault("_compiled", _Methods())
        except TypeError:
            raise TypeError(
                f"compile: a {type(instance).__name__} has slots only, and nowhere to keep the programs of its method "
                f"{self._name}; compile a function that calls the method"
            ) from None
        if self not in methods:  # each instance has programs of its own, which go with it
            methods[self] = CompiledFunction(MethodType(self.__wrapped__, instance), self.cache_size)
        bound: CompiledFunction = methods[self]
        return bound

    def __deepcopy__(self, memo: dict[int, Any]) -> CompiledFunction:
        wrapped = deepcopy(self.__wrapped__, memo)
        return self if wrapped is self.__wrapped__ else CompiledFunction(wrapped, self.cache_size)

    def __repr__(self) -> str:
        count = len(self.programs)
        return f"<compiled {self._name}: {count} program{'' if count == 1 else 's'}>"


class _Methods(dict[CompiledFunction, CompiledFunction]):
    """The compiled methods of an instance: for those who look whether its attributes have changed, one and the same."""


class _Plain(NamedTuple):
    """That a call is made without a program: for which others this holds too, and what to warn of."""

    guard: Guard | None
    reason: str


_PLAIN = _Plain(None, "")


class _Variant:
    """The function for one kind of call: a program and what runs it, or nothing where there can be none."""

    __slots__ = ("execute", "gradients", "guard", "program", "written")

    def __init__(self, guard: Guard, program: Program | None) -> None:
        self.guard = guard
        self.program = program
        self.execute = None
        written = []
        if program is not None:
            guard.rely_on(program)
            self.execute = _executor(program)
            written = [place for place, _ in program.writes]
        self.written = frozenset(id(place.version) for place in written if type(place) is not Gradient)
        self.gradients = [place for place in written if type(place) is Gradient]

    def run(self, tensors: Sequence[Any]) -> Any:
        """The result of the program, or that there is none."""
        if self.execute is None or self.program is None:
            return _PLAIN
        if self._shares(tensors):
            return _Plain(None, "an argument shares memory with a tensor that it writes to; give it a copy()")
        try:
            return self.execute(*tensors)
        except BaseException:
            for action in self.program.actions:
                action.take_back()
            raise

    def _shares(self, tensors: Sequence[Any]) -> bool:
        """Whether the program writes to the memory of one of the arguments."""
        written = self.written
        if self.gradients:
            written |= {id(found(place).version) for place in self.gradients}
        for x in tensors:  # noqa: SIM110 - any() takes twice as long
            if id(x.version) in written:
                return True
        return False


def _executor(program: Program) -> Callable[..., Any]:
    from .executor import executor_for  # the planning of programs is loaded when there is one to run

    return executor_for(program)


def _is_bound(x: Any, grad_enabled: bool) -> bool:
    """Whether an argument brings along what a program does not see: it starts from arrays."""
    return x.requires_grad and (x.grad is not None or bool(x.hooks) or (grad_enabled and x.node is not None))
