"""One sample of PyTorch's operator database on both sides: values, gradients and second order."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .both_sides import AFTER, BEFORE
from .calls import CALLS

__all__ = ["compare"]

FORWARD = {"rtol": 1e-6, "atol": 1e-6}
GRADIENT = {"rtol": 1e-5, "atol": 1e-5}


class Both:
    """The arguments of a sample on our side, and the tensors that require a gradient, in pairs."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.converted: dict[int, Any] = {}
        self.theirs: list[Any] = []
        self.ours: list[Any] = []

    def convert(self, value: Any) -> Any:
        """Tensors become ours, with values of their own; what is given twice stays one tensor."""
        torch = self.torch
        if isinstance(value, torch.Tensor):
            if id(value) not in self.converted:
                ours = tg.asarray(numpy_of(value), requires_grad=value.requires_grad)
                self.converted[id(value)] = ours
                if value.requires_grad:
                    self.theirs.append(value)
                    self.ours.append(ours)
            return self.converted[id(value)]
        if isinstance(value, torch.dtype):
            return numpy_of(torch.empty(0, dtype=value)).dtype
        if isinstance(value, (list, tuple)):
            return type(value)([self.convert(v) for v in value])
        if isinstance(value, dict):
            return {name: self.convert(v) for name, v in value.items()}
        return value


def numpy_of(tensor: Any) -> Any:
    """A copy of PyTorch's tensor as an array, in the same layout."""
    return np.array(tensor.detach().resolve_conj().resolve_neg().numpy(force=True), order="K")


def leaves(result: Any) -> Iterator[Any]:
    """The tensors of a result, in order."""
    if isinstance(result, (list, tuple)):
        for part in result:
            yield from leaves(part)
    else:
        yield result


def compare(torch: Any, name: str, opinfo: Any, sample: Any, second: bool) -> bool:
    """Assert that both sides agree on a sample; whether second derivatives were among what was compared.

    Parameters
    ----------
    torch : module
    name : str
        Of the operator and its variant.
    opinfo, sample
        Of the database.
    second : bool
        Compare the gradient of a random projection of the gradients too.
    """
    before, after = BEFORE.get(name), AFTER.get(name)
    both = Both(torch)
    first, *rest = both.convert([sample.input, *sample.args])
    keywords = both.convert(sample.kwargs)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the samples have deprecated arguments, logarithms of zero and the like
        theirs = opinfo(before(sample.input) if before else sample.input, *sample.args, **sample.kwargs)
        found = CALLS[name](before(first) if before else first, *rest, **keywords)
        if after:
            theirs, found = after(*leaves(theirs)), after(*leaves(found))
        return agree(both, list(leaves(found)), list(leaves(theirs)), second)


def agree(both: Both, found: list[Any], wanted: list[Any], second: bool) -> bool:
    torch = both.torch
    assert len(found) == len(wanted)
    for y, t in zip(found, wanted):
        expected = numpy_of(t)
        assert (y.shape, y.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(y.detach().numpy(), expected, **FORWARD)
    differentiable = [i for i, t in enumerate(wanted) if t.requires_grad]
    if not both.theirs or not differentiable:
        return False

    draw = np.random.default_rng(1729)
    seeds = [random_like(draw, numpy_of(wanted[i])) for i in differentiable]
    their_seeds = [torch.tensor(s, requires_grad=second) for s in seeds]
    our_seeds = [tg.asarray(s, requires_grad=second) for s in seeds]
    their_gradients = torch.autograd.grad(
        [wanted[i] for i in differentiable], both.theirs, their_seeds, create_graph=second, allow_unused=True
    )
    our_gradients = our_grad([found[i] for i in differentiable], both.ours, our_seeds, second)
    assert_close(our_gradients, their_gradients, both.theirs)
    if not second:
        return False

    # The gradients also depend on the seeds: that tests the backward of an operation that is linear.
    curved = [i for i, g in enumerate(their_gradients) if g is not None and g.requires_grad]
    if not curved:
        return False
    weights = [random_like(draw, numpy_of(their_gradients[i])) for i in curved]
    their_inputs, our_inputs = [*both.theirs, *their_seeds], [*both.ours, *our_seeds]
    their_second = torch.autograd.grad(
        [their_gradients[i] for i in curved], their_inputs, [torch.tensor(w) for w in weights], allow_unused=True
    )
    our_second = our_grad([our_gradients[i] for i in curved], our_inputs, [tg.asarray(w) for w in weights], False)
    assert_close(our_second, their_second, their_inputs)
    return True


def random_like(draw: np.random.Generator, array: Any) -> Any:
    values = draw.standard_normal(array.shape)
    if array.dtype.kind == "c":
        values = values + 1j * draw.standard_normal(array.shape)
    return np.asarray(values, array.dtype)


def our_grad(outputs: list[Any], inputs: list[Any], seeds: list[Any], create_graph: bool) -> list[Any]:
    """The gradients of those outputs that have a graph; None is a gradient of zero, as it is in PyTorch."""
    pairs = [(y, s) for y, s in zip(outputs, seeds) if y is not None and y.requires_grad]
    if not pairs:
        return [None] * len(inputs)
    ys, seeds = [y for y, _ in pairs], [s for _, s in pairs]
    return list(tg.autograd.grad(ys, inputs, seeds, create_graph=create_graph, allow_unused=True))


def assert_close(found: list[Any], wanted: list[Any], inputs: list[Any]) -> None:
    for g, t, x in zip(found, wanted, inputs):
        expected = np.zeros_like(numpy_of(x)) if t is None else numpy_of(t)
        assert g is None or (g.shape, g.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(np.zeros_like(expected) if g is None else g.detach().numpy(), expected, **GRADIENT)
