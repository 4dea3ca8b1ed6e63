"""What must be true of a function of tensors: one function for each aspect, which raises AssertionError where it fails.

Each takes the function and inputs for it (of `vmap` and `trace`: several), and returns None, or the reason why there
was nothing to check for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..autograd import jvp as forward_mode
from ..autograd import no_grad
from ..autograd import vmap as batched
from ..autograd.transforms import grad, vjp
from ..backend import share_memory
from ..ops import broadcast_to, copy, stack
from ..tensor import Tensor
from .comparison import all_same, same
from .evaluation import (
    Function,
    Inputs,
    arrays,
    as_leaves,
    copied,
    described,
    directions_for,
    evaluate,
    floating,
    is_floating,
    of_floats,
    parts,
    requiring,
    seeds_for,
    values_and_gradients,
)
from .gradcheck import gradcheck, gradgradcheck
from .layouts import in_layout

__all__ = [
    "broadcasting", "determinism", "devices", "dtypes", "edges", "gradient", "inputs_unchanged", "jvp", "layouts",
    "memory", "second_order", "trace", "transpose", "value", "vmap",
]  # fmt: skip

ROUNDING = 1e-10  # how far two ways to compute the same in float64 may differ, relative to the values and to 1
NOTHING_FLOATING = "it returns nothing floating"


def determinism(f: Function, inputs: Inputs) -> str | None:
    """Two calls with the same inputs give the same bits, and so do two backwards."""
    first, again = (values_and_gradients(f, as_leaves(inputs)) for _ in range(2))
    for name, found, wanted in zip(("output", "gradient of input"), again, first):
        all_same(f"the second time {name}", found, wanted, 0)
    return None


def inputs_unchanged(f: Function, inputs: Inputs) -> str | None:
    """Neither the call nor its backward writes to the inputs, to the outputs, or to the gradients of these."""
    xs = as_leaves(inputs)
    given = [copied(x) for x in xs]
    outputs = parts(f(*xs))
    _compare_copies("the call changes input", xs, given)
    kept = [copied(y) for y in outputs]
    recorded = [y for y in outputs if y.requires_grad]
    seeds = seeds_for(recorded)
    before = [copied(seed) for seed in seeds]
    for y, seed in zip(recorded, seeds):
        y.backward(seed, retain_graph=True)
    _compare_copies("backward changes input", xs, given)
    _compare_copies("backward changes output", outputs, kept)
    _compare_copies("backward changes the gradient that it starts from, of output", seeds, before)
    return None


def value(f: Function, inputs: Inputs, reference: Function, rtol: float) -> str | None:
    """The values are those of a reference in NumPy."""
    xs = as_leaves(inputs)
    wanted = [np.asarray(y) for y in parts(reference(*(copied(x) for x in xs)))]
    all_same("output", evaluate(f, xs), wanted, rtol)
    return None


def gradient(f: Function, inputs: Inputs, eps: float, rtol: float, atol: float) -> str | None:
    """Backward gives the Jacobian that differences give."""
    if not floating(f(*inputs)):
        return NOTHING_FLOATING
    gradcheck(f, *inputs, eps=eps, rtol=rtol, atol=atol)
    return None


def second_order(f: Function, inputs: Inputs, eps: float, rtol: float, atol: float) -> str | None:
    """So does the backward of backward."""
    if not floating(f(*inputs)):
        return NOTHING_FLOATING
    gradgradcheck(f, *inputs, eps=eps, rtol=10 * rtol, atol=10 * atol)
    return None


def jvp(f: Function, inputs: Inputs, eps: float, rtol: float, atol: float) -> str | None:
    """Forward mode gives the differences along a direction: of all inputs together, and of each alone."""
    on_floats, xs = of_floats(f, inputs)
    directions = directions_for(xs)
    for alone in (None, *range(len(xs) if len(xs) > 1 else 0)):
        ts = [t if alone in (None, i) else None for i, t in enumerate(directions)]
        ys, tangents = forward_mode(on_floats, xs, ts)
        if not ys:
            return NOTHING_FLOATING
        above, below = (
            evaluate(on_floats, [x if t is None else x + step * t for x, t in zip(xs, ts)]) for step in (eps, -eps)
        )
        what = "the tangent" if alone is None else f"with a direction for input {alone} only, the tangent"
        all_same("the value in forward mode of output", arrays(ys), evaluate(on_floats, xs), ROUNDING)
        numeric = [(a - b) / (2 * eps) for a, b in zip(above, below)]
        all_same(f"{what} of output", arrays(tangents), numeric, rtol, atol, "by finite differences")
    return None


def transpose(f: Function, inputs: Inputs) -> str | None:
    """Forward mode and backward agree to the last digits: <g, J t> = <J^T g, t>."""
    on_floats, xs = of_floats(f, inputs)
    directions = directions_for(xs)
    ys, tangents = forward_mode(on_floats, xs, directions)
    if not ys:
        return NOTHING_FLOATING
    seeds = seeds_for(ys)
    _, pull = vjp(on_floats, *xs)
    gradients = pull(seeds)
    forward = list(zip(arrays(seeds), arrays(tangents)))
    backward = list(zip(arrays(gradients), arrays(directions)))
    sums = [sum(float((a * b).sum()) for a, b in pairs) for pairs in (forward, backward)]
    size = 1 + max(float(np.abs(a * b).sum()) for a, b in forward + backward)
    if not (abs(sums[0] - sums[1]) <= 10 * ROUNDING * size or sums[0] == sums[1]):
        raise AssertionError(
            f"the JVP is not the transpose of the VJP: <g, J t> is {sums[0]:.15g}, <J^T g, t> is {sums[1]:.15g}"
        )
    return None


def broadcasting(f: Function, inputs: Inputs) -> str | None:
    """Inputs that are repeated by broadcasting give what inputs of the full shape give; their gradient is the sum."""
    xs = as_leaves(inputs)
    shape = np.broadcast_shapes(*(x.shape for x in xs))
    with no_grad():
        wide = [copy(broadcast_to(x, shape)).requires_grad_() for x in xs]
    found, gradients = values_and_gradients(f, xs)
    wanted, summands = values_and_gradients(f, wide)
    all_same("broadcast output", found, wanted, ROUNDING)
    for i, (g, summand, x) in enumerate(zip(gradients, summands, xs)):
        added = len(shape) - x.ndim
        repeated = tuple(axis for axis, size in enumerate(x.shape, added) if shape[axis] != size)
        wanted_sum = summand.sum(axis=(*range(added), *repeated), keepdims=True).reshape(x.shape)
        same(f"the gradient of input {i}, summed over where it is repeated,", g, wanted_sum, ROUNDING)
    return None


def edges(f: Function, inputs: Inputs) -> str | None:
    """Arrays without axes give what those of one element give, those without elements the shape of the broadcast."""
    xs = as_leaves(inputs)
    shape = np.broadcast_shapes(*(x.shape for x in xs))
    found, gradients = values_and_gradients(f, xs)
    for i, y in enumerate(found):
        if y.shape != shape:
            raise AssertionError(f"output {i} has shape {y.shape}, wanted is {shape}")
    if shape == ():
        with no_grad():
            single = [x.reshape((1,)).requires_grad_() for x in as_leaves(inputs)]
        wanted, wanted_gradients = values_and_gradients(f, single)
        all_same("without axes output", found, [y.reshape(()) for y in wanted], ROUNDING)
        all_same("without axes the gradient of input", gradients, [g.reshape(()) for g in wanted_gradients], ROUNDING)
    return None


def layouts(f: Function, inputs: Inputs, names: Sequence[str]) -> str | None:
    """The same values in other memory give the same outputs and gradients."""
    for name in names:
        laid = [in_layout(x, name) if is_floating(x) else x for x in inputs]
        plain = [in_layout(x, "contiguous") if is_floating(x) else x for x in laid]
        results = (values_and_gradients(f, [requiring(x) for x in group]) for group in (laid, plain))
        for what, found, wanted in zip(("output", "the gradient of input"), *results):
            all_same(f"for memory that is {name}, {what}", found, wanted, ROUNDING)
    return None


def dtypes(f: Function, inputs: Inputs, names: Sequence[str]) -> str | None:
    """Outputs and gradients have the dtype of the inputs, and about the values that float64 gives."""
    for name in names:
        dtype = np.dtype(name)
        xs = as_leaves(inputs, dtype)
        exact = as_leaves(xs, np.dtype(np.float64))
        (ys, gradients), (wanted, wanted_gradients) = values_and_gradients(f, xs), values_and_gradients(f, exact)
        for i, y in enumerate(ys):
            if y.dtype.kind == "f" and y.dtype != dtype:
                raise AssertionError(f"output {i} is {y.dtype} for inputs of {dtype}")
        tolerance = 64 * float(np.finfo(dtype).eps)
        all_same(f"for {name} output", ys, wanted, tolerance, scaled=True)
        all_same(f"for {name} the gradient of input", gradients, wanted_gradients, tolerance, scaled=True)
    return None


def memory(f: Function, inputs: Inputs) -> str | None:
    """An output that shares memory with an input is a view that the input knows of; gradients are nobody else's."""
    xs = as_leaves(inputs)
    outputs = parts(f(*xs))
    for i, x in enumerate(xs):
        for place, y in enumerate(outputs):
            if isinstance(x, Tensor) and share_memory(x.array, y.array) and x.version is not y.version:
                raise AssertionError(f"output {place} shares memory with input {i}; return a copy, or state view=True")
    recorded = [y for y in outputs if y.requires_grad]
    seeds = seeds_for(recorded)
    for y, seed in zip(recorded, seeds):
        y.backward(seed, retain_graph=True)
    gradients = {i: x.grad for i, x in enumerate(xs) if isinstance(x, Tensor) and x.grad is not None}
    others = {f"input {i}": x for i, x in enumerate(xs) if isinstance(x, Tensor)}
    others |= {f"output {i}": y for i, y in enumerate(recorded)}
    others |= {f"the gradient of output {i}": seed for i, seed in enumerate(seeds)}
    others |= {f"the gradient of input {i}": g for i, g in gradients.items()}
    for i, g in gradients.items():
        for name, other in others.items():
            if other is not g and share_memory(g.array, other.array):
                raise AssertionError(f"the gradient of input {i} shares memory with {name}")
    return None


def vmap(f: Function, samples: Sequence[Inputs]) -> str | None:
    """`vmap` gives what a loop over the samples gives, for values and gradients, with samples of all or some inputs."""
    on_floats, first = of_floats(f, samples[0], all_outputs=True)
    alike = [xs for xs in (of_floats(f, inputs)[1] for inputs in samples) if described(xs) == described(first)]

    def total(*xs: Any) -> Any:
        return sum((y * y).sum() for y in floating(on_floats(*xs)))

    functions = {"output": on_floats}
    if floating(on_floats(*first)):
        functions["the gradient of input"] = grad(total, tuple(range(len(first))))
    for what, function in functions.items():
        for alone in (None, *range(len(first) if len(first) > 1 else 0)):
            own = [alone in (None, i) for i in range(len(first))]
            args = [stack([xs[i] for xs in alike]) if mapped else first[i] for i, mapped in enumerate(own)]
            found = arrays(batched(function, in_axes=[0 if mapped else None for mapped in own])(*args))
            loop = [
                arrays(function(*(xs[i] if mapped else first[i] for i, mapped in enumerate(own)))) for xs in alike
            ]
            of = "" if alone is None else f", with samples of input {alone} only"
            all_same(f"under vmap{of}, {what}", found, [np.stack(ys) for ys in zip(*loop)], ROUNDING)
    return None


def trace(f: Function, samples: Sequence[Inputs]) -> str | None:
    """A recorded program of the call and its backward gives for other inputs what these give when they are run."""
    from ..compiler import trace as record

    on_floats, first = of_floats(f, samples[0], all_outputs=True)

    def step(*xs: Any) -> Any:
        outputs = parts(on_floats(*xs))
        for y in outputs:
            if y.requires_grad:
                (y * y).sum().backward(retain_graph=True)
        return outputs, [x.grad for x in xs if x.grad is not None]

    program = record(step, *as_leaves(first))
    for inputs in samples:
        xs = of_floats(f, inputs)[1]
        if described(xs) == described(first):
            replayed, run = program(*as_leaves(xs)), step(*as_leaves(xs))
            all_same("replayed output", arrays(replayed[0]), arrays(run[0]), ROUNDING)
            all_same("replayed gradient", arrays(replayed[1]), arrays(run[1]), ROUNDING)
    return None


def devices(f: Function, inputs: Inputs, names: Sequence[str]) -> str | None:
    """Other devices give what the CPU gives."""
    wanted = values_and_gradients(f, as_leaves(inputs, device="cpu"))
    for name in names:
        found = values_and_gradients(f, as_leaves(inputs, device=name))
        for what, ours, cpu in zip(("output", "the gradient of input"), found, wanted):
            all_same(f"on {name} {what}", ours, cpu, 10 * ROUNDING)
    return None


def _compare_copies(what: str, tensors: Inputs, copies: Inputs) -> None:
    for i, (x, before) in enumerate(zip(tensors, copies)):
        if isinstance(x, Tensor):
            same(f"{what} {i}: it", copied(x), before, 0, wanted_is="it was")
