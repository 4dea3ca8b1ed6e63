"""Recurrent networks over all steps of a batch of sequences, and backpropagation through time.

Written with the vocabulary, for any namespace. The sequences are packed: the rows of all that have a first element,
then of all that have a second, and so on, with the longest sequences first. ``sizes`` says how many there are at each
step; where all are equally long it is the batch. Walked forwards, sequences end on the way; walked backwards, they
begin on it.

A kind of network computes a step from what the inputs contribute and the states before; it gives what is to be kept of
the step side by side in one array, of shape (rows, ...), for its gradients read most of it:

| kind | kept | its gradients, of what goes into |
|---|---|---|
| tanh, relu | h | h |
| gru | h, r, z, n, m | r, z, n, m; and of h |
| lstm | h, c, i, f, g, o | i, f, g, o; and of c and h |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["KINDS", "backward", "before", "columns", "forward", "of_first", "steps_of"]

Steps = list[tuple[int, int]]
KINDS = ("tanh", "relu", "gru", "lstm")


def steps_of(sizes: Sequence[int], reverse: bool) -> Steps:
    """The rows of each step, as (start, stop), in the order in which they are walked."""
    steps, start = [], 0
    for size in sizes:
        steps.append((start, start + size))
        start += size
    return steps[::-1] if reverse else steps


def columns(x: Any, *sizes: int) -> list[Any]:
    """An array cut along its second axis."""
    parts, start = [], 0
    for size in sizes:
        parts.append(x[:, start : start + size])
        start += size
    return parts


def _joined(xp: Any, parts: list[Any], steps: Steps) -> Any:
    """What was found step by step, in the order of the rows."""
    return xp.concat(parts if steps[0][0] == 0 else parts[::-1], axis=0)


def before(xp: Any, states: Any, initial: Any, sizes: Sequence[int], reverse: bool) -> Any:
    """The state before each row: that of the same sequence one step ago, or the initial one."""
    if sizes[0] == sizes[-1]:  # all are equally long
        rest = states.shape[0] - sizes[0]
        return xp.concat([states[sizes[0] :], initial] if reverse else [initial, states[:rest]], axis=0)
    last, own = 0, 0  # where the rows of the step before begin, and how many they are
    steps = []
    for start, stop in steps_of(sizes, reverse):
        size = stop - start
        steps.append([(states, last, last + min(own, size)), (initial, own, max(own, size))])
        last, own = start, size
    pieces: list[tuple[Any, int, int]] = []
    for step in reversed(steps) if reverse else steps:
        for source, start, stop in step:
            if pieces and pieces[-1][0] is source and pieces[-1][2] == start:
                pieces[-1] = (source, pieces[-1][1], stop)  # one copy instead of two
            elif stop > start:
                pieces.append((source, start, stop))
    return xp.concat([source[start:stop] for source, start, stop in pieces], axis=0)


def of_first(xp: Any, rows: Any, sizes: Sequence[int], reverse: bool) -> Any:
    """The row of each sequence with which the walk over it begins."""
    if sizes[0] == sizes[-1]:
        return rows[rows.shape[0] - sizes[0] :] if reverse else rows[: sizes[0]]
    parts: list[Any] = []
    own = 0
    for start, stop in steps_of(sizes, reverse):
        if stop - start > own or not parts:
            parts.append(rows[start + own : stop])
            own = stop - start
    return xp.concat(parts, axis=0) if len(parts) > 1 else parts[0]


# Forwards


def _simple_step(activation: str) -> Callable[..., Any]:
    def step(xp: Any, z: Any, h: Any, c: Any, weight: Any, extra: Any) -> Any:
        z = z + xp.matmul(h, weight.mT)
        h = xp.tanh(z) if activation == "tanh" else xp.maximum(z, 0)
        return h, None, h

    return step


def _gru_step(xp: Any, z: Any, h: Any, c: Any, weight: Any, extra: Any) -> Any:
    size = h.shape[1]
    own = xp.matmul(h, weight.mT)
    if extra is not None:
        own = own + extra
    r = xp.sigmoid(z[:, :size] + own[:, :size])
    u = xp.sigmoid(z[:, size : 2 * size] + own[:, size : 2 * size])
    m = own[:, 2 * size :]
    n = xp.tanh(z[:, 2 * size :] + r * m)
    h = n + u * (h - n)
    return h, None, xp.concat([h, r, u, n, m], axis=1)


def _lstm_step(xp: Any, z: Any, h: Any, c: Any, weight: Any, extra: Any) -> Any:
    z = z + xp.matmul(h, weight.mT)
    i, f, g, o = columns(z, *(c.shape[1],) * 4)
    i, f, g, o = xp.sigmoid(i), xp.sigmoid(f), xp.tanh(g), xp.sigmoid(o)
    c = f * c + i * g
    h = o * xp.tanh(c)
    if extra is not None:
        h = xp.matmul(h, extra.mT)
    return h, c, xp.concat([h, c, i, f, g, o], axis=1)


STEPS: dict[str, Callable[..., Any]] = {
    "tanh": _simple_step("tanh"), "relu": _simple_step("relu"), "gru": _gru_step, "lstm": _lstm_step
}  # fmt: skip


def forward(xp: Any, projected: Any, hidden: Any, cell: Any, weight: Any, extra: Any, *, kind: str,
            sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
    """All steps: what is kept of them, in the order of the rows."""
    steps = steps_of(sizes, reverse)
    step = STEPS[kind]
    h, c = hidden, cell
    kept = []
    for start, stop in steps:
        size = stop - start
        h = _going_on(xp, h, hidden, size)
        c = None if c is None else _going_on(xp, c, cell, size)
        h, c, part = step(xp, projected[start:stop], h, c, weight, extra)
        kept.append(part)
    return _joined(xp, kept, steps)


def _going_on(xp: Any, state: Any, initial: Any, size: int) -> Any:
    """The states of the first `size` sequences, of which some may have ended or begin."""
    own = state.shape[0] if state is not initial else size
    if size == own:
        return state[:size] if state is initial else state
    return state[:size] if size < own else xp.concat([state, initial[own:size]], axis=0)


# Backwards: `own` are the gradients of what was kept, as an output of its own, where there are such.


def _plus(d: Any, own: Any, now: slice) -> Any:
    return d if own is None else own[now] if d is None else d + own[now]


def _cut(own: Any, count: int) -> list[Any]:
    """The gradient of parts of the same size."""
    return [None] * count if own is None else columns(own, *(own.shape[1] // count,) * count)


def _simple_back(activation: str) -> Callable[..., Any]:
    def back(xp: Any, own: Any, kept: Any, h: Any, c: Any, weight: Any, extra: Any) -> Any:
        own_h, *_ = own
        slope = 1 - kept * kept if activation == "tanh" else kept > 0

        def step(now: slice, d_h: Any, d_c: Any) -> Any:
            d_z = _plus(d_h, own_h, now) * slope[now]
            return d_z, xp.matmul(d_z, weight), None

        return step

    return back


def _gru_back(xp: Any, own: Any, kept: Any, h: Any, c: Any, weight: Any, extra: Any) -> Any:
    _, r, u, n, m = columns(kept, *(h.shape[1],) * 5)
    own_h, _, own_rest = own
    own_r, own_u, own_n, own_m = _cut(own_rest, 4)
    of_r, of_u, of_n = r * (1 - r), u * (1 - u), 1 - n * n
    into_u, into_n = h - n, 1 - u

    def step(now: slice, d_h: Any, d_c: Any) -> Any:
        d_h = _plus(d_h, own_h, now)
        d_u = _plus(d_h * into_u[now], own_u, now) * of_u[now]
        d_n = _plus(d_h * into_n[now], own_n, now) * of_n[now]
        d_r = _plus(d_n * m[now], own_r, now) * of_r[now]
        d_m = _plus(d_n * r[now], own_m, now)
        carry = xp.matmul(xp.concat([d_r, d_u, d_m], axis=1), weight) + d_h * u[now]
        return xp.concat([d_r, d_u, d_n, d_m, d_h], axis=1), carry, None

    return step


def _lstm_back(xp: Any, own: Any, kept: Any, h: Any, c: Any, weight: Any, extra: Any) -> Any:
    size = c.shape[1]
    _, after, i, f, g, o = columns(kept, h.shape[1], *(size,) * 5)
    own_h, own_c, own_rest = own
    own_i, own_f, own_g, own_o = _cut(own_rest, 4)
    t = xp.tanh(after)
    of_i, of_f, of_g, of_o = i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)
    into_c = o * (1 - t * t)

    def step(now: slice, d_h: Any, d_c: Any) -> Any:
        d_h = _plus(d_h, own_h, now)
        d_u = d_h if extra is None else xp.matmul(d_h, extra)
        into = _plus(d_u * into_c[now], own_c, now)
        d_c = into if d_c is None else d_c + into
        d_i = _plus(d_c * g[now], own_i, now) * of_i[now]
        d_f = _plus(d_c * c[now], own_f, now) * of_f[now]
        d_g = _plus(d_c * i[now], own_g, now) * of_g[now]
        d_o = _plus(d_u * t[now], own_o, now) * of_o[now]
        d_z = xp.concat([d_i, d_f, d_g, d_o], axis=1)
        return xp.concat([d_z, d_c, d_h], axis=1), xp.matmul(d_z, weight), d_c * f[now]

    return step


BACK: dict[str, Callable[..., Any]] = {
    "tanh": _simple_back("tanh"), "relu": _simple_back("relu"), "gru": _gru_back, "lstm": _lstm_back
}  # fmt: skip


def backward(xp: Any, kept: Any, own_h: Any, own_c: Any, own_kept: Any, hidden: Any, cell: Any, weight: Any,
             extra: Any, *, kind: str, sizes: Sequence[int], reverse: bool = False) -> Any:  # fmt: skip
    """The gradients of what goes into all steps, in the order of the rows.

    They come from those of all h, of all c, and of what was kept, each of which may be None.
    """
    width, cells = hidden.shape[1], 0 if cell is None else cell.shape[1]
    states = kept[:, :width]
    h = before(xp, states, hidden, sizes, reverse)
    c = None if cell is None else before(xp, kept[:, width : width + cells], cell, sizes, reverse)
    everywhere, own_rest = slice(None), None
    if own_kept is not None:
        own_h = _plus(own_h, own_kept[:, :width], everywhere)
        own_c = _plus(own_c, own_kept[:, width : width + cells], everywhere) if cells else None
        own_rest = own_kept[:, width + cells :]
    own = xp.zeros_like(states) if own_h is None else own_h, own_c, own_rest
    step = BACK[kind](xp, own, kept, h, c, weight, extra)
    steps = steps_of(sizes, reverse)
    found = []
    d_h: Any = None
    d_c: Any = None
    for start, stop in reversed(steps):
        d_h, d_c = (_carried(xp, d, stop - start) for d in (d_h, d_c))
        gradients, d_h, d_c = step(slice(start, stop), d_h, d_c)
        found.append(gradients)
    return _joined(xp, found[::-1], steps)


def _carried(xp: Any, d: Any, size: int) -> Any:
    """The gradient of the states of `size` sequences: of those that had ended there is none."""
    if d is None or d.shape[0] == size:
        return d
    if size < d.shape[0]:  # the others have begun after this step
        return d[:size]
    return xp.pad(d, ((0, size - d.shape[0]), (0, 0)))
