"""Operators of arrays that stand in for others become named calls."""

import operator

import numpy as np
import pytest

from tinygrad_nn.backend.proxy import ProxyArray, ProxyNamespace
from tinygrad_nn.backend.vocabulary import VOCABULARY


class Spy(ProxyArray):
    """Writes down what is called."""

    def __init__(self, shape=(2, 3)):
        self.sizes = shape
        self.calls = []

    @property
    def shape(self):
        return self.sizes

    @property
    def dtype(self):
        return np.dtype(np.float32)

    def _call(self, name, *args):
        self.calls.append((name, args))
        return "result"

    def _assign(self, value):
        self.calls.append(("assign", value))

    def _assign_at(self, index, value):
        self.calls.append(("assign_at", index, value))

    def _refuse(self, action):
        raise LookupError(action)


class Holder:
    """Something that holds arrays and has operators of its own, as a tensor does."""

    __array_priority__ = 1

    def __radd__(self, other):
        return "the holder's"


BINARY = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "remainder": "%", "pow": "**",
    "matmul": "@", "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^", "bitwise_left_shift": "<<",
    "bitwise_right_shift": ">>",
}  # fmt: skip
FUNCTIONS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "@": operator.matmul, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
}  # fmt: skip
IN_PLACE = {
    "+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv, "//": operator.ifloordiv,
    "%": operator.imod, "**": operator.ipow, "@": operator.imatmul, "&": operator.iand, "|": operator.ior,
    "^": operator.ixor, "<<": operator.ilshift, ">>": operator.irshift,
}  # fmt: skip
COMPARISONS = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge,
}  # fmt: skip
UNARY = {"negative": operator.neg, "positive": operator.pos, "abs": operator.abs, "bitwise_invert": operator.invert}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("other", [2, np.float32(2), np.ones(3)], ids=["number", "scalar", "array"])
def test_binary_operators(name, other):
    x = Spy()
    function = FUNCTIONS[BINARY[name]]
    assert function(x, other) == "result"
    assert function(other, x) == "result"
    (first, second) = x.calls
    assert first[0] == second[0] == name
    assert first[1][0] is x
    assert first[1][1] is other
    assert second[1][0] is other
    assert second[1][1] is x


@pytest.mark.parametrize("name", BINARY)
def test_operators_in_place_compute_and_assign(name):
    x = Spy()
    y = IN_PLACE[BINARY[name]](x, 2)
    assert y is x
    assert x.calls == [(name, (x, 2)), ("assign", "result")]


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name):
    x = Spy()
    assert COMPARISONS[name](x, 2) == "result"
    assert x.calls[0][0] == name


@pytest.mark.parametrize("name", UNARY)
def test_unary_operators(name):
    x = Spy()
    assert UNARY[name](x) == "result"
    assert x.calls == [(name, (x,))]


def test_names_are_of_the_vocabulary():
    assert {*BINARY, *COMPARISONS, *UNARY, "getitem", "assign_at"} <= set(VOCABULARY)


def test_indexing():
    x = Spy()
    assert x[1:, 0] == "result"
    x[0] = 5
    assert x.calls == [("getitem", (x, (slice(1, None), 0))), ("assign_at", 0, 5)]


def test_sizes():
    x = Spy((2, 3))
    assert (x.ndim, x.size, len(x)) == (2, 6, 2)
    with pytest.raises(TypeError, match="without dimensions"):
        len(Spy(()))


@pytest.mark.parametrize(
    "read",
    [float, int, complex, bool, operator.index, np.asarray, lambda x: x.item(), lambda x: x.tolist(),
     lambda x: np.ones(3)[x], lambda x: np.ones((2, 2)).dot(x)],
)  # fmt: skip
def test_reading_is_refused(read):
    with pytest.raises(LookupError):
        read(Spy())


def test_not_iterable_nor_hashable():
    with pytest.raises(TypeError, match="not iterable"):
        list(Spy())
    with pytest.raises(TypeError, match="not iterable"):
        operator.contains(Spy(), 1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(Spy())


def test_numpy_functions_do_not_take_it():
    with pytest.raises(TypeError, match="__array_ufunc__"):
        np.add(Spy(), 1)


def test_leaves_operators_to_what_holds_arrays():
    x = Spy()
    assert x + Holder() == "the holder's"
    with pytest.raises(TypeError):
        x - Holder()
    assert x.calls == []


def test_namespace_calls_by_name():
    calls = []
    xp = ProxyNamespace(lambda name, *args, **kwargs: calls.append((name, args, kwargs)))
    xp.sum(1, axis=0)
    assert calls == [("sum", (1,), {"axis": 0})]
    assert all(callable(getattr(xp, word)) for word in VOCABULARY)
