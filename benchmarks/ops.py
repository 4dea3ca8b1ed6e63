"""What recording and differentiating one operation costs beyond NumPy's own calls.

Each operation runs in a chain, each result the next one's input, on arrays so small that arithmetic costs
next to nothing. The chain's time divided by its length is the time of one operation; the fixed cost of
``backward()`` vanishes in it. A chain of one operation shows that fixed cost.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import Worker, WorkerError, interleave, summarize
from benchmarks.workloads import SEED, Array

CHAIN = 100
TOLERANCE = 1e-4
MINIMUM_REPEATS = 3
FRAMEWORKS = ("numpy", "tinygrad_nn-cpu", "torch-eager")

_generator = np.random.default_rng(SEED)
SHAPE = (4, 4)
SIGNS = np.sign(_generator.standard_normal(SHAPE, dtype=np.float32))
ROTATION = np.linalg.qr(_generator.standard_normal(SHAPE))[0].astype(np.float32)
BIAS = _generator.standard_normal(SHAPE[1], dtype=np.float32)
ROWS = np.array([2, 0, 3, 0])


@dataclass(frozen=True)
class Operation:
    """An operation whose result has the shape of its input, so that it can be chained.

    Parameters
    ----------
    name : str
        In the table. "constant": the other operand needs no gradient; "parameter": it does.
    apply : callable
        ``apply(functions, x, other)``, written so that NumPy and every framework run it.
    backward : callable
        ``backward(g, x, y, other)``: the gradient of `x` by hand in NumPy.
    other : ndarray or None
        The other operand.
    parameter_backward : callable or None
        The same for `other`, where it needs a gradient.
    calls : int
        Operations in one ``apply``.
    """

    name: str
    apply: Callable[[Functions, Any, Any], Any]
    backward: Callable[[Array, Array, Array, Any], Array]
    other: Array | None = None
    parameter_backward: Callable[[Array, Array, Array, Any], Array] | None = None
    calls: int = 1


@dataclass(frozen=True)
class Functions:
    """The functions of a framework that are not operators or methods under the same name everywhere."""

    tanh: Callable[[Any], Any]
    relu: Callable[[Any], Any]


def _spread_rows(g: Array, x: Array) -> Array:
    spread = np.empty_like(x)
    spread[...] = g
    return spread


def _put(g: Array, x: Array, index: Any) -> Array:
    whole = np.zeros_like(x)
    whole[index] = g
    return whole


def _add_at(g: Array, x: Array, index: Array) -> Array:
    whole = np.zeros_like(x)
    np.add.at(whole, index, g)
    return whole


OPERATIONS = (
    Operation("add constant", lambda f, x, c: x + c, lambda g, x, y, c: g, SIGNS),
    Operation("add parameter", lambda f, x, w: x + w, lambda g, x, y, w: g, SIGNS, lambda g, x, y, w: g),
    Operation("add bias", lambda f, x, w: x + w, lambda g, x, y, w: g, BIAS, lambda g, x, y, w: g.sum(axis=0)),
    Operation("mul constant", lambda f, x, c: x * c, lambda g, x, y, c: g * c, SIGNS),
    Operation("mul parameter", lambda f, x, w: x * w, lambda g, x, y, w: g * w, SIGNS, lambda g, x, y, w: g * x),
    Operation("neg", lambda f, x, _: -x, lambda g, x, y, _: -g),
    Operation("tanh", lambda f, x, _: f.tanh(x), lambda g, x, y, _: g * (1 - y * y)),
    Operation("relu", lambda f, x, _: f.relu(x), lambda g, x, y, _: g * (y > 0)),
    Operation("matmul constant", lambda f, x, c: x @ c, lambda g, x, y, c: g @ c.T, ROTATION),
    Operation(
        "matmul parameter",
        lambda f, x, w: x @ w,
        lambda g, x, y, w: g @ w.T,
        ROTATION,
        lambda g, x, y, w: x.T @ g,
    ),
    Operation("transpose", lambda f, x, _: x.T, lambda g, x, y, _: g.T),
    Operation(
        "reshape",
        lambda f, x, _: x.reshape((2, 8)).reshape(SHAPE),
        lambda g, x, y, _: g.reshape((2, 8)).reshape(SHAPE),
        calls=2,
    ),
    Operation(
        "sum and broadcast",
        lambda f, x, c: x.sum(axis=0, keepdims=True) * c,
        lambda g, x, y, c: _spread_rows((g * c).sum(axis=0, keepdims=True), x),
        SIGNS / SHAPE[0],
        calls=2,
    ),
    Operation("getitem slice", lambda f, x, _: x[:4], lambda g, x, y, _: _put(g, x, slice(4))),
    Operation("getitem integers", lambda f, x, rows: x[rows], lambda g, x, y, rows: _add_at(g, x, rows), ROWS),
)

# For each operation, by what is timed: the function to time, and how many operations it does.
Programs = dict[str, dict[str, tuple[Callable[[], object], int]]]


def initial_input() -> Array:
    """The chain's first input: float32, away from zero, where relu has its kink."""
    return np.random.default_rng(SEED).uniform(0.5, 1.5, SHAPE).astype(np.float32) * SIGNS


# -- in the worker


def prepare(framework: str, threads: int, seconds: float) -> tuple[dict[str, Any], Callable[[float], dict[str, Any]]]:
    """The gradients of every chain, and the function that times the chains."""
    if framework == "numpy":
        programs, gradients = numpy_programs()
    elif framework == "torch-eager":
        programs, gradients = torch_programs(threads)
    else:
        programs, gradients = our_programs()
    time_programs(programs, seconds)
    return {"gradients": gradients}, lambda seconds: {"microseconds": time_programs(programs, seconds)}


def time_programs(programs: Programs, seconds: float) -> dict[str, Any]:
    """Median µs per operation of each program of each operation; all of them together in about `seconds`."""
    share = seconds / sum(map(len, programs.values()))
    return {
        name: {mode: time_program(run, share) / operations for mode, (run, operations) in modes.items()}
        for name, modes in programs.items()
    }


def time_program(run: Callable[[], object], seconds: float) -> float:
    """Median time of `run` in µs."""
    clock = time.perf_counter
    times: list[float] = []
    end = clock() + seconds
    while len(times) < MINIMUM_REPEATS or clock() < end:
        start = clock()
        run()
        times.append(clock() - start)
    return 1e6 * statistics.median(times)


def numpy_programs() -> tuple[Programs, dict[str, list[Any]]]:
    """Chains and their gradients by hand."""
    functions = Functions(tanh=np.tanh, relu=partial(np.maximum, 0.0))
    start, seed = initial_input(), np.ones(SHAPE, np.float32)

    def forward(operation: Operation, length: int) -> Array:
        apply, other, y = operation.apply, operation.other, start
        for _ in range(length):
            y = apply(functions, y, other)
        return y

    def forward_backward(operation: Operation, length: int) -> list[Array]:
        apply, other, x = operation.apply, operation.other, start
        kept = []
        for _ in range(length):
            y = apply(functions, x, other)
            kept.append((x, y))
            x = y
        backward, parameter_backward = operation.backward, operation.parameter_backward
        g, total = seed, None
        while kept:
            x, y = kept.pop()
            if parameter_backward is not None:
                part = parameter_backward(g, x, y, other)
                total = part if total is None else total + part
            g = backward(g, x, y, other)
        return [g] if total is None else [g, total]

    programs: Programs = {}
    gradients: dict[str, list[Any]] = {}
    for operation in OPERATIONS:
        count = CHAIN * operation.calls
        programs[operation.name] = {
            "forward": (partial(forward, operation, CHAIN), count),
            "forward + backward": (partial(forward_backward, operation, CHAIN), count),
            "alone": (partial(forward_backward, operation, 1), operation.calls),
        }
        gradients[operation.name] = [array.tolist() for array in forward_backward(operation, CHAIN)]
    return programs, gradients


def our_programs() -> tuple[Programs, dict[str, list[Any]]]:
    import tinygrad_nn as tg
    import tinygrad_nn.nn.functional as F

    return framework_programs(Functions(tanh=tg.tanh, relu=F.relu), tg.asarray, tg.no_grad)


def torch_programs(threads: int) -> tuple[Programs, dict[str, list[Any]]]:
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    return framework_programs(Functions(tanh=torch.tanh, relu=F.relu), torch.from_numpy, torch.no_grad)


def framework_programs(
    functions: Functions,
    to_tensor: Callable[[Array], Any],
    no_grad: Callable[[], AbstractContextManager[Any]],
) -> tuple[Programs, dict[str, list[Any]]]:
    """Chains of a framework whose tensors have ``requires_grad``, ``backward(seed)`` and ``grad``."""

    def parameter(array: Array) -> Any:
        tensor = to_tensor(array)
        tensor.requires_grad = True
        return tensor

    start, seed = parameter(initial_input()), to_tensor(np.ones(SHAPE, np.float32))

    def chain(operation: Operation, other: Any, length: int) -> Any:
        apply, y = operation.apply, start
        for _ in range(length):
            y = apply(functions, y, other)
        return y

    def unrecorded(operation: Operation, other: Any, length: int) -> None:
        with no_grad():
            chain(operation, other, length)

    def forward_backward(operation: Operation, other: Any, length: int) -> list[Any]:
        leaves = [start] if operation.parameter_backward is None else [start, other]
        for leaf in leaves:
            leaf.grad = None
        chain(operation, other, length).backward(seed)
        return [leaf.grad for leaf in leaves]

    programs: Programs = {}
    gradients: dict[str, list[Any]] = {}
    for operation in OPERATIONS:
        count = CHAIN * operation.calls
        other = None
        if operation.other is not None:
            other = (parameter if operation.parameter_backward else to_tensor)(operation.other)
        programs[operation.name] = {
            "forward": (partial(unrecorded, operation, other, CHAIN), count),
            "recorded": (partial(chain, operation, other, CHAIN), count),
            "forward + backward": (partial(forward_backward, operation, other, CHAIN), count),
            "alone": (partial(forward_backward, operation, other, 1), operation.calls),
        }
        leaf_gradients = forward_backward(operation, other, CHAIN)
        gradients[operation.name] = [gradient.numpy().tolist() for gradient in leaf_gradients]
    return programs, gradients


# -- in the process that reports


def run(
    frameworks: Sequence[str], *, threads: int, rounds: int, seconds: float, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Measure all operations in every framework; NumPy must be among them.

    Returns
    -------
    dict
        ``versions``, the ``chain`` length and, by framework, ``results``: its status and, for each
        operation, µs of each program; ``overhead`` is that of a recorded operation with its backward over
        NumPy's, ``overhead_alone`` the same for a chain of one, so with the whole cost of ``backward()``.
    """
    versions: dict[str, str] = {}
    results: dict[str, dict[str, Any]] = {}
    gradients: dict[str, dict[str, Any]] = {}
    workers: dict[str, Worker] = {}
    with ExitStack() as stack:
        for framework in frameworks:
            progress(f"ops: starting {framework}")
            worker = stack.enter_context(Worker({"suite": "ops", "framework": framework, "seconds": seconds}, threads))
            try:
                ready = worker.receive()
            except WorkerError as error:
                results[framework] = {"status": error.status, "reason": str(error)}
                continue
            versions.update(ready["versions"])
            workers[framework] = worker
            gradients[framework] = ready["gradients"]
            results[framework] = {"status": "ok"}
            wrong = wrong_gradients(ready["gradients"], gradients["numpy"])
            if wrong:
                results[framework].update(status="invalid", reason=f"wrong gradients of {', '.join(wrong)}")
        progress(f"ops: measuring {len(workers)} frameworks, {rounds} rounds of {seconds:g} s each")
        answers, failures = interleave(workers, rounds, seconds)
    for framework, failure in failures.items():
        results[framework] = {"status": failure.status, "reason": str(failure)}
    for framework, rounds_of_times in answers.items():
        results[framework]["operations"] = median_of_rounds([answer["microseconds"] for answer in rounds_of_times])
    floor = results["numpy"]["operations"]
    for framework in answers:
        if framework != "numpy":
            for name, times in results[framework]["operations"].items():
                times["overhead"] = times["forward + backward"] - floor[name]["forward + backward"]
                times["overhead_alone"] = times["alone"] - floor[name]["alone"]
    return {"versions": versions, "chain": CHAIN, "shape": list(SHAPE), "results": results}


def wrong_gradients(gradients: Mapping[str, Any], reference: Mapping[str, Any]) -> list[str]:
    """Names of the operations whose chain has other gradients than by hand."""
    return [
        name
        for name, arrays in reference.items()
        if not all(np.allclose(a, b, rtol=TOLERANCE, atol=1e-6) for a, b in zip(gradients[name], arrays, strict=True))
    ]


def median_of_rounds(rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """For each operation and program the median over the rounds."""
    return {
        name: {mode: summarize([times[name][mode] for times in rounds])["median"] for mode in modes}
        for name, modes in rounds[0].items()
    }
