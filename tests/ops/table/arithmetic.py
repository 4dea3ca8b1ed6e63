"""Rows of arithmetic."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases, one, two


def rows() -> list[Row]:
    return [
        one("negative", np.negative),
        one("positive", np.positive),
        one("reciprocal", lambda x: 1 / x, kinks=(0,)),
        one("square", np.square),
        one("abs", np.abs, kinks=(0,)),
        one("sqrt", np.sqrt, domain=(0.2, 3)),
        one("conj", np.conj),
        one("real", np.real),
        one("imag", np.imag),
        two("add", lambda a, b: a + b),
        two("subtract", lambda a, b: a - b),
        two("multiply", lambda a, b: a * b),
        two("divide", lambda a, b: a / b, kinks=(0,)),
        two("floor_divide", np.floor_divide, domain=(0.3, 2.9)),
        two("remainder", np.remainder, domain=(0.3, 2.9)),
        two("pow", np.power, domain=(0.3, 2)),
        Row("imag", tg.imag, np.imag, cases((np.array([1 + 2j, -3j]),), (np.array(2 - 1j),)), gradient=False),
    ]  # fmt: skip
