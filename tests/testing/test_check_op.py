"""The property tests tested: right operations pass, and each aspect finds a wrong one that no other aspect finds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.autograd.op import Op, elementwise, op, vjp
from tinygrad_nn.testing import broadcastable_shapes, check_op, groups, matrices, tensors

check = partial(check_op, examples=6)
ASPECTS = [
    "determinism", "inputs_unchanged", "value", "gradient", "jvp", "transpose", "second_order", "broadcasting", "edges",
    "layouts", "dtypes", "memory", "vmap", "trace", "devices",
]  # fmt: skip


def square(x: Any) -> Any:
    """Right, and of operations that are tested elsewhere."""
    return x * x


def squared(rule: Callable[..., Any] = lambda xp, g, y, x: 2 * g * x, forward: Any = lambda xp, x: x * x,
            **kinds: Any) -> Op:  # fmt: skip
    """The square of each element, with something of it replaced."""
    jvp = kinds.pop("jvp", lambda xp, tangents, y, x: 2 * x * tangents[0])
    batch = kinds.pop("batch", lambda xp, batched, x: xp.square(x))
    return op(vjp(rule, reads="y x"), name="squared", jvp=jvp, batch=batch, **kinds)(forward)


def product(rule: Callable[..., Any], jvp: Any = None, **kinds: Any) -> Op:
    """The product of two inputs, whose first gradient is `rule`."""
    return op(
        vjp(rule, reads="a b"), vjp(lambda xp, g, y, a, b: g * a, reads="a"),
        name="product", broadcasts=True, jvp=jvp or product_jvp, batch=None, **kinds,
    )(lambda xp, a, b: a * b)  # fmt: skip


def product_vjp(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * b


def product_jvp(xp: Any, tangents: Any, y: Any, a: Any, b: Any) -> Any:
    ta, tb = tangents
    return (0 if ta is None else ta * b) + (0 if tb is None else a * tb) + 0 * y


# Each of these is right but for what one aspect looks at: what to call `check_op` with.

calls = count()


def noisy(xp: Any, g: Any, y: Any, x: Any) -> Any:
    return 2 * g * x * (1 + (next(calls) % 2) * 2.0**-50 if type(g) is np.ndarray else 1)


def normalised_in_place(x: Any, places: Any) -> Any:
    places.array[places.array < 0] += x.shape[0]
    return x[places]


def scaled_in_place(xp: Any, g: Any, y: Any, x: Any) -> Any:
    if type(g) is not np.ndarray:
        return 2 * g * x
    g *= 2 * x
    return 1 * g


def not_linear_in_g(xp: Any, g: Any, y: Any, x: Any) -> Any:
    return 2 * x * xp.where(g == 0, 0.01, g)


def wrong_for_one_direction(xp: Any, tangents: Any, y: Any, a: Any, b: Any) -> Any:
    return product_jvp(xp, tangents, y, a, b) * (1.01 if tangents[1] is None else 1)


def detached(xp: Any, g: Any, y: Any, x: Any) -> Any:
    return 2 * g * (x.detach() if isinstance(x, tg.Tensor) else x)


def wrong_where_broadcast(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    return g * b * (1 if a.shape == b.shape else 1.01)


def wrong_without_axes(xp: Any, x: Any) -> Any:
    return x * x * (1 if x.ndim else 2)


def wrong_without_elements(xp: Any, x: Any) -> Any:
    return x * x if x.size else xp.reshape(x, (0, 1))


def wrong_backwards(xp: Any, x: Any) -> Any:
    return x * x * (2 if type(x) is np.ndarray and x.ndim and x.strides[0] < 0 else 1)


def wrong_for_float32(xp: Any, g: Any, y: Any, x: Any) -> Any:
    return 2 * g * x * (1.01 if x.dtype == np.float32 else 1)


def promoted(xp: Any, x: Any) -> Any:
    return xp.astype(x * x, np.dtype(np.float64))


@op(vjp(lambda xp, g, y, x: xp.reshape(g, x.shape)), linear="jointly")
def flat(xp: Any, x: Any) -> Any:
    """A view that does not say so."""
    return xp.reshape(x, (-1,))


def both_gradients_are_one() -> Op:
    """A sum whose two rules give the same array."""
    held = []

    def first(xp: Any, g: Any, y: Any) -> Any:
        held[:] = [xp.copy(g)]
        return held[0]

    return op(vjp(lambda xp, g, y, a, b: first(xp, g, y)), vjp(lambda xp, g, y, a, b: held[0]), linear="jointly")(
        lambda xp, a, b: a + b
    )


ONLY: dict[str, tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "bits that change": ("determinism", squared(noisy), ((3,),), {}),
    "writes to indices": ("inputs_unchanged", normalised_in_place, ((3,), tg.asarray([-1, 0])), {}),
    "off by a millionth": ("value", square, ((3,),), {"reference": lambda x: x * x + 1e-6}),
    "not linear in g": ("gradient", squared(not_linear_in_g), ((3,),), {}),
    "wrong for one direction": ("jvp", product(product_vjp, jvp=wrong_for_one_direction), ((3,), (3,)), {}),
    "off by 1e-7": ("transpose", squared(lambda xp, g, y, x: 2 * g * x * (1 + 1e-7)), ((3,),), {}),
    "reads x as a constant": ("second_order", squared(detached), ((3,),), {}),
    "wrong where broadcast": ("broadcasting", product(wrong_where_broadcast), (), {"arity": 2, "examples": 30}),
    "wrong without axes": ("edges", squared(forward=wrong_without_axes), (), {"arity": 1, "examples": 30}),
    "wrong without elements": ("edges", squared(forward=wrong_without_elements), (), {"arity": 1, "examples": 30}),
    "wrong for negative strides": ("layouts", squared(forward=wrong_backwards), ((3,),), {}),
    "wrong for float32": ("dtypes", squared(wrong_for_float32), ((3,),), {}),
    "dtype not kept": ("dtypes", squared(forward=promoted), ((3,),), {}),
    "a view unsaid": ("memory", flat, ((3,),), {}),
    "one array for two gradients": ("memory", both_gradients_are_one(), ((3,), (3,)), {}),
    "wrong batch rule": ("vmap", squared(batch=lambda xp, batched, x: xp.square(x) * 1.01), ((3,),), {}),
    "wrong when traced": ("trace", squared(forward=lambda xp, x: x * x * (1 + (xp.name == "traced"))), ((3,),), {}),
    "wrong on a device": ("devices", squared(forward=lambda xp, x: x * x * (1 + (xp.name == "strict"))), ((3,),), {}),
}


@pytest.mark.parametrize("kind", ONLY)
def test_only_one_aspect_finds_it(kind: str) -> None:
    aspect, f, inputs, options = ONLY[kind]
    with pytest.raises(AssertionError, match=rf"^check_op\({f.__name__}\): {aspect} is wrong:\n"):
        check(f, *inputs, **options)
    off: dict[str, Any] = {"reference": None} if aspect == "value" else {aspect: False}
    report = check(f, *inputs, **{**options, "examples": 6, **off})
    assert aspect in report.left_out
    assert set(report.checked) | set(report.left_out) == set(ASPECTS)


def test_every_aspect_has_one() -> None:
    assert {aspect for aspect, *_ in ONLY.values()} == set(ASPECTS)


# Wrong in ways that more than one aspect finds: the aspect that is checked first is named.


def transposed(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    return (g * b).mT


def overwriting(x: Any) -> Any:
    y = x * x
    x.array[...] = 0
    return y


def sometimes_wrong(x: Any) -> Any:
    return x * x * (1 + (next(calls) % 5 == 0))


def refusing_float16(xp: Any, x: Any) -> Any:
    if x.dtype == np.float16:
        raise TypeError("no float16 here")
    return x * x


def depending_on_values(x: Any) -> Any:
    return x * x if float(x.sum()) < 100 else -x


@elementwise(vjp(lambda xp, g, y, x: g * (1 - y), reads="y"))
def wrong_tanh(xp: Any, x: Any) -> Any:
    return xp.tanh(x)


REJECTED: dict[str, tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "wrong by 1 %": ("gradient", squared(lambda xp, g, y, x: 2.02 * g * x), ((3,),), {}),
    "wrong sign": ("gradient", squared(lambda xp, g, y, x: -2 * g * x), ((3,),), {}),
    "not finite": ("gradient", squared(lambda xp, g, y, x: 2 * g * x * float("nan")), ((3,),), {}),
    "transposed": ("gradient", product(transposed), ((3, 3), (3, 3)), {}),
    "wrong derivative, elementwise": ("gradient", wrong_tanh, (), {"arity": 1}),
    "of another shape": ("determinism", squared(lambda xp, g, y, x: xp.sum(g, axis=0)), ((2, 3),), {}),
    "left out of the graph": ("gradient", lambda x: x * x.detach(), ((3,),), {}),
    "wrong jvp": ("jvp", squared(jvp=lambda xp, tangents, y, x: 2.02 * x * tangents[0]), ((3,),), {}),
    "wrong jvp of a constant input": ("jvp", product(product_vjp, lambda xp, t, y, a, b: t[0] * b), ((3,), (3,)), {}),
    "writes to its input": ("inputs_unchanged", overwriting, ((3,),), {}),
    "writes to the gradient of the output": ("inputs_unchanged", squared(scaled_in_place), ((3,),), {}),
    "chance": ("determinism", lambda x: x * np.random.default_rng().uniform(), ((3,),), {}),
    "chance, now and then": ("determinism", sometimes_wrong, ((3,),), {}),
    "no float16": ("dtypes", squared(forward=refusing_float16), ((3,),), {}),
    "python asks for values": ("jvp", depending_on_values, ((3,),), {}),
    "NumPy instead of xp": ("devices", squared(forward=lambda xp, x: np.square(x)), ((3,),), {"trace": False}),
    "another shape than broadcasting": ("edges", lambda x: (x * x).reshape(-1), (), {"arity": 1, "examples": 30}),
}  # fmt: skip


@pytest.mark.parametrize("kind", REJECTED)
def test_what_is_wrong_is_rejected(kind: str) -> None:
    aspect, f, inputs, options = REJECTED[kind]
    with pytest.raises(AssertionError, match=rf"^check_op\(.*\): {aspect} is wrong:\n"):
        check(f, *inputs, **options)


RIGHT: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "tanh": (tg.tanh, (), {"arity": 1, "reference": np.tanh}),
    "relu": (tg.relu, (), {"arity": 1, "avoid": (0,)}),
    "log": (tg.log, (), {"arity": 1, "low": 0.1, "high": 3, "reference": np.log}),
    "atan2": (tg.atan2, (), {"arity": 2, "avoid": (0,), "reference": np.arctan2}),
    "maximum": (tg.maximum, (), {"arity": 2}),
    "clip": (tg.clip, (), {"arity": 3}),
    "less": (tg.less, (), {"arity": 2}),
    "floor": (tg.floor, (), {"arity": 1, "avoid": range(-2, 3)}),
    "squared": (squared(), ((3,),), {}),
    "product": (product(product_vjp), (), {"arity": 2}),
    "matmul": (lambda x, w: x @ w, ((2, 3), (3, 4)), {"reference": np.matmul}),
    "sort": (tg.sort, ((5,),), {"reference": np.sort}),
    "top_k": (lambda x: tg.top_k(x, 2), ((5,),), {}),
    "prod": (tg.prod, ((2, 2),), {}),
    "reshape": (lambda x: x.reshape(-1), ((2, 3),), {}),
    "indices": (lambda x, i: x[i], ((4, 2), tg.asarray([2, 0, 2])), {}),
    "an array of indices": (lambda x, i: x[i], ((4,), np.array([2, 0, 2])), {}),
    "a number": (lambda x, n: x * n, ((4,), 3), {}),
    "a fixed tensor": (lambda x, y: x * y, ((3,), tg.asarray(np.array([1.0, 2.0, 3.0]))), {}),
    "inv": (tg.linalg.inv, (matrices((3, 3)),), {"dtypes": ("float32", "float64")}),
    "several inputs of a strategy": (tg.multiply, (groups(broadcastable_shapes(2, min_size=1, max_ndim=2)),), {}),
    "shapes that differ": (lambda x: x.sum(), (tensors(layout="contiguous"),), {"second_order": False}),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name: str) -> None:
    f, inputs, options = RIGHT[name]
    report = check_op(f, *inputs, examples=4, **options)
    assert set(report.checked) | set(report.left_out) == set(ASPECTS)
    assert ("value" in report.checked) == ("reference" in options)
    assert ("broadcasting" in report.checked) == (options.get("arity", 0) > 1)


def test_the_report() -> None:
    report = check_op(tg.less, arity=2, examples=3, vmap=False)
    assert report.name == "less"
    assert report.checked["layouts"] == 3
    assert report.left_out["vmap"] == "switched off"
    assert report.left_out["gradient"] == "it returns nothing floating"
    assert report.left_out["value"] == "there is no reference="
    lines = str(report).splitlines()
    assert lines[0] == "check_op(less)"
    assert "  layouts           right in 3 examples" in lines
    assert "  vmap              not checked: switched off" in lines
    assert "there is one input" in check_op(tg.tanh, arity=1, examples=1).left_out["broadcasting"]
    assert "arity=" in check_op(tg.tanh, (2,), examples=1).left_out["edges"]


def test_the_example_is_the_simplest() -> None:
    @elementwise(vjp(lambda xp, g, y, x: xp.where(x > 1, 0.0, 2 * g * x), reads="x"))
    def wrong_above_one(xp: Any, x: Any) -> Any:
        return x * x

    with pytest.raises(AssertionError) as caught:
        check_op(wrong_above_one, (1,), examples=100)
    assert str(caught.value).endswith("with Tensor([2.], dtype=float64)")
    assert caught.value.__cause__ is not None


def test_some_dtypes_layouts_and_devices() -> None:
    report = check(squared(wrong_for_float32), (3,), dtypes=("float16", "float64"))
    assert "dtypes" in report.checked
    check(squared(forward=wrong_backwards), (3,), layouts="transposed")
    check(squared(forward=lambda xp, x: x * x * (1 + (xp.name == "strict"))), (3,), devices=("cpu",))
    with pytest.raises(AssertionError, match="dtypes is wrong"):
        check(squared(wrong_for_float32), (3,), dtypes="float32")


def test_what_strategies_give_is_not_made_singular() -> None:
    report = check(tg.linalg.inv, matrices((2, 2)), dtypes=False)
    assert "layouts" in report.checked
    with pytest.raises(AssertionError, match="layouts is wrong"):
        check(tg.linalg.inv, matrices((2, 2)), dtypes=False, layouts="broadcast")


def test_inputs_on_another_device(device: str) -> None:
    report = check(tg.tanh, tensors(shape=(3,), layout="contiguous", device=device))
    assert set(report.left_out) == {"value", "broadcasting", "edges"}


def test_a_function_may_assume_something() -> None:
    def f(x: Any) -> Any:
        assume(x.shape[0] != 1)
        return x * x / (x.shape[0] - 1)

    report = check(f, arity=1, edges=False)
    assert "gradient" in report.checked


def test_within_a_property_test() -> None:
    @given(st.floats(0.5, 2))
    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    def inner(factor: float) -> None:
        check_op(lambda x: x * factor, (2,), examples=2)

    inner()


def test_nothing_to_check_it_with() -> None:
    with pytest.raises(ValueError, match="or arity="):
        check_op(tg.tanh)
    with pytest.raises(ValueError, match="or arity="):
        check_op(tg.tanh, (2,), arity=1)
    with pytest.raises(ValueError, match="none of the inputs"):
        check_op(tg.tanh, tg.asarray([1, 2]))


WRONG_VALUES: list[tuple[str, dict[str, Any]]] = [
    ("layouts has no 'zz' here; there are 'contiguous', ", {"layouts": ("zz",)}),
    ("devices has no 'tpu' here; there are 'cpu', 'strict'", {"devices": ("tpu",)}),
    ("dtypes has no 'int8' here", {"dtypes": "int8"}),
    ("low=2 and high=1 must be finite, low below high", {"low": 2, "high": 1}),
    ("low=-inf and high=1", {"low": -np.inf, "high": 1}),
    ("examples=0 must be at least 1", {"examples": 0}),
    ("eps=0 must be above 0", {"eps": 0}),
    ("rtol=-1 must be at least 0", {"rtol": -1}),
]
WRONG_KINDS: list[tuple[str, dict[str, Any]]] = [
    ("examples=2.5 .float.; wanted is an int", {"examples": 2.5}),
    ("avoid=0.0 .float.; wanted is a sequence of numbers", {"avoid": 0.0}),
    ("low='a' .str.; wanted is a number", {"low": "a"}),
    ("reference=3 .int.; wanted is a function", {"reference": 3}),
    ("layouts=3 .int.; wanted is True, False, or names", {"layouts": 3}),
    ("dtypes=", {"dtypes": (tg.float32,)}),
]


@pytest.mark.parametrize(("message", "options"), WRONG_VALUES)
def test_wrong_values_of_arguments(message: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^check_op: {message}"):
        check_op(tg.sin, (3,), **options)


@pytest.mark.parametrize(("message", "options"), WRONG_KINDS)
def test_wrong_kinds_of_arguments(message: str, options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"^check_op: {message}"):
        check_op(tg.sin, (3,), **options)


def test_a_function_is_wanted() -> None:
    with pytest.raises(TypeError, match="check_op: f=3 .int.; wanted is a function of tensors"):
        check_op(3, (3,))  # type: ignore[arg-type]


@pytest.mark.parametrize(("f", "found"), [
    (lambda x: None, "returned NoneType"),
    (lambda x: x.detach().numpy(), "returned ndarray"),
    (lambda x: (x, 1), "returned a part that is int"),
])  # fmt: skip
def test_tensors_are_wanted(f: Callable[..., Any], found: str) -> None:
    with pytest.raises(TypeError, match=f"check_op: the function {found}; wanted is a tensor, or a tuple or list"):
        check(f, (3,))


def test_a_kink_is_named_as_one() -> None:
    with pytest.raises(AssertionError, match=r"gradient is wrong(.|\n)*slope is 0, above it 1: .*avoid=\[0\]"):
        check_op(tg.relu, (3,), examples=100)
    with pytest.raises(AssertionError, match=r"second_order is wrong(.|\n)*if this is a kink"):
        check_op(lambda x: 0.1 * tg.relu(x) ** 2, (3,), examples=100)
    with pytest.raises(AssertionError) as caught:
        check_op(wrong_tanh, (3,))
    assert "kink" not in str(caught.value)


def test_it_needs_hypothesis() -> None:
    code = "import sys; sys.modules['hypothesis'] = None\n" + (
        "import tinygrad_nn as tg\n"
        "try:\n    tg.testing.check_op(tg.tanh, arity=1)\n"
        "except ImportError as error:\n    assert 'tinygrad_nn[test]' in str(error)\n"
        "else:\n    raise AssertionError('no ImportError')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
