"""What every operation must do, case by case of the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import ops
from tinygrad_nn.autograd.op import Op
from tinygrad_nn.testing import LAYOUTS, gradcheck, gradgradcheck, in_layout

from .table import ROWS, TECHNICAL, Case, Row

FLOATS = (np.float16, np.float32, np.float64)
TOLERANCE = {"float16": 2e-2, "float32": 2e-5, "float64": 1e-11}

ALL = [pytest.param(row, case, id=f"{row.name}-{case!r}") for row in ROWS for case in row.cases]
SMOOTH = [pytest.param(row, case, id=f"{row.name}-{case!r}") for row in ROWS for case in row.cases if row.gradient]
TRACED = [pytest.param(row, case, id=f"{row.name}-{case!r}") for row in ROWS for case in row.cases if row.traceable]


def tensors(arrays: list[Any], device: str, requires_grad: bool = False) -> list[Any]:
    """Tensors for the inputs of a case; their memory is their own."""
    made = [tg.asarray(np.array(x), device=device) for x in arrays]
    return [x.requires_grad_() if requires_grad and x.dtype.kind == "f" else x for x in made]


def parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def values(result: Any) -> list[Any]:
    return [y.detach().numpy() for y in parts(result)]


def assert_same(result: Any, wanted: Any, rtol: float, dtypes: bool = False) -> None:
    found, wanted = values(result), [np.asarray(y) for y in parts(wanted)]
    assert len(found) == len(wanted)
    for y, w in zip(found, wanted):
        assert y.shape == w.shape
        assert not dtypes or y.dtype == w.dtype
        np.testing.assert_allclose(y.astype(w.dtype), w, rtol=rtol, atol=rtol)


def expected(row: Row, case: Case, arrays: list[Any]) -> Any:
    with np.errstate(all="ignore"):
        return row.oracle(*arrays, **case.kwargs)


def gradients(row: Row, case: Case, xs: list[Any], seeds: list[Any]) -> list[Any]:
    """Run backward from every floating output; the gradients of the floating inputs (None where none has flowed)."""
    outputs = [y for y in parts(row.call(*xs, **case.kwargs)) if y.requires_grad]
    for y, seed in zip(outputs, seeds):
        y.backward(tg.asarray(seed.astype(y.dtype), device=y.device), retain_graph=True)
    return [x.grad for x in xs if x.requires_grad]


def seeds_for(row: Row, case: Case, arrays: list[Any]) -> list[Any]:
    random = np.random.default_rng(1)
    return [random.uniform(0.5, 1.5, np.shape(y)) for y in parts(expected(row, case, arrays))]


def test_every_operation_has_a_row() -> None:
    named = {row.name for row in ROWS}.union(*(row.covers for row in ROWS)) | TECHNICAL
    exported = {name for name in ops.__all__ if isinstance(getattr(ops, name), Op) or callable(getattr(ops, name))}
    assert sorted(exported - named) == []
    assert sorted(set(ops.registry()) - named) == []


def test_every_rule_is_reached(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, reached = set(), set()

    def noted(name: str, index: int, rule: Any) -> Any:
        wanted.add((name, index))
        return lambda *args, **kwargs: reached.add((name, index)) or rule(*args, **kwargs)

    for name, op in ops.registry().items():
        if isinstance(op.rules, tuple):
            monkeypatch.setattr(op, "rules", tuple(rule and noted(name, i, rule) for i, rule in enumerate(op.rules)))
        else:  # one rule for any number of inputs
            monkeypatch.setattr(op, "rules", [noted(name, i, op.rules[i]) for i in range(3)])
    for row in ROWS:
        for case in row.cases if row.gradient else ():
            arrays = row.arrays(case)
            gradients(row, case, tensors(arrays, device, requires_grad=True), seeds_for(row, case, arrays))
    assert sorted(wanted - reached - {("where", 0)}) == []  # a condition of floats has a test of its own


@pytest.mark.parametrize(("row", "case"), ALL)
def test_value(row: Row, case: Case, device: str) -> None:
    arrays = row.arrays(case)
    result = row.call(*tensors(arrays, device), **case.kwargs)
    assert_same(result, expected(row, case, arrays), 1e-11)
    assert all(y.device in (device, "cpu") for y in parts(result))


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_gradient(row: Row, case: Case, device: str) -> None:
    gradcheck(lambda *xs: row.call(*xs, **case.kwargs), *tensors(row.arrays(case), device))


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_second_derivative(row: Row, case: Case, device: str) -> None:
    # Its part for the gradient that the VJP starts from is the JVP by double VJP.
    gradgradcheck(lambda *xs: row.call(*xs, **case.kwargs), *tensors(row.arrays(case), device), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("row", "case"), SMOOTH)
@pytest.mark.parametrize("dtype", FLOATS)
def test_floating_dtypes_are_kept(row: Row, case: Case, dtype: Any, device: str) -> None:
    if row.name == "astype":
        return
    arrays = row.arrays(case, dtype)
    xs = tensors(arrays, device, requires_grad=True)
    result = row.call(*xs, **case.kwargs)
    assert {y.dtype for y in parts(result) if y.dtype.kind == "f"} == {np.dtype(dtype)}
    exact = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in arrays]
    assert_same(result, expected(row, case, exact), TOLERANCE[np.dtype(dtype).name])
    seeds = seeds_for(row, case, exact)
    found = gradients(row, case, xs, seeds)
    wanted = gradients(row, case, tensors(exact, device, requires_grad=True), seeds)
    for g, w in zip(found, wanted):
        assert (g is None) == (w is None)
        if g is not None:
            assert g.dtype == dtype
            rtol = 4 * TOLERANCE[np.dtype(dtype).name]
            np.testing.assert_allclose(g.numpy().astype(np.float64), w.numpy(), rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("row", "case"), ALL)
def test_inputs_are_not_modified(row: Row, case: Case, device: str) -> None:
    arrays = row.arrays(case)
    xs = tensors(arrays, device, requires_grad=row.gradient)
    gradients(row, case, xs, seeds_for(row, case, arrays))
    for x, before in zip(xs, arrays):
        np.testing.assert_array_equal(x.detach().numpy(), before)
        assert x.version[0] == 0


@pytest.mark.parametrize(("row", "case"), ALL)
def test_what_shares_memory_shares_its_version(row: Row, case: Case, device: str) -> None:
    # Else a write to one of them would go unnoticed where a gradient reads the other.
    xs = tensors(row.arrays(case), device)
    outputs = parts(row.call(*xs, **case.kwargs))
    for x in xs:
        before = [np.array(y.numpy()) for y in outputs]
        x[...] = tg.full(x.shape, 77, dtype=x.dtype, device=device)
        for y, values in zip(outputs, before):
            assert y.version is x.version or np.array_equal(y.numpy(), values, equal_nan=y.dtype.kind in "fc")


@pytest.mark.parametrize(("row", "case"), SMOOTH)
def test_gradients_share_no_memory(row: Row, case: Case, device: str) -> None:
    arrays = row.arrays(case)
    xs = tensors(arrays, device, requires_grad=True)
    outputs = [y for y in parts(row.call(*xs, **case.kwargs)) if y.requires_grad]
    seeds = [tg.asarray(s, device=device) for s in seeds_for(row, case, arrays)]
    for y, seed in zip(outputs, seeds):
        y.backward(seed, retain_graph=True)
    leaves = [x for x in xs if x.grad is not None]
    first = [np.array(x.grad.numpy()) for x in leaves]
    before = [np.array(t.detach().numpy()) for t in (*xs, *outputs, *seeds)]
    for place, leaf in enumerate(leaves):
        leaf.grad.array[...] = tg.full(leaf.shape, 77.0, leaf.dtype, device).array
        for other, wanted in zip(leaves[place + 1 :], first[place + 1 :]):
            np.testing.assert_array_equal(other.grad.numpy(), wanted)
    for t, wanted in zip((*xs, *outputs, *seeds), before):
        np.testing.assert_array_equal(t.detach().numpy(), wanted)
    for leaf in leaves:
        leaf.grad = None
    for y, seed in zip(outputs, seeds):
        y.backward(seed, retain_graph=True)
    for leaf, wanted in zip(leaves, first):
        np.testing.assert_array_equal(leaf.grad.numpy(), wanted)


@pytest.mark.parametrize(("row", "case"), ALL)
def test_memory_layouts(row: Row, case: Case, device: str) -> None:
    for layout in LAYOUTS[1:]:
        assert_layout_does_not_matter(row, case, layout, device)


def assert_layout_does_not_matter(row: Row, case: Case, layout: str, device: str) -> None:
    def arranged(x: Any) -> Any:  # repeated indices would mean something else
        return in_layout(x, "strided" if layout == "broadcast" and x.dtype.kind != "f" else layout)

    xs = [arranged(x) for x in tensors(row.arrays(case), device)]
    plain = [in_layout(x, "contiguous") for x in xs]
    assert_same(row.call(*xs, **case.kwargs), values(row.call(*plain, **case.kwargs)), 1e-12)
    if row.gradient:
        seeds = seeds_for(row, case, [x.numpy() for x in plain])
        for group in (xs, plain):
            for x in group:
                if x.dtype.kind == "f":
                    x.requires_grad_()
        for g, w in zip(gradients(row, case, xs, seeds), gradients(row, case, plain, seeds)):
            assert (g is None) == (w is None)
            if g is not None:
                np.testing.assert_allclose(g.numpy(), w.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("row", "case"), TRACED)
def test_traced_arrays(row: Row, case: Case, device: str) -> None:
    def step(*xs: Any) -> Any:
        outputs = parts(row.call(*xs, **case.kwargs))
        recorded = [y for y in outputs if y.requires_grad]
        if recorded:
            total = recorded[0].sum()
            for y in recorded[1:]:
                total = total + y.sum()
            (total * total).backward()
        return outputs, [x.grad for x in xs if x.grad is not None]

    program = tg.trace(step, *tensors(row.arrays(case), device, requires_grad=row.gradient))
    for seed in (0, 1):
        arrays = row.arrays(case, seed=seed)
        found = program(*tensors(arrays, device, requires_grad=row.gradient))
        wanted = step(*tensors(arrays, device, requires_grad=row.gradient))
        for replayed, eager in zip(found, wanted):
            assert_same(replayed, values(eager), 0, dtypes=True)
