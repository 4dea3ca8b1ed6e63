"""The loops over the rows of a step compute what the formulas say, for sequences of different lengths both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend import cpu, recurrence, recurrent_steps
from tinygrad_nn.backend.jit import installed

pytestmark = pytest.mark.skipif(installed() is None, reason="numba is not installed, or switched off")


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("sizes", [(19,) * 5, (19, 19, 6, 2, 1)], ids=["alike", "different"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("shared", [0, 10**9], ids=["shared", "alone"])
def test_loops_compute_what_the_formulas_say(kind: str, sizes: Any, reverse: bool, shared: int,
                                             monkeypatch: Any) -> None:  # fmt: skip
    random = np.random.default_rng(0)

    def drawn(*shape: int) -> Any:
        return random.standard_normal(shape).astype(np.float32)

    size, rows, gates = 33, sum(sizes), 4 if kind == "lstm" else 3
    hidden, weight, own_h, own_c = drawn(19, size), drawn(gates * size, size) / 4, drawn(rows, size), drawn(rows, size)
    cell, extra = (drawn(19, size), None) if kind == "lstm" else (None, drawn(3 * size))
    own_c = own_c if kind == "lstm" else None
    inputs = hidden, cell, weight, extra
    options: Any = {"kind": kind, "sizes": sizes, "reverse": reverse}
    projected = drawn(rows, gates * size)
    wanted = recurrence.forward(cpu, projected, *inputs, **options)
    gradients = recurrence.backward(cpu, wanted, own_h, own_c, None, *inputs, **options)

    def refused(*given: Any, **options: Any) -> Any:
        raise AssertionError("there is a loop for this")

    gradients_of_h = recurrence.backward(cpu, wanted, own_h, None, None, *inputs, **options)
    monkeypatch.setattr(recurrent_steps, "SHARED", shared)
    monkeypatch.setattr(recurrent_steps, "count", lambda: 3)
    monkeypatch.setattr(recurrent_steps, "forward", refused)
    monkeypatch.setattr(recurrent_steps, "backward", refused)
    found = cpu.recurrence(projected, *inputs, **options)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    found = cpu.recurrence_gradient(wanted, own_h, None, None, *inputs, **options)
    np.testing.assert_allclose(found, gradients_of_h, rtol=1e-3, atol=1e-4)
    found = np.full_like(wanted, 7)
    cpu.recurrence_gradient(wanted, own_h, own_c, None, *inputs, **options, out=found)
    np.testing.assert_allclose(found, gradients, rtol=1e-3, atol=1e-4)
