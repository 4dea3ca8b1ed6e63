"""Rows of comparisons, logic and bits."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    integers = np.array([0, 1, 2, 5, 6]), np.array([3, 1, 0, 4, 2])
    matrix = np.array([[6, 1], [3, 5]], np.int32), np.array([1, 2], np.int32)
    bits = cases(integers, matrix, (np.array(6), np.array(3)), (np.zeros((0, 2), int), np.ones((2,), int)))
    truths = cases(
        ((2, 2), (2,)), (np.array([True, False, False]), np.array([[True], [False]])),
        (np.array([0, 1, 2]), np.array([0, 0, 3])), (np.array(True), np.array(True)),
    )  # fmt: skip
    special = np.array([0.0, -0.0, 1.5, np.inf, -np.inf, np.nan])
    odd = cases((special,), ((2, 3),), (special.astype(np.float32),), (np.arange(3),), ((0,),))
    same = cases((np.array([1, 2, 3]), np.array([1, 3, 2])), ((2, 3), (3,)), (special, special), ((), (2,)))
    comparisons = {
        "equal": lambda a, b: a == b, "not_equal": lambda a, b: a != b, "less": lambda a, b: a < b,
        "less_equal": lambda a, b: a <= b, "greater": lambda a, b: a > b, "greater_equal": lambda a, b: a >= b,
    }  # fmt: skip
    numpy_name = {"bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift"}
    return [
        *(Row(name, getattr(tg, name), oracle, same, gradient=False) for name, oracle in comparisons.items()),
        *(Row(name, getattr(tg, name), getattr(np, name), truths, gradient=False)
          for name in ("logical_and", "logical_or", "logical_xor")),
        *(Row(name, getattr(tg, name), getattr(np, name), odd, gradient=False)
          for name in ("isfinite", "isinf", "isnan", "logical_not")),
        Row("signbit", tg.signbit, np.signbit, cases((special,), ((2, 3),), ((0,),)), gradient=False),
        *(Row(name, getattr(tg, name), getattr(np, numpy_name.get(name, name)), bits, gradient=False)
          for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift")),
        Row("bitwise_and", tg.bitwise_and, np.bitwise_and, cases((np.array([True, False]), np.array([True, True]))),
            gradient=False),
        Row("bitwise_invert", tg.bitwise_invert, np.invert,
            cases((np.array([0, 3, -7]),), (np.array([True, False]),), (np.array(5, np.uint8),)), gradient=False),
    ]  # fmt: skip
