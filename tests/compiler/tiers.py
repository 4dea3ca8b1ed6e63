"""The ways in which programs are run on the CPU, to be chosen by tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tinygrad_nn.backend.jit import installed
from tinygrad_nn.backend.scalar_functions import SCALAR_FUNCTIONS
from tinygrad_nn.compiler import bundles, fusion, kernels, numba_tier, numpy_tier, region_calls, regions, threads, tiers

__all__ = ["PLAIN_TIERS", "running_on"]

# NumPy's functions; and the loops that are generated for numba, run by Python as they stand.
PLAIN_TIERS = ("numpy", "interpreted")


SMALL = {fusion: {"MANY": 3}, regions: {"MANY": 3, "LARGE": 0, "BLOCK": 1}, numpy_tier: {"BLOCK": 64},
         threads: {"WORTH": 0, "count": lambda: 2}, region_calls: {"count": lambda: 2}}  # fmt: skip


@contextmanager
def running_on(tier: str, divided: bool = False) -> Iterator[None]:
    """Within it, what is compiled runs on ``"numpy"``, ``"interpreted"`` or (where numba is) ``"numba"``.

    It is `divided` into blocks and over two threads however small it is, or as it is otherwise.
    """
    with pytest.MonkeyPatch.context() as patch:
        for module, names in SMALL.items() if divided else ():
            for name, value in names.items():
                patch.setattr(module, name, value)
        if tier in PLAIN_TIERS:
            patch.setattr(bundles, "installed", lambda: None)
        if tier == "numpy":
            patch.setattr(tiers, "installed", lambda: None)
        elif tier == "interpreted":
            patch.setattr(tiers, "installed", lambda: True)
            patch.setattr(numba_tier, "compiled_kernel", interpreted)
        elif installed() is None:
            pytest.skip("there is no numba here, or it is switched off")
        yield


def interpreted(text: str) -> Callable[..., None]:
    """The function of a generated text."""
    numbers = {"float32": np.float32, "float64": np.float64, "int64": np.int64, "inf": np.inf}
    names: dict[str, Any] = {"sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, **numbers}
    names["plus"] = kernels._plus
    names |= {f"{name}32": function for name, function in SCALAR_FUNCTIONS.items()}
    exec(text, names)

    def kernel(*args: Any) -> None:
        with np.errstate(all="ignore"):
            names["kernel"](*args)

    return kernel
