"""One file per framework, each the training step as that framework's own users would write it.

A runner is a function ``make_step(workload, batch, parameters) -> step``: `batch` and `parameters` are NumPy
arrays (see `benchmarks.workloads`); ``step()`` does forward, backward and update, has finished computing when
it returns, and returns the loss before the update as something ``float()`` understands. A floor that is only a
part of the step (see `benchmarks.runners.floors`) returns None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, SupportsFloat

if TYPE_CHECKING:
    from benchmarks.workloads import Array, Parameters, Workload

Step = Callable[[], "SupportsFloat | None"]
MakeStep = Callable[["Workload", "tuple[Array, Array]", "Parameters"], Step]


class Unavailable(Exception):
    """This machine lacks what a framework needs (a device, a compiler); the message says what."""


@dataclass(frozen=True)
class Framework:
    """One side of the comparison.

    Parameters
    ----------
    name : str
        In tables and on the command line.
    packages : tuple of str
        What it needs.
    kind : str
        "floor": NumPy by hand; "ours"; "peer".
    extras : tuple of str
        Packages that it uses where they are installed.
    environment : dict
        Variables that its process is started with.
    device : str
        Where it keeps its arrays: "cpu" or "cuda".
    whole : bool
        Whether it does the whole training step, and so has a loss.
    """

    name: str
    packages: tuple[str, ...]
    kind: str
    extras: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    whole: bool = True

    def missing_packages(self) -> list[str]:
        """Those of its packages that are not installed (looked for, not imported)."""
        return [package for package in self.packages if find_spec(package) is None]


FRAMEWORKS: dict[str, Framework] = {
    framework.name: framework
    for framework in (
        Framework("numpy", ("numpy",), "floor"),
        Framework("floor-matmul", ("numpy",), "floor", whole=False),
        Framework("floor-memory", ("numpy",), "floor", whole=False),
        Framework("tinygrad_nn-cpu", ("tinygrad_nn",), "ours", extras=("numba",)),
        Framework("tinygrad_nn-compiled", ("tinygrad_nn",), "ours", extras=("numba",)),
        Framework("tinygrad_nn-compiled-numpy", ("tinygrad_nn",), "ours", environment={"NUMBA_DISABLE_JIT": "1"}),
        Framework("tinygrad_nn-cuda", ("tinygrad_nn", "cupy"), "ours", device="cuda"),
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
    if name in ("floor-matmul", "floor-memory"):
        from benchmarks.runners import floors

        return floors.make_products if name == "floor-matmul" else partial(floors.make_pass, threads=threads)
    if name in ("tinygrad_nn-cpu", "tinygrad_nn-cuda"):
        from benchmarks.runners import ours

        return partial(ours.make_step, device=FRAMEWORKS[name].device)
    if name in ("tinygrad_nn-compiled", "tinygrad_nn-compiled-numpy"):
        from benchmarks.runners import ours

        return ours.make_compiled_step
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
