"""One file per framework, each the training step as that framework's own users would write it.

A runner is a function ``make_step(workload, batch, parameters) -> step``: `batch` and `parameters` are NumPy
arrays (see `benchmarks.workloads`); ``step()`` does forward, backward and update, has finished computing when
it returns, and returns the loss before the update as something ``float()`` understands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, SupportsFloat

if TYPE_CHECKING:
    from benchmarks.workloads import Array, Parameters, Workload

Step = Callable[[], SupportsFloat]
MakeStep = Callable[["Workload", "tuple[Array, Array]", "Parameters"], Step]


class Unavailable(Exception):
    """This machine lacks what a framework needs (a device, a compiler); the message says what."""


@dataclass(frozen=True)
class Framework:
    """One side of the comparison: its name, the packages it needs, and whose it is."""

    name: str
    packages: tuple[str, ...]
    kind: str  # "floor": NumPy by hand; "ours"; "peer"

    def missing_packages(self) -> list[str]:
        """Those of its packages that are not installed (looked for, not imported)."""
        return [package for package in self.packages if find_spec(package) is None]


FRAMEWORKS: dict[str, Framework] = {
    framework.name: framework
    for framework in (
        Framework("numpy", ("numpy",), "floor"),
        Framework("tinygrad_nn-cpu", ("tinygrad_nn",), "ours"),
        Framework("tinygrad_nn-cuda", ("tinygrad_nn", "cupy"), "ours"),
        Framework("torch-eager", ("torch",), "peer"),
        Framework("torch-compile", ("torch",), "peer"),
        Framework("jax-jit", ("jax",), "peer"),
        Framework("autograd", ("autograd",), "peer"),
        Framework("mygrad", ("mygrad",), "peer"),
    )
}


def load_runner(name: str, threads: int) -> MakeStep:
    """Import the framework called `name`, hold it to `threads` threads, and return its ``make_step``."""
    if name == "numpy":
        from benchmarks.runners import numpy_by_hand

        return numpy_by_hand.make_step
    if name in ("tinygrad_nn-cpu", "tinygrad_nn-cuda"):
        from benchmarks.runners import ours

        return partial(ours.make_step, device=name.removeprefix("tinygrad_nn-"))
    if name in ("torch-eager", "torch-compile"):
        from benchmarks.runners import pytorch

        pytorch.set_threads(threads)
        return pytorch.make_step if name == "torch-eager" else pytorch.make_compiled_step
    if name == "jax-jit":
        from benchmarks.runners import jax_jit

        return jax_jit.make_step
    if name == "autograd":
        from benchmarks.runners import hips_autograd

        return hips_autograd.make_step
    if name == "mygrad":
        from benchmarks.runners import mygrad_eager

        return mygrad_eager.make_step
    raise ValueError(f"unknown framework {name!r}; choose from {', '.join(FRAMEWORKS)}")
