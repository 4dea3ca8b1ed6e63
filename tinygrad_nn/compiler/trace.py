"""Tracing: run a function once and write down what it does with arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.apply import make
from ..autograd.graph import Node, Output
from ..autograd.modes import recording
from ..autograd.variable import Variable
from ..backend import device_of
from ..backend.errors import TraceError
from ..backend.live import Beginning
from ..backend.recorder import Recorder, State, TracedArray
from .program import Gradient, Program
from .reach import modules_in_reach
from .structure import Leaf, flatten, mapped

__all__ = ["record", "trace"]


def trace(function: Callable[..., Any], *args: Any) -> Program:
    """Run a function once on traced tensors and return the program of what it computed.

    The program has every instruction in order: of the forward, of a backward inside, of an optimizer's update. Tensors
    that the function meets but was not given (parameters, moments) are its state: it reads what they hold at each call
    and writes to them as the function does. Its results have memory of their own, and no graph.

    Tracing itself leaves the state as it was, and the step counts of optimizers; each call counts their steps, and
    reads their learning rates and other floats anew. What else the function does in Python (appending to a list) is
    done once, while tracing, and not again by the program. Numbers other than those of optimizers are recorded as they
    are. So are plain arrays, such as those that the methods of a `Generator` return; random tensors (``tg.rand``,
    dropout) are drawn anew by each call. While one thread traces, others must not use the same tensors: they would meet
    traced arrays.

    Parameters
    ----------
    function : callable
        Takes and returns tensors, numbers, and tuples, lists and dictionaries of them.
    *args
        Examples of its arguments; the program is for tensors of these shapes, dtypes and devices.

    Returns
    -------
    Program
        Call it with other arguments; print it to read it.

    Raises
    ------
    TraceError
        The function needs the value of a traced tensor (``float``, ``bool``, ``if``, a boolean mask as index), writes
        to its arguments, or writes to an array that may share memory with another in a way that is not known.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> program = tg.trace(lambda x: tg.tanh(x * 2).sum(), tg.ones(3))
    >>> print(program)
    program <lambda>
      input   %0: float32[3]
      %1: float32[3] = multiply(%0, 2)
      %2: float32[3] = tanh(%1)
      %3: float32[] = sum(%2, axis=None, keepdims=False)
      return  %3
    >>> program(tg.zeros(3)).item()
    0.0
    """
    return record(function, args, {})


def record(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Program:
    """The program of ``function(*args, **kwargs)``, which takes the tensors of both."""
    name = getattr(function, "__name__", type(function).__name__)
    recorder = Recorder()
    inputs: list[Any] = []
    given: list[Any] = []

    def traced_input(tensor: Any) -> Any:
        array = recorder.outside(tensor, "input")
        inputs.append((array.number, array.shape, array.dtype, device_of(array.value)))
        traced = make(array, None, tensor.requires_grad)
        given.append(traced)
        return traced

    originals = flatten((args, kwargs))
    if any(map(_is_traced, originals)):
        raise TraceError(f"{name} is being traced already; programs are not nested")
    recorder.rely(modules_in_reach(function))
    try:
        with recording(recorder):
            result = function(*mapped(traced_input, args), **mapped(traced_input, kwargs))
        written = [s.tensor for s in recorder.state if s.tensor.requires_grad and not s.place[1]]
        attached = any(map(_has_graph, [*flatten(result), *written]))
        _check_gradients(recorder, originals, given)
        outputs = mapped(lambda tensor: Leaf(_number(recorder, tensor)), result)
        grads = [(s.tensor, _gradient(recorder, s)) for s in tuple(recorder.state) if _changes_gradient(recorder, s)]
        input_grads = [(i, _number(recorder, x.grad)) for i, x in enumerate(given) if x.grad is not None]
        gradients = {id(s.grad): Gradient(s.tensor) for s in recorder.state if s.grad is not None}
        state = [(s.number, gradients.get(id(s.tensor), s.tensor)) for s in recorder.state]
        written = [s.tensor.array.number != s.number for s in recorder.state]
        writes = [
            (place, s.tensor.array.current().number)
            for (_, place), s, changed in zip(state, recorder.state, written)
            if changed
        ]
    finally:
        left = _restore_attributes(recorder)
        recorder.release()
    if left:
        raise TraceError(
            f"{name} leaves a tensor in {', '.join(left)}, which a program would not do again; return it instead"
        )
    return Program(
        name,
        inputs=inputs,
        state=state,
        starts=list(recorder.starts.values()),
        objects=list(recorder.objects.values()),
        attached=attached,
        constants=recorder.constants,
        actions=[Beginning(recorder.live)] if recorder.live else [],
        draws=recorder.draws,
        drawn=recorder.drawn,
        checks=recorder.checks,
        instructions=recorder.instructions,
        writes=writes,
        grads=grads,
        input_grads=input_grads,
        outputs=outputs,
        count=recorder.count,
    )


def _number(recorder: Recorder, tensor: Any) -> int:
    """The number of a result's value; a tensor from outside that is returned untouched becomes state."""
    recorder.lift((tensor,))
    number: int = tensor.array.current().number
    return number


def _changes_gradient(recorder: Recorder, state: State) -> bool:
    """Whether the function leaves another gradient in a tensor from outside than it found, or none."""
    tensor = state.tensor
    return tensor.grad is not state.grad or id(tensor) in recorder.dropped or id(tensor) in recorder.starts


def _gradient(recorder: Recorder, state: State) -> int | None:
    grad = state.tensor.grad
    return None if grad is None else _number(recorder, grad)


def _check_gradients(recorder: Recorder, originals: list[Any], given: list[Any]) -> None:
    """Refuse gradients that would have gone elsewhere, had the function not been traced."""
    for x, traced in zip(originals, given):
        if x.requires_grad and id(x) in recorder.met:
            raise TraceError(
                f"a tensor of shape {x.shape} that requires a gradient is an argument, and used from outside too; "
                "leave it out of the arguments"
            )
        if traced.grad is not None and sum(x is y for y in originals) > 1:
            raise TraceError(f"a tensor of shape {x.shape} that gets a gradient is an argument more than once")
        if x.node is not None and traced.grad is not None:
            raise TraceError(f"an argument of shape {x.shape} gets a gradient, and has a graph; detach() it")
    for s in recorder.state:
        if s.place[0] is not None and s.tensor.grad is not s.grad:
            raise TraceError(
                f"a gradient goes to a tensor of shape {s.tensor.shape} from outside, and into its graph; "
                "compute it inside, or detach() it"
            )


def _has_graph(tensor: Any) -> bool:
    """Whether there can be a backward from a tensor: it requires a gradient, and no part of its graph was freed."""
    if not tensor.requires_grad:
        return False
    seen = {tensor.node}
    pending = [tensor.node]
    while pending:
        node = pending.pop()
        node = node.node if type(node) is Output else node
        if type(node) is not Node:  # a leaf
            continue
        if node.saved is None:
            return False
        fresh = set(node.parents) - seen
        seen |= fresh
        pending += fresh
    return True


def _restore_attributes(recorder: Recorder) -> list[str]:
    """Give modules back the attributes in which the function left traced tensors; says which."""
    left = []
    for each in recorder.objects.values():
        for name, value in tuple(each.found.items()):
            if _is_traced(value) and id(value) not in recorder.met:
                left.append(f"{type(each.whose).__name__}.{name}")
                each.restore(name)
    return left


def _is_traced(tensor: Any) -> bool:
    return isinstance(tensor, Variable) and type(tensor.array) is TracedArray
