"""Whether operations are recorded: for backward (gradient mode) and for a program (tracing); and who watches them.

All are kept in one context variable, so threads and asyncio tasks do not see each other's setting.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

__all__ = [
    "Mode", "at_level", "current_mode", "enable_grad", "is_grad_enabled", "no_grad", "observing", "recording",
    "set_grad_enabled",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])


class Mode:
    """What `apply` does besides computing: record a graph (`grad_enabled`), record a program (`recorder`).

    `level` is the innermost transformation under way, None outside of all: leaves made there belong to it. `observer`
    sees each operation, and `paused` is the one that sees none while an operation that it has seen is computed (see
    `tinygrad_nn.autograd.observer`). `watched` says whether there is a recorder or an observer. It knows the mode that
    it was entered from, so leaving it needs nothing else: whoever enters it keeps no state.
    """

    __slots__ = ("grad_enabled", "level", "observer", "outer", "paused", "recorder", "watched")

    def __init__(self, grad_enabled: bool, recorder: Any, level: Any, observer: Any, paused: Any, outer: Any) -> None:
        self.grad_enabled = grad_enabled
        self.recorder = recorder
        self.level = level
        self.observer = observer
        self.paused = paused
        self.watched = recorder is not None or observer is not None
        self.outer = outer


_EAGER = Mode(True, None, None, None, None, None)
_mode: ContextVar[Mode] = ContextVar("tinygrad_nn.mode", default=_EAGER)
current_mode = _mode.get


class _ModeContext:
    """Enter a mode for a `with` block, or for every call of a decorated function."""

    __slots__ = ()

    def _entered(self, mode: Mode) -> Mode:
        raise NotImplementedError

    def __enter__(self) -> None:
        _mode.set(self._entered(_mode.get()))

    def __exit__(self, *exception: object) -> None:
        # A generator that is closed in another context than it was started in leaves a mode it did not enter.
        _mode.set(_mode.get().outer or _EAGER)

    def __call__(self, function: F) -> F:
        from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        @wraps(function)
        async def wait(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await function(*args, **kwargs)

        @wraps(function)
        def generate(*args: Any, **kwargs: Any) -> Any:
            # A generator runs in its caller's context: the mode is entered for each step, never across a yield.
            generator = function(*args, **kwargs)
            step, given = generator.send, None
            try:
                while True:
                    with self:
                        item = step(given)
                    try:
                        step, given = generator.send, (yield item)
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step, given = generator.throw, error
            except StopIteration as stop:
                return stop.value
            finally:
                with self:
                    generator.close()

        if isasyncgenfunction(function):
            raise TypeError(f"{function.__name__} is an asynchronous generator; use a with block inside it")
        kind = generate if isgeneratorfunction(function) else wait if iscoroutinefunction(function) else call
        return kind  # type: ignore[return-value]


class no_grad(_ModeContext):
    """Record no graph inside: a context manager and a decorator.

    Decorate a generator rather than yielding inside a with block: the block stays entered while the generator waits.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([1.0, 2.0], requires_grad=True)
    >>> with tg.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    __slots__ = ()

    def _entered(self, mode: Mode) -> Mode:
        return Mode(False, mode.recorder, mode.level, mode.observer, mode.paused, mode)


class enable_grad(_ModeContext):
    """Record a graph inside, also within `no_grad`: a context manager and a decorator.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([1.0, 2.0], requires_grad=True)
    >>> with tg.no_grad(), tg.enable_grad():
    ...     y = x * 2
    >>> y.requires_grad
    True
    """

    __slots__ = ()

    def _entered(self, mode: Mode) -> Mode:
        return Mode(True, mode.recorder, mode.level, mode.observer, mode.paused, mode)


class set_grad_enabled(_ModeContext):
    """`enable_grad` or `no_grad`, by a flag.

    Parameters
    ----------
    enabled : bool
        Whether operations inside are recorded for backward.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> with tg.set_grad_enabled(False):
    ...     tg.is_grad_enabled()
    False
    """

    __slots__ = ("enabled",)

    def __init__(self, enabled: bool) -> None:
        self.enabled = bool(enabled)

    def _entered(self, mode: Mode) -> Mode:
        return Mode(self.enabled, mode.recorder, mode.level, mode.observer, mode.paused, mode)


class recording(_ModeContext):
    """Record every operation inside into a program (see `tinygrad_nn.compiler`)."""

    __slots__ = ("recorder",)

    def __init__(self, recorder: Any) -> None:
        self.recorder = recorder

    def _entered(self, mode: Mode) -> Mode:
        return Mode(mode.grad_enabled, self.recorder, mode.level, mode.observer, mode.paused, mode)


class at_level(_ModeContext):
    """Within a transformation (see `tinygrad_nn.autograd.lifted`)."""

    __slots__ = ("level",)

    def __init__(self, level: Any) -> None:
        self.level = level

    def _entered(self, mode: Mode) -> Mode:
        return Mode(mode.grad_enabled, mode.recorder, self.level, mode.observer, mode.paused, mode)


class observing(_ModeContext):
    """Let an observer see the operations inside, while `paused` sees none of them."""

    __slots__ = ("observer", "paused")

    def __init__(self, observer: Any, paused: Any = None) -> None:
        self.observer = observer
        self.paused = paused

    def _entered(self, mode: Mode) -> Mode:
        return Mode(mode.grad_enabled, mode.recorder, mode.level, self.observer, self.paused, mode)


def is_grad_enabled() -> bool:
    """Whether operations are being recorded for backward here and now.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.is_grad_enabled()
    True
    """
    return _mode.get().grad_enabled
