"""Programs drawn at random: elementwise chains, reductions, views, products, writes in place, of several dtypes.

A program is a list of words with numbers that choose their operands among the values so far, or those that come next;
a word that fits none of them is left out. All words keep numbers within [-2, 2], so that rounding stays small beside
them.

Values have a level that says how close two ways of computing them come: those of EXACT arithmetic are the same bits
everywhere, those of FUNCTIONS where the same functions are called, and those of SUMS are added up in other orders.
Words with jumps or kinks take exact values only, for on others they would turn rounding into something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn import optim

__all__ = ["EXACT", "FUNCTIONS", "SUMS", "Program", "long_program", "programs"]

EXACT, FUNCTIONS, SUMS = range(3)
LARGEST = 2000  # elements of a value


class Value(NamedTuple):
    tensor: Any
    level: int

    @property
    def kind(self) -> str:
        kind: str = self.tensor.dtype.kind
        return kind


# Gives a Value, or a tensor, which then has the level of the first operand, or None: it does not fit these.
Word = Callable[[Value, Value, int], Any]
WORDS: dict[str, Word] = {}


def floats(level: int, function: Callable[[Any], Any], kinked: bool = False) -> Word:
    """A word of one array of floats."""

    def word(a: Value, b: Value, k: int) -> Any:
        if a.kind != "f" or (kinked and a.level):
            return None
        return Value(function(a.tensor), max(a.level, level))

    return word


def pairs(level: int, function: Callable[[Any, Any], Any], kinds: str = "f", kinked: bool = False) -> Word:
    """A word of two arrays that broadcast."""

    def word(a: Value, b: Value, k: int) -> Any:
        x, y = a.tensor, b.tensor
        if a.kind not in kinds or b.kind not in kinds or (kinked and (a.level or b.level)) or not broadcast(x, y):
            return None
        return Value(function(x, y), max(a.level, b.level, level))

    return word


def broadcast(x: Any, y: Any) -> bool:
    try:
        return bool(np.prod(np.broadcast_shapes(x.shape, y.shape)) <= LARGEST)
    except ValueError:
        return False


def along(level: int, function: Callable[..., Any], kinds: str = "f", kinked: bool = False) -> Word:
    """A word along one axis, or a reduction over all (axis None); `function` takes axis, keepdims and the length."""

    def word(a: Value, b: Value, k: int) -> Any:
        x = a.tensor
        if a.kind not in kinds or (kinked and a.level) or not x.size:
            return None
        axis = None if k % 4 == 3 or not x.ndim else k % x.ndim
        return Value(function(x, axis, k % 3 == 0, x.size if axis is None else x.shape[axis]), max(a.level, level))

    return word


def views(function: Callable[[Any, int], Any], least: int = 0) -> Word:
    """A word that arranges elements anew, of an array with so many axes at least."""

    def word(a: Value, b: Value, k: int) -> Any:
        return None if a.tensor.ndim < least else function(a.tensor, k)

    return word


FUNCTION_WORDS: dict[str, Callable[[Any], Any]] = {
    "tanh": tg.tanh, "sigmoid": tg.sigmoid, "sin": tg.sin, "erf": tg.erf, "exp": lambda x: tg.exp(-x * x),
    "exp2": lambda x: tg.exp2(x - 1.5), "expm1": lambda x: tg.expm1(x * 0.5), "log": lambda x: tg.log(x * x + 1),
    "log1p": lambda x: tg.log1p(x * x), "log2": lambda x: tg.log2(x * x + 2) * 0.5,
    "softplus": lambda x: tg.softplus(x, beta=1.0) * 0.5,
    "gelu": tg.gelu, "cube": lambda x: x**3 * 0.25, "atan": tg.atan,
}  # fmt: skip
WORDS |= {name: floats(FUNCTIONS, function) for name, function in FUNCTION_WORDS.items()}

ARITHMETIC: dict[str, Callable[[Any], Any]] = {
    "negative": lambda x: -x, "half": lambda x: x * 0.5, "rest": lambda x: (1 - x) / 2, "square": lambda x: x**2 / 2,
    "root": lambda x: (1 + x * x) ** 0.5 / 2, "inverse": lambda x: (1 + tg.square(x)) ** -1.0,
    "reciprocal": lambda x: tg.reciprocal(1.5 + x * x), "nothing": lambda x: +x, "zeros": lambda x: x * 0,
    "double": lambda x: x.astype(tg.float64), "single": lambda x: x.astype(tg.float32),
    "finite": tg.isfinite, "nan": tg.isnan, "detach": lambda x: x.detach(),
}  # fmt: skip
WORDS |= {name: floats(EXACT, function) for name, function in ARITHMETIC.items()}

KINKED: dict[str, Callable[[Any], Any]] = {
    "relu": tg.relu, "abs": tg.abs, "sign": tg.sign, "floor": tg.floor, "ceil": tg.ceil, "trunc": tg.trunc,
    "round": tg.round, "clip": lambda x: tg.clip(x, -0.5, 0.75), "leaky": lambda x: tg.leaky_relu(x, slope=0.25),
    "integer": lambda x: tg.floor(x).astype(tg.int64), "nonzero": lambda x: x.astype(tg.bool),
    "positive": lambda x: x > 0, "mask": lambda x: tg.where(x > 0.5, x, 0.0), "order": lambda x: x <= 0.25,
}  # fmt: skip
WORDS |= {name: floats(EXACT, function, kinked=True) for name, function in KINKED.items()}

WORDS |= {
    "add": pairs(EXACT, lambda x, y: (x + y) * 0.5), "subtract": pairs(EXACT, lambda x, y: (x - y) / 2),
    "multiply": pairs(EXACT, lambda x, y: x * y * 0.5), "divide": pairs(EXACT, lambda x, y: x / (1 + y * y)),
    "hypot": pairs(FUNCTIONS, lambda x, y: tg.hypot(x, y + 3) * 0.25),
    "logaddexp": pairs(FUNCTIONS, lambda x, y: tg.logaddexp(x, y) * 0.5),
    "maximum": pairs(EXACT, tg.maximum, kinked=True), "minimum": pairs(EXACT, tg.minimum, kinked=True),
    "less": pairs(EXACT, lambda x, y: x < y, "fi", kinked=True),
    "equal": pairs(EXACT, lambda x, y: x == y, "fib", kinked=True),
    "differ": pairs(EXACT, lambda x, y: x != y, "fib", kinked=True),
}  # fmt: skip

# Integers within [-4, 4] and truth.
WORDS |= {
    "integers_add": pairs(EXACT, lambda x, y: tg.remainder(x + y, 5), "i"),
    "integers_multiply": pairs(EXACT, lambda x, y: tg.remainder(x * y, 3) - 1, "i"),
    "integers_divide": pairs(EXACT, lambda x, y: x // (y * y + 1), "i"),
    "integers_subtract": pairs(EXACT, lambda x, y: tg.clip(x - y, -4, 4), "i"),
    "and": pairs(EXACT, lambda x, y: x & y, "b"), "or": pairs(EXACT, tg.logical_or, "b"),
    "xor": pairs(EXACT, lambda x, y: x ^ y, "b"),
    "not": lambda a, b, k: ~a.tensor if a.kind == "b" else None,
    "number": lambda a, b, k: a.tensor.astype((tg.float32, tg.float64, tg.int64)[k % 3]) if a.kind == "b" else None,
    "part": lambda a, b, k: a.tensor.astype((tg.float32, tg.float64)[k % 2]) * 0.25 if a.kind == "i" else None,
    "count": along(EXACT, lambda x, axis, keep, n: tg.remainder(tg.sum(x, axis=axis, keepdims=keep), 5), "ib"),
    "any": along(EXACT, lambda x, axis, keep, n: tg.any(x, axis=axis, keepdims=keep), "b"),
    "all": along(EXACT, lambda x, axis, keep, n: tg.all(x, axis=axis, keepdims=keep), "b"),
}  # fmt: skip

WORDS |= {
    "sum": along(SUMS, lambda x, axis, keep, n: tg.sum(x, axis=axis, keepdims=keep) / n),
    "mean": along(SUMS, lambda x, axis, keep, n: tg.mean(x, axis=axis, keepdims=keep)),
    "var": along(SUMS, lambda x, axis, keep, n: tg.var(x, axis=axis, keepdims=keep) * 0.5),
    "logsumexp": along(SUMS, lambda x, axis, keep, n: tg.logsumexp(x, axis=axis, keepdims=keep) * 0.2),
    "softmax": along(SUMS, lambda x, axis, keep, n: tg.softmax(x, axis=axis or 0) if x.ndim else x),
    "log_softmax": along(SUMS, lambda x, axis, keep, n: tg.log_softmax(x, axis=axis or 0) * 0.2 if x.ndim else x),
    "cumulative": along(SUMS, lambda x, axis, keep, n: tg.cumulative_sum(x, axis=axis or 0) / x.size if x.ndim else x),
    "max": along(EXACT, lambda x, axis, keep, n: tg.max(x, axis=axis, keepdims=keep), "fi", kinked=True),
    "min": along(EXACT, lambda x, axis, keep, n: tg.min(x, axis=axis, keepdims=keep), "fi", kinked=True),
    "argmax": along(EXACT, lambda x, axis, keep, n: tg.argmax(x, axis=axis, keepdims=keep) % 5, kinked=True),
}  # fmt: skip

WORDS |= {
    "flat": views(lambda x, k: tg.reshape(+x, (-1,)) if x.size and x.dtype != tg.bool else x),
    "row": views(lambda x, k: x[None]), "column": views(lambda x, k: x[..., None]),
    "transpose": views(lambda x, k: x.mT, 2),
    "flip": views(lambda x, k: tg.flip(x, axis=k % x.ndim), 1), "rest_of": views(lambda x, k: x[1:], 1),
    "every_other": views(lambda x, k: x[..., ::2], 1), "backwards": views(lambda x, k: x[::-1], 1),
    "first": views(lambda x, k: x[0] if x.shape[0] else x, 1), "roll": views(lambda x, k: tg.roll(x, 1, axis=0), 1),
    "twice": views(lambda x, k: tg.broadcast_to(x, (2, *x.shape)) if 2 * x.size <= LARGEST else x),
    "concat": views(lambda x, k: tg.concat([x, x], axis=k % x.ndim) if 2 * x.size <= LARGEST else x, 1),
    "stack": views(lambda x, k: tg.stack([x, x], axis=0) if 2 * x.size <= LARGEST else x),
    "copy": views(lambda x, k: x.copy()), "triangle": views(lambda x, k: tg.tril(x), 2),
}  # fmt: skip


def where(a: Value, b: Value, k: int) -> Any:
    if a.kind != "b" or b.kind not in "fi" or not broadcast(a.tensor, b.tensor):
        return None
    return Value(tg.where(a.tensor, b.tensor, b.tensor * 2 - b.tensor * 3 if k % 2 else 1), b.level)


def take(a: Value, b: Value, k: int) -> Any:
    x, index = a.tensor, b.tensor
    if b.kind != "i" or not x.ndim or not x.shape[0] or index.size * x.size // x.shape[0] > LARGEST:
        return None
    return x[tg.remainder(index, x.shape[0])]


def matmul(a: Value, b: Value, k: int) -> Any:
    x, y = a.tensor, b.tensor
    if a.kind != "f" or x.dtype != y.dtype or x.ndim != 2 or y.ndim != 2 or x.shape[0] * y.shape[0] > LARGEST:
        return None
    if x.shape[1] == y.shape[0]:
        return Value(x @ y / (2 * max(1, x.shape[1])), SUMS)
    return Value(x @ y.mT / (2 * max(1, x.shape[1])), SUMS) if x.shape[1] == y.shape[1] else None


def write(a: Value, b: Value, k: int) -> Any:
    """A copy that is written to, as a whole and in a part."""
    if a.kind != "f" or not a.tensor.ndim:
        return None
    y = a.tensor * 0.5
    y += 0.25
    y[::2] *= -1
    if k % 2:
        y[:1] = 0.125
    return y


WORDS |= {"where": where, "take": take, "matmul": matmul, "write": write}
NAMES = sorted(WORDS)


class Program(NamedTuple):
    """What is computed, on which shapes and dtypes."""

    inputs: tuple[tuple[tuple[int, ...], str], ...]
    state: tuple[int, ...]
    words: tuple[tuple[str, int, int, int], ...]
    results: tuple[int, ...]
    trained: bool

    def arrays(self, seed: int) -> list[Any]:
        """Inputs."""
        random = np.random.default_rng(seed)
        made = {"f": lambda s: random.uniform(-2, 2, s), "i": lambda s: random.integers(-4, 5, s),
                "b": lambda s: random.integers(0, 2, s)}  # fmt: skip
        return [np.asarray(made[np.dtype(dtype).kind](shape)).astype(dtype) for shape, dtype in self.inputs]

    def parameters(self) -> list[Any]:
        """Tensors of the state: a parameter, then buffers."""
        random = np.random.default_rng(99)
        made = [tg.asarray(random.uniform(-1, 1, (n,)).astype(np.float32)) for n in self.state]
        made[0].requires_grad_()
        return made

    def step(self, state: list[Any]) -> Callable[..., Any]:
        """The function of the inputs, which reads and writes `state`; it gives tensors, and the gradients of inputs."""

        optimizer = optim.SGD(state[:1], lr=0.125, momentum=0.5)

        def step(*inputs: Any) -> Any:
            values, written = self.values(inputs, state)
            chosen = [values[k % len(values)] for k in self.results]
            grads = []
            if self.trained:
                optimizer.zero_grad()
                loss = sum(
                    [tg.mean(v.tensor).astype(tg.float32) for v in chosen if v.kind == "f" and v.tensor.size],
                    tg.sum(state[0] * state[0]),
                )
                loss.backward()
                grads = [x.grad for x in inputs if x.grad is not None]
            with tg.no_grad():
                for buffer, new in zip(state[1:], written):
                    buffer *= 0.5
                    part = buffer[:1]
                    part += new
            if self.trained:
                optimizer.step()
            return [v.tensor.detach() for v in chosen], grads

        return step

    def values(self, inputs: Any, state: list[Any]) -> tuple[list[Value], list[Any]]:
        """All values, and numbers to write to the buffers."""
        values = [*(Value(x, EXACT) for x in inputs), *(Value(x, SUMS) for x in state)]
        for name, a, b, k in self.words:
            for shift in range(len(values)):  # to operands that it fits
                first, second = (values[(place + shift) % len(values)] for place in (a, b))
                result = WORDS[name](first, second, k)
                if result is not None:
                    values.append(result if isinstance(result, Value) else Value(result, first.level))
                    break
        numbers = [v.tensor for v in reversed(values) if v.kind == "f" and v.tensor.size]
        written = [tg.mean(x.detach()).astype(tg.float32) for x in numbers[: len(state) - 1]]
        return values, written

    def levels(self) -> list[int]:
        """Of the results."""
        values, _ = self.values([tg.asarray(x) for x in self.arrays(0)], self.parameters())
        return [values[k % len(values)].level for k in self.results]


def shapes_of(n: int, m: int) -> list[tuple[int, ...]]:
    """Shapes that often fit each other."""
    return [(), (n,), (m,), (n, m), (n, 1), (1, m), (m, n), (m, m), (1, 1), (2, n, m), (1, n, 1)]


DTYPES = ["float32"] * 4 + ["float64"] * 2 + ["int64", "bool"]
SIZES = st.sampled_from((0, 1, 2, 3, 4, 7, 17, 150))  # the last is more than a block of rows


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs of up to sixteen words, on one to three inputs whose shapes often fit each other."""
    n, m = draw(SIZES), draw(SIZES.filter(lambda size: size < 100))
    shapes = shapes_of(n, m)
    inputs = draw(st.lists(st.tuples(st.sampled_from(shapes), st.sampled_from(DTYPES)), min_size=1, max_size=3))
    state = draw(st.sampled_from([(max(n, 1),), (max(m, 1), 3), (4, max(m, 1), 2)]))
    numbers = st.integers(0, 30)
    words = draw(st.lists(st.tuples(st.sampled_from(NAMES), numbers, numbers, numbers), min_size=1, max_size=16))
    results = draw(st.lists(numbers, min_size=1, max_size=4))
    return Program(tuple(inputs), state, tuple(words), tuple(results), draw(st.booleans()))


def long_program(seed: int) -> Program:
    """One of sixty words, on arrays of 150 rows."""
    random = np.random.default_rng(seed)
    shapes = [(150, 7), (150, 1), (7,), (7, 7)]
    words = [(NAMES[random.integers(len(NAMES))], *map(int, random.integers(0, 200, 3))) for _ in range(60)]
    inputs = [(shape, "float32" if k != seed % 4 else "float64") for k, shape in enumerate(shapes)]
    return Program(tuple(inputs), (7, 150, 7), tuple(words), tuple(map(int, random.integers(0, 200, 8))), True)
