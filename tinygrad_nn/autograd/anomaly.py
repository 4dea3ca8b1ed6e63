"""Where a NaN or an infinity is born: in which operation, called from which line, within which module.

The detector is an observer. It looks at what each operation gives, and in the place of the operation it puts a
`_Watched` one into the graph, which looks at the gradients. So what was recorded without it costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from types import CodeType
from typing import Any, NamedTuple, NoReturn

from ..backend import NAMESPACES
from ..backend.checks import count_flaws, has_inf, has_nan, is_finite, silently
from ..backend.dtypes import is_differentiable
from ..backend.errors import AnomalyError
from ..backend.memory import user_frame
from .graph import Output
from .joint import Joint
from .modes import current_mode, observing
from .observer import Observer
from .variable import Variable

__all__ = ["detect_anomaly", "report_calls"]

_describers: dict[CodeType, Callable[[list[Any]], str]] = {}


def report_calls(method: Any, describe: Callable[[list[Any]], str]) -> None:
    """Let errors name the objects whose method is being called.

    Parameters
    ----------
    method : function
        Its calls are looked for on the stack.
    describe : callable
        Takes the objects, the outermost first; returns what to write of them.
    """
    _describers[method.__code__] = describe


@contextmanager
def detect_anomaly(*, check_inputs: bool = False) -> Iterator[None]:
    """Raise where a NaN or an infinity is born: in an operation, or in the gradient of one.

    A context manager and a decorator. The error names the operation, the shapes, the line that called it, and the
    module in whose forward that was. It is raised where an operation gives a NaN and no operand has one, or an infinity
    and all operands are finite: data that is broken before is not blamed on the operations that it goes through, and
    masks of ``-inf`` are let pass. Operations recorded inside are looked at in backward, too, wherever that runs.

    This is for finding errors: each operation takes several times as long, and waits for the GPU.

    Parameters
    ----------
    check_inputs : bool
        Raise also where an operand of an operation has a NaN or an infinity already: data, a parameter, a constant.

    Raises
    ------
    AnomalyError
        Inside, or in a backward through what was recorded inside.

    Notes
    -----
    In a recorded backward (``create_graph=True``) each gradient is looked at, but not the operations that compute it.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([0.0, 4.0], requires_grad=True)
    >>> with tg.autograd.detect_anomaly():
    ...     y = tg.sqrt(x)
    >>> try:
    ...     y.sum().backward()
    ... except tg.AnomalyError as error:
    ...     print(str(error).splitlines()[0])
    backward of sqrt(float32[2]): the gradient of input 0, float32[2], has 1 inf among 2 elements, from finite ones
    """
    with _Detector(check_inputs):
        yield


class _Place(NamedTuple):
    """An operation's call: what is said about it in an error."""

    call: str
    file: str
    line: int
    function: str
    callers: list[tuple[CodeType, list[Any]]]

    @classmethod
    def here(cls, op: Any, inputs: Iterable[Any], attrs: Any) -> _Place:
        given = [_described(x) for x in inputs]
        given += [f"{name}={value!r}" for name, value in attrs.items()]
        callers: dict[CodeType, list[Any]] = {}
        frame: Any = sys._getframe(1)
        while frame is not None:
            if frame.f_code in _describers:
                callers.setdefault(frame.f_code, []).insert(0, frame.f_locals["self"])
            frame = frame.f_back
        user = user_frame()
        code = user.f_code
        call = f"{op.name}({', '.join(given)})"
        return cls(call, code.co_filename, user.f_lineno, code.co_name, list(callers.items()))

    def error(self, direction: str, what: str) -> AnomalyError:
        from linecache import getline

        text = getline(self.file, self.line).strip()
        lines = [f"{direction} of {self.call}: {what}"]
        lines.append(f"  called at {self.file}, line {self.line}, in {self.function}" + (f": {text}" if text else ""))
        lines += [f"  within {_describers[code](objects)}" for code, objects in self.callers]
        return AnomalyError("\n".join(lines))


def _described(x: Any) -> str:
    array = x.array if isinstance(x, Variable) else x
    return f"{array.dtype}{list(array.shape)}" if type(array) in NAMESPACES else repr(x)


class _Detector(Observer):
    """Looks at every operation."""

    def __init__(self, check_inputs: bool) -> None:
        self.check_inputs = check_inputs

    def apply(self, op: Any, inputs: tuple[Any, ...], attrs: Any) -> Any:
        inside = current_mode().paused is not None  # of an operation that is looked at as a whole
        with silently():
            result = super().apply(op, inputs, attrs)
        place = _Place.here(op, inputs, attrs)
        results = result if type(result) is tuple else (result,)
        if not inside:
            sources = [*inputs, *attrs.values()]
            if self.check_inputs:
                self._look_at_inputs(inputs, place)
            for y in results:
                flaw = _born(sources, y)
                if flaw:
                    raise place.error("forward", f"the result, {_described(y)}, has {flaw}")
        node = results[0].node
        node = node.node if type(node) is Output else node
        if node is not None and node.op is op:
            node.op = _Watched(op, place)
        return result

    def _look_at_inputs(self, inputs: tuple[Any, ...], place: _Place) -> None:
        for i, x in enumerate(inputs):
            for array in _arrays(x):
                if not is_finite(array):
                    raise place.error(
                        "forward",
                        f"input {i}, {_described(x)}, was not finite already: it has {count_flaws(array)}; "
                        "look at where it comes from, the operation did nothing wrong",
                    )


class _Watched:
    """An operation in the graph whose gradients are looked at."""

    __slots__ = ("op", "place")

    def __init__(self, op: Any, place: _Place) -> None:
        self.op = op
        self.place = place

    @property
    def name(self) -> str:
        name: str = self.op.name
        return name

    @property
    def broadcasts(self) -> bool:
        broadcasts: bool = self.op.broadcasts
        return broadcasts

    @property
    def outer(self) -> Any:
        return self.op.outer and partial(self._looked_at, self.op.outer, "between its two stages")

    @property
    def rules(self) -> Any:
        return self

    def __getitem__(self, index: int) -> Callable[..., Any]:
        return partial(self._gradient, index)

    def _gradient(self, index: int, xp: Any, g: Any, *saved: Any, **attrs: Any) -> Any:
        return self._looked_at(self.op.rules[index], f"of input {index}", xp, g, *saved, **attrs)

    def _looked_at(self, rule: Any, which: str, xp: Any, g: Any, *saved: Any, **attrs: Any) -> Any:
        users = isinstance(self.op, Joint)  # what users wrote is looked at operation by operation
        try:
            with silently(), nullcontext() if users else observing(None):
                d = rule(xp, g, *saved, **attrs)
        except AnomalyError as error:
            self._raise(which, "could not be computed", error)
        looked_at = d if isinstance(d, Variable) or type(d) in NAMESPACES else xp.wrap(d)
        flaw = _born((g, *saved), looked_at)
        if flaw:
            self._raise(which, f"{_described(looked_at)}, has {flaw}", None)
        return d

    def _raise(self, which: str, what: str, cause: AnomalyError | None) -> NoReturn:
        raise self.place.error("backward", f"the gradient {which}, {what}") from cause


def _born(sources: Iterable[Any], result: Any) -> str:
    """What is wrong with a result and was not with what it was computed from; empty where nothing is."""
    for array in _arrays(result):
        if is_finite(array):
            continue
        before = [part for source in sources for part in _arrays(source)]
        infinite = any(map(has_inf, before))
        if any(map(has_nan, before)) or (infinite and not has_nan(array)):
            continue
        return f"{count_flaws(array)}, from {'infinite' if infinite else 'finite'} ones"
    return ""


def _arrays(x: Any) -> Iterator[Any]:
    """The floating arrays of devices that something consists of; Python's floats are numbers of their own."""
    if isinstance(x, Variable):
        x = x.array
    if isinstance(x, (tuple, list)):
        for part in x:
            yield from _arrays(part)
    elif isinstance(x, (float, complex)):
        yield x
    elif type(x) in NAMESPACES and is_differentiable(x.dtype):
        xp = NAMESPACES[type(x)]
        if xp.rank:
            yield from _arrays(xp.parts(x))
        else:
            yield x
