"""Rows of convolutions: the oracle goes through all windows, one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinygrad_nn import ops

from .affine import ACTIVATIONS
from .row import Row, cases


def slots(size: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Each window and each place in the kernel, and where in the input that is (None: in the padding)."""
    counts = [
        len(range(-before, n + after - d * (k - 1), s))
        for n, k, s, (before, after), d in zip(size, kernel, stride, padding, dilation)
    ]
    for window in np.ndindex(*counts):
        for place in np.ndindex(*kernel):
            at = tuple(
                w * s + k * d - before for w, k, s, d, (before, _) in zip(window, place, stride, dilation, padding)
            )
            yield window, place, at if all(0 <= i < n for i, n in zip(at, size)) else None, counts


def trilinear(x: Any, weight: Any, y: Any, wanted: str, *, groups: int, **geometry: Any) -> Any:
    """The derivative of ``sum(y * convolution(x, weight))`` with respect to one of the three, added up element-wise."""
    out = np.zeros_like({"x": x, "weight": weight, "y": y}[wanted])
    outputs, inputs = len(weight) // groups, weight.shape[1]
    for window, place, at, _ in slots(x.shape[2:], weight.shape[2:], **geometry):
        if at is None:
            continue
        for o, c in itertools.product(range(len(weight)), range(inputs)):
            channel = o // outputs * inputs + c
            of_x, of_weight, of_y = (slice(None), channel, *at), (o, c, *place), (slice(None), o, *window)
            if wanted == "x":
                out[of_x] += weight[of_weight] * y[of_y]
            elif wanted == "weight":
                out[of_weight] += (x[of_x] * y[of_y]).sum()
            else:
                out[of_y] += x[of_x] * weight[of_weight]
    return out


def windows(x: Any, weight: Any, **geometry: Any) -> tuple[int, ...]:
    return tuple(next((counts for *_, counts in slots(x.shape[2:], weight.shape[2:], **geometry)), (0,)))


def of_y(x: Any, weight: Any, *, groups: int, **geometry: Any) -> Any:
    y = np.zeros((len(x), len(weight), *windows(x, weight, **geometry)), x.dtype)
    return trilinear(x, weight, y, "y", groups=groups, **geometry)


def of_x(g: Any, weight: Any, *, shape: Any, groups: int, **geometry: Any) -> Any:
    x = np.zeros((len(g), weight.shape[1] * groups, *shape), g.dtype)
    return trilinear(x, weight, g, "x", groups=groups, **geometry)


def of_weight(x: Any, g: Any, *, shape: Any, groups: int, **geometry: Any) -> Any:
    weight = np.zeros((g.shape[1], x.shape[1] // groups, *shape), x.dtype)
    return trilinear(x, weight, g, "weight", groups=groups, **geometry)


def unfolded(x: Any, *, shape: Any, **geometry: Any) -> Any:
    _, _, _, counts = next(slots(x.shape[2:], shape, **geometry))
    out = np.zeros((*x.shape[:2], *shape, *counts), x.dtype)
    for window, place, at, _ in slots(x.shape[2:], shape, **geometry):
        if at is not None:
            out[(slice(None), slice(None), *place, *window)] = x[(slice(None), slice(None), *at)]
    return out


def folded(x: Any, *, shape: Any, **geometry: Any) -> Any:
    out = np.zeros((*x.shape[:2], *shape), x.dtype)
    for window, place, at, _ in slots(shape, x.shape[2 : 2 + len(shape)], **geometry):
        if at is not None:
            out[(slice(None), slice(None), *at)] += x[(slice(None), slice(None), *place, *window)]
    return out


PLAIN_1D = {"stride": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}
WIDE_1D = {"stride": (2,), "padding": ((1, 2),), "dilation": (2,), "groups": 2}
PLAIN_2D = {"stride": (1, 1), "padding": ((0, 0), (1, 1)), "dilation": (1, 1), "groups": 1}
WIDE_2D = {"stride": (2, 1), "padding": ((0, 1), (2, -1)), "dilation": (1, 2), "groups": 2}
PLAIN_3D = {"stride": (1, 1, 2), "padding": ((0, 0), (0, 1), (0, 0)), "dilation": (1, 1, 1), "groups": 1}

# The shapes of x, weight and y, and the rest.
CONVOLUTIONS = (
    ((2, 3, 4), (3, 3, 3), (2, 3, 2), PLAIN_1D),
    ((2, 4, 5), (4, 2, 2), (2, 4, 3), WIDE_1D),
    ((2, 2, 4, 3), (2, 2, 2, 2), (2, 2, 3, 4), PLAIN_2D),
    ((1, 2, 4, 4), (4, 1, 2, 2), (1, 4, 2, 3), WIDE_2D),
    ((1, 2, 2, 2, 3), (1, 2, 1, 2, 2), (1, 1, 2, 2, 1), PLAIN_3D),
    ((0, 3, 4), (2, 3, 3), (0, 2, 2), PLAIN_1D),
)


def without_groups(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key != "groups"}


def layer(x: Any, weight: Any, bias: Any = 0, *, activation: str | None = None, **settings: Any) -> Any:
    y = of_y(x, weight, **settings)
    y = y + np.reshape(bias, (-1, *(1,) * (y.ndim - 2)))
    return y if activation is None else ACTIVATIONS[activation](y)


def rows() -> list[Row]:
    biased = [(x, w, w[:1], s) for x, w, _, s in CONVOLUTIONS]
    activated = [(*biased[i], name) for i, name in ((0, "relu"), (1, "sigmoid"), (3, "tanh"), (5, "sigmoid"))]
    activated.append(((2, 3, 4), (3, 3, 3), PLAIN_1D, "tanh"))
    views = [(x, w[2:], y[2:], without_groups(settings)) for x, w, y, settings in CONVOLUTIONS]
    return [
        Row("convolution", ops.convolution, of_y, cases(*((x, w, s) for x, w, _, s in CONVOLUTIONS))),
        Row("convolution_input", ops.convolution_input, of_x,
            cases(*((y, w, {"shape": x[2:], **s}) for x, w, y, s in CONVOLUTIONS))),
        Row("convolution_weight", ops.convolution_weight, of_weight,
            cases(*((x, y, {"shape": w[2:], **s}) for x, w, y, s in CONVOLUTIONS))),
        Row("biased_convolution", ops.convolved, layer, cases(*biased)),
        Row("activated_convolution", ops.convolved, layer,
            cases(*((*inputs, {"activation": name, **s}) for *inputs, s, name in activated))),
        Row("unfold", ops.unfold, unfolded, cases(*((x, {"shape": k, **s}) for x, k, _, s in views))),
        Row("fold", ops.fold, folded,
            cases(*(((*x[:2], *k, *n), {"shape": x[2:], **s}) for x, k, n, s in views))),
    ]  # fmt: skip
