"""The exceptions of the framework that have no fitting built-in one."""

__all__ = ["AnomalyError", "CompileWarning", "DeviceError", "GraphError", "TraceError"]


class AnomalyError(FloatingPointError):
    """A NaN or an infinity was born in an operation, or in its gradient: see `autograd.detect_anomaly`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> try:
    ...     with tg.autograd.detect_anomaly():
    ...         tg.log(tg.zeros(2))
    ... except tg.AnomalyError:
    ...     print("it names the operation, its line and its module")
    it names the operation, its line and its module
    """


class CompileWarning(UserWarning):
    """A compiled function runs without a program, or is traced again and again: see `tg.compile`.

    Examples
    --------
    >>> import warnings
    >>> import tinygrad_nn as tg
    >>> f = tg.compile(lambda x: x if x.sum() > 0 else -x)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     y = f(tg.ones(2))
    >>> caught[0].category.__name__
    'CompileWarning'
    """


class DeviceError(RuntimeError):
    """Arrays of different devices met in one operation, or a device is not there.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> try:
    ...     tg.zeros(2, device="cpu") + tg.zeros(2, device="strict")
    ... except tg.DeviceError:
    ...     print("bring them to one device with to_device")
    bring them to one device with to_device
    """


class GraphError(RuntimeError):
    """The graph cannot give the gradient that was asked for.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> try:
    ...     tg.ones(2).sum().backward()
    ... except tg.GraphError:
    ...     print("nothing here requires a gradient")
    nothing here requires a gradient
    """


class TraceError(RuntimeError):
    """A function that is being traced needs the value of an array.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> try:
    ...     tg.trace(lambda x: x if x.sum() > 0 else -x, tg.ones(2))
    ... except tg.TraceError:
    ...     print("the branch depends on values; use tg.where")
    the branch depends on values; use tg.where
    """
