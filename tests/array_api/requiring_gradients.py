"""The namespace again, but every floating tensor that it makes requires a gradient: what needs none must work with it.

What is returned is computed from a leaf, not the leaf itself, so that it may be written in place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import tinygrad_nn as tg
from tinygrad_nn import *  # noqa: F403
from tinygrad_nn import fft, linalg  # noqa: F401

__version__ = tg.__version__


def _requiring(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def call(*args: Any, **kwargs: Any) -> Any:
        made = create(*args, **kwargs)
        shares = create in (tg.asarray, tg.from_dlpack) and isinstance(args[0], tg.Tensor)  # it is to stay that memory
        return made if shares or made.dtype.kind not in "fc" else made.requires_grad_().copy()

    return call


arange, asarray, empty, eye, from_dlpack, full, linspace, ones, zeros = map(
    _requiring, (tg.arange, tg.asarray, tg.empty, tg.eye, tg.from_dlpack, tg.full, tg.linspace, tg.ones, tg.zeros)
)
empty_like, full_like, ones_like, zeros_like = map(
    _requiring, (tg.empty_like, tg.full_like, tg.ones_like, tg.zeros_like)
)
