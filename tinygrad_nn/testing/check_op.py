"""Property tests of a function of tensors, all in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from ..backend import is_available
from ..tensor import Tensor
from . import aspects
from .arguments import FLOATS, ReturnsNoTensors, names_of, returning_tensors, validate
from .evaluation import is_floating
from .layouts import LAYOUTS
from .strategies import broadcastable_shapes, groups, hypothesis_modules, shapes

__all__ = ["Report", "check_op"]

DEVICES = ("strict", "cuda")
SAMPLES = 3  # drawn for what needs several inputs of the same shape


@dataclass(frozen=True)
class Report:
    """What `check_op` has found to be right; ``print`` it to read it.

    Attributes
    ----------
    name : str
        Of the function.
    checked : dict of str to int
        For each aspect, how many examples it was right for.
    left_out : dict of str to str
        For each of the others, why it was not checked.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.testing import check_op
    >>> report = check_op(tg.tanh, arity=1, vmap=False)
    >>> report.checked["gradient"]
    20
    >>> report.left_out["vmap"]
    'switched off'
    """

    name: str
    checked: dict[str, int]
    left_out: dict[str, str]

    def __str__(self) -> str:
        lines = [f"check_op({self.name})"]
        lines += [f"  {aspect:<17} right in {count} examples" for aspect, count in self.checked.items()]
        lines += [f"  {aspect:<17} not checked: {reason}" for aspect, reason in self.left_out.items()]
        return "\n".join(lines)


def check_op(f: Callable[..., Any], *inputs: Any, arity: int = 0, low: float = -2.0, high: float = 2.0,
             avoid: Sequence[float] = (), reference: Callable[..., Any] | None = None, examples: int = 20,
             determinism: bool = True, inputs_unchanged: bool = True, gradient: bool = True, jvp: bool = True,
             transpose: bool = True, second_order: bool = True, broadcasting: bool = True, edges: bool = True,
             layouts: bool | Sequence[str] = True, dtypes: bool | Sequence[str] = True, memory: bool = True,
             vmap: bool = True, trace: bool = True, devices: bool | Sequence[str] = True, eps: float = 1e-6,
             rtol: float = 1e-5, atol: float = 1e-7) -> Report:  # fmt: skip
    """Test an operation, or any function of tensors, for all that this framework asks of one.

    Inputs are drawn by Hypothesis, for each aspect anew; where one fails, they are made as simple as they can be.

    Parameters
    ----------
    f : callable
        Takes tensors; returns a tensor, or a tuple or list of tensors.
    *inputs : shape, strategy, or anything else
        What to call it with: for a shape, a floating tensor whose elements all differ; for a strategy, what it gives
        (several inputs where that is a tuple); anything else, such as a tensor of indices, as it is. Floating tensors
        are differentiated; strategies should give float64.
    arity : int
        For a function that works element by element and broadcasts, instead of inputs: how many it takes. Their shapes
        are drawn, too.
    low, high : float
        The interval of what is drawn for shapes and `arity`.
    avoid : sequence of float
        Kinks: nothing that is drawn is nearer to one than 0.01.
    reference : callable, optional
        A function of NumPy arrays that gives the wanted values, in float64.
    examples : int
        How many inputs each aspect is checked with.
    determinism : bool
        Two calls give the same bits, two backwards as well.
    inputs_unchanged : bool
        The call does not write to its inputs, nor does backward, nor does that write to the outputs or to the gradient
        that it starts from.
    gradient : bool
        The gradients are those of finite differences (`gradcheck`).
    jvp : bool
        So are the tangents of forward mode, for directions of all inputs and of each alone.
    transpose : bool
        Forward mode and backward agree to rounding errors.
    second_order : bool
        The gradients of gradients are those of finite differences (`gradgradcheck`).
    broadcasting : bool
        With `arity`: inputs that are repeated by broadcasting give what inputs of the full shape give.
    edges : bool
        With `arity`: arrays without axes and without elements.
    layouts : bool or sequence of str
        The same in every memory layout of `LAYOUTS`, or in these. What a strategy gives is not tested with
        ``"broadcast"``, which changes values, unless that is named.
    dtypes : bool or sequence of str
        float16, float32 and float64, or these, are kept in outputs and gradients, with the values of float64 but for
        rounding.
    memory : bool
        Outputs share no memory with inputs but as views, gradients with nothing.
    vmap : bool
        `vmap` gives what a loop over samples gives, for values and gradients.
    trace : bool
        A traced program of the call and its backward gives, for other inputs as well, what these give.
    devices : bool or sequence of str
        The strict device and CUDA, where there is one, or these, give what the CPU gives.
    eps, rtol, atol : float
        For finite differences, as in `gradcheck`; of second order with ten times these tolerances.

    Returns
    -------
    Report
        What was checked with how many examples, and what was not, and why.

    Raises
    ------
    AssertionError
        Something is wrong: the aspect, what is wrong and the simplest inputs that show it are named.
    ValueError
        There is nothing to check it with, or an argument has a value that makes no sense.
    TypeError
        An argument is of the wrong kind, or `f` returns something else than tensors.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.autograd.op import elementwise, vjp
    >>> from tinygrad_nn.testing import check_op, matrices
    >>> print(check_op(tg.atan2, arity=2, avoid=[0.0], examples=5))
    check_op(atan2)
      determinism       right in 5 examples
      inputs_unchanged  right in 5 examples
      gradient          right in 5 examples
      jvp               right in 5 examples
      transpose         right in 5 examples
      second_order      right in 5 examples
      broadcasting      right in 5 examples
      edges             right in 5 examples
      layouts           right in 5 examples
      dtypes            right in 5 examples
      memory            right in 5 examples
      vmap              right in 5 examples
      trace             right in 5 examples
      devices           right in 5 examples
      value             not checked: there is no reference=
    >>> report = check_op(lambda x, w: x @ w, (2, 3), (3, 4))
    >>> report = check_op(tg.linalg.inv, matrices((3, 3)), dtypes=("float32", "float64"))

    The square is missing in this derivative, which a tensor without axes is enough to show:

    >>> @elementwise(vjp(lambda xp, g, y, x: g * (1 - y), reads="y"))
    ... def my_tanh(xp, x):
    ...     return xp.tanh(x)
    >>> check_op(my_tanh, ())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    AssertionError: check_op(my_tanh): gradient is wrong:
    the gradient of element () of output 0 for input 0 at index () is 0.238..., by finite differences 0.419...
    with Tensor(1., dtype=float64)
    """
    numeric: dict[str, Any] = {"eps": eps, "rtol": rtol, "atol": atol}
    validate(f, arity, low, high, avoid, reference, examples, layouts, dtypes, devices, numeric)
    drawn = _Drawn(inputs, arity, low, high, avoid)
    wanted_values: dict[str, Any] = {"reference": reference, "rtol": 1e-9}
    keeping = [name for name in LAYOUTS[1:] if name != "broadcast" or not drawn.by_strategy]
    here = [name for name in DEVICES if is_available(name)]
    not_drawn = "it needs arity=, or inputs of such shapes"
    one_input = "there is one input" if arity == 1 else "it needs arity="
    nothing = "" if reference is not None else "there is no reference="
    plan: list[tuple[str, Any, Any, str]] = [
        ("determinism", determinism, (aspects.determinism, drawn.plain), ""),
        ("inputs_unchanged", inputs_unchanged, (aspects.inputs_unchanged, drawn.plain), ""),
        ("value", True, (partial(aspects.value, **wanted_values), drawn.plain), nothing),
        ("gradient", gradient, (partial(aspects.gradient, **numeric), drawn.plain), ""),
        ("jvp", jvp, (partial(aspects.jvp, **numeric), drawn.plain), ""),
        ("transpose", transpose, (aspects.transpose, drawn.plain), ""),
        ("second_order", second_order, (partial(aspects.second_order, **numeric), drawn.plain), ""),
        ("broadcasting", broadcasting, (aspects.broadcasting, drawn.broadcast), "" if arity > 1 else one_input),
        ("edges", edges, (aspects.edges, drawn.edges), "" if arity else not_drawn),
        ("layouts", layouts, (partial(aspects.layouts, names=names_of("layouts", layouts, keeping)), drawn.plain), ""),
        ("dtypes", dtypes, (partial(aspects.dtypes, names=names_of("dtypes", dtypes, FLOATS)), drawn.plain), ""),
        ("memory", memory, (aspects.memory, drawn.plain), ""),
        ("vmap", vmap, (aspects.vmap, drawn.samples), ""),
        ("trace", trace, (aspects.trace, drawn.samples), ""),
        ("devices", devices, (partial(aspects.devices, names=names_of("devices", devices, here)), drawn.plain), ""),
    ]  # fmt: skip
    checked, left_out = {}, {}
    for aspect, wanted, (holds, strategy), reason in plan:
        if not wanted or reason:
            left_out[aspect] = reason if wanted else "switched off"
            continue
        count, reason = _run(f, aspect, holds, strategy(), examples)
        if count:
            checked[aspect] = count
        else:
            left_out[aspect] = reason
    return Report(_name(f), checked, left_out)


def _run(f: Callable[..., Any], aspect: str, holds: Callable[..., str | None], strategy: Any,
         examples: int) -> tuple[int, str]:  # fmt: skip
    """How many examples an aspect applied to and was right for, and why it did not apply."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis.errors import Flaky, HypothesisException

    count, reason = 0, "no inputs were drawn"
    of_tensors = returning_tensors(f)

    @settings(
        max_examples=examples, deadline=None, database=None, report_multiple_bugs=False, verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )  # fmt: skip
    @given(strategy)
    def check(drawn: Any) -> None:
        nonlocal count, reason
        try:
            found = holds(of_tensors, drawn)
        except (HypothesisException, ReturnsNoTensors):  # as of `assume` in the function
            raise
        except Exception as error:
            kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
            raise _Wrong(f"{kind}{error}\nwith {_described(drawn)}") from error
        if found is None:
            count += 1
        else:
            reason = found

    try:
        check()
    except _Wrong as wrong:
        raise AssertionError(f"check_op({_name(f)}): {aspect} is wrong:\n{wrong}") from wrong.__cause__
    except Flaky as flaky:
        raise AssertionError(
            f"check_op({_name(f)}): {aspect} is wrong:\nfor the same inputs it fails at one time and not at another"
        ) from flaky
    return count, reason


class _Wrong(Exception):
    """A failure with the inputs that show it."""


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _described(drawn: Any) -> str:
    return ", ".join(_described(x) if isinstance(x, tuple) else repr(x) for x in drawn)


class _Drawn:
    """The strategies of inputs, made when an aspect asks for them: each gives a tuple of inputs, or of these."""

    def __init__(self, inputs: tuple[Any, ...], arity: int, low: float, high: float, avoid: Sequence[float]) -> None:
        strategy = hypothesis_modules()[0].SearchStrategy
        if bool(inputs) == bool(arity):
            raise ValueError("check_op: give inputs (shapes, strategies, tensors), or arity= for what is elementwise")
        if not arity and not any(isinstance(x, (strategy, tuple)) or is_floating(x) for x in inputs):
            raise ValueError("check_op: none of the inputs is a shape, a strategy or a floating tensor")
        self.arity = arity
        self.by_strategy = any(isinstance(x, strategy) for x in inputs)
        self._group = partial(groups, low=low, high=high, avoid=avoid, layout="contiguous")
        self._of_one_shape = cache(lambda shape: self._group((shape,) * arity))
        self._inputs = inputs

    def plain(self) -> Any:
        """Inputs; for `arity` of one shape, with axes and elements."""
        return self._shape().flatmap(self._of_one_shape) if self.arity else self._given()

    def samples(self) -> Any:
        """Several inputs, of the same shapes where we choose these."""
        from hypothesis.strategies import tuples

        if self.arity:
            return self._shape().flatmap(cache(lambda shape: tuples(*[self._of_one_shape(shape)] * SAMPLES)))
        return tuples(*[self._given()] * SAMPLES)

    def broadcast(self) -> Any:
        """Inputs whose shapes are broadcast against each other."""
        return self._group(broadcastable_shapes(self.arity))

    def edges(self) -> Any:
        """Inputs of one shape, without axes or without elements."""
        from hypothesis.strategies import just

        empty = shapes(min_ndim=1, max_ndim=3, max_size=2).filter(lambda shape: 0 in shape)
        return (just(()) | empty).flatmap(self._of_one_shape)

    def _shape(self) -> Any:
        return shapes(min_ndim=1, max_ndim=2, min_size=1, max_size=3)

    def _given(self) -> Any:
        """What was given, with tensors for the shapes."""
        from hypothesis.strategies import SearchStrategy, builds, just, tuples

        own = self._group([x for x in self._inputs if isinstance(x, tuple)])
        others = [x for x in self._inputs if not isinstance(x, tuple)]

        def placed(tensors: Any, rest: Any) -> tuple[Any, ...]:
            made, given = iter(tensors), iter(rest)
            found: list[Any] = []
            for x in self._inputs:
                part = next(made) if isinstance(x, tuple) else next(given)
                found += part if isinstance(part, tuple) else (part,)
            return tuple(Tensor(x) if isinstance(x, np.ndarray) else x for x in found)

        return builds(placed, own, tuples(*(x if isinstance(x, SearchStrategy) else just(x) for x in others)))
