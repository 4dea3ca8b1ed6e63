"""Traced arrays: arrays that compute as usual and write down what was computed.

A `TracedArray` holds a real array and its place in a program. Every operator and vocabulary function on it is computed
by the namespace of the real array and recorded as an instruction. Forward rules, gradient rules and optimizers go
through the same namespace, so a whole training step becomes one flat list of instructions.

Writing in place to a traced array gives its handle, and those it shares memory with, a new value; nothing real is
written while tracing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple, NoReturn

from .attributes import Attributes
from .checks import all_within
from .devices import NAMESPACES
from .dtypes import is_bfloat16
from .errors import TraceError
from .indexing import is_basic
from .live import Live, LiveNumber
from .memory import Memory, user_line
from .proxy import ProxyArray, ProxyNamespace

__all__ = ["LINKED", "UNCERTAIN", "Check", "Instruction", "Recorder", "Ref", "State", "TracedArray", "namespace"]


class Ref(NamedTuple):
    """A value of a program, by its number."""

    number: int


class Instruction(NamedTuple):
    """``outputs = name(*args, **kwargs)``: arguments are constants and, also inside tuples and slices, `Ref`s."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output: int
    shape: tuple[int, ...]
    dtype: Any


class State(NamedTuple):
    """A tensor from outside that the function met: its array, the number of its value, and what else it had."""

    tensor: Any
    array: Any
    number: int
    grad: Any
    version: list[int]
    place: tuple[Any, bool, Any]  # in the graph: node, requires_grad, seen


class Check(NamedTuple):
    """What each run makes sure of: that the elements of a value are from `low` to `high`, or are `but`."""

    number: int
    low: float
    high: float
    but: float | None
    error: Exception

    def require(self, array: Any) -> None:
        """Raise the error if it is not so."""
        fits = all_within(array, self.low, self.high)
        if not fits and (self.but is None or not all_within(array, self.low, self.high, self.but)):
            raise type(self.error)(*self.error.args)


# Functions whose result shares memory with their first argument: a write to either is one to the other.
LINKED = frozenset(("broadcast_to", "expand_dims", "flip", "getitem", "permute_dims", "squeeze"))

# Those whose result may share memory or not, by its layout or dtype: such a result has a memory of its own here, and
# after a write to one of the two the other is refused.
UNCERTAIN = frozenset(("einsum", "imag", "real", "reshape", "round"))


class TracedArray(ProxyArray):
    """A real array and the number of its value in the program that `recorder` writes.

    A view knows its `base` and the instruction that made it: a write to it becomes a write to its base, and it is taken
    anew when its base has been written.
    """

    __slots__ = ("base", "instruction", "memory", "number", "recorder", "seen", "value")
    rank = 1

    def __init__(self, recorder: Recorder, value: Any, number: int, memory: Memory) -> None:
        self.recorder = recorder
        self.value = value
        self.number = number
        self.memory = memory
        self.seen = memory.writes
        self.base: TracedArray | None = None
        self.instruction: tuple[str, tuple[Any, ...], dict[str, Any]] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.value.shape
        return shape

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    def __repr__(self) -> str:
        return f"traced %{self.number} {self.dtype}{list(self.shape)}"

    def current(self) -> TracedArray:
        """Itself, with the value that its memory has now."""
        self.memory.check()
        if self.base is not None and self.instruction is not None and self.seen != self.memory.writes:
            name, rest, kwargs = self.instruction
            self._bind(self.recorder.call(name, (self.base, *rest), kwargs))
        return self

    def _bind(self, value: TracedArray) -> None:
        self.value, self.number, self.seen = value.value, value.number, self.memory.writes

    def _call(self, name: str, *args: Any) -> Any:
        return self.recorder.call(name, args, {})

    def _assign(self, value: Any) -> None:
        if value.shape != self.shape:
            raise ValueError(f"an array of shape {value.shape} cannot be written over one of shape {self.shape}")
        if value.dtype != self.dtype:
            value = self.recorder.call("astype", (value, self.dtype), {})
        self.memory.check()
        if self.base is None:
            self.memory.write()
        else:
            self.base._assign(self._put_back(value))
        self._bind(value)

    def _assign_at(self, index: Any, value: Any) -> None:
        self._assign(self.recorder.call("assign_at", (self, index, value), {}))

    def _put_back(self, value: Any) -> Any:
        """The base of this view with `value` in the place of the view."""
        assert self.base is not None
        assert self.instruction is not None
        name, rest, kwargs = self.instruction
        if name == "getitem":
            return self.recorder.call("assign_at", (self.base, *rest, value), {})
        if name == "permute_dims":
            axes = [axis % len(self.shape) for axis in _axes(rest, kwargs)]
            return self.recorder.call("permute_dims", (value, tuple(map(axes.index, range(len(axes))))), {})
        if name == "flip":
            return self.recorder.call("flip", (value, *rest), kwargs)
        if name == "broadcast_to":
            raise TraceError(f"{user_line()}: the result of broadcast_to cannot be written in place; copy() it before")
        return self.recorder.call("reshape", (value, self.base.shape), {})

    def __bool__(self) -> bool:
        number = self.recorder.draws.get(self.number)
        return number.truth() if type(number) is LiveNumber else super().__bool__()

    def _refuse(self, action: str) -> NoReturn:
        self.recorder.check_open()
        raise TraceError(
            f"{user_line()}: {action} needs the value of an array, which changes from run to run of the program "
            "being traced; compute with tensors (tg.where instead of if), or do it outside of the traced function"
        )


def _axes(rest: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The axes that permute_dims was given."""
    return rest[0] if rest else kwargs["axes"]


def _mapped(function: Any, tree: Any) -> Any:
    """The same nest of tuples, lists and slices with every leaf replaced."""
    if isinstance(tree, (tuple, list)):
        return type(tree)(_mapped(function, part) for part in tree)
    if isinstance(tree, slice):
        return slice(*(_mapped(function, part) for part in (tree.start, tree.stop, tree.step)))
    return function(tree)


class Recorder:
    """Writes the program of one traced call.

    Attributes
    ----------
    instructions : list of Instruction
        In order of execution.
    constants : dict of int to array
        Values that the function made from nothing, the same in each run.
    state : list of State
        The tensors from outside that the function met.
    draws : dict of int to callable
        Values that are found anew in each run: random ones, and numbers of `live`.
    drawn : dict of int to (shape, dtype)
        Of these values.
    checks : list of Check
        What each run makes sure of.
    live : list of Live
        What each run looks at first.
    objects : dict of int to Attributes
        By identity, the modules that the function called, as they were then.
    starts : dict of int to Tensor
        By identity, the tensors from outside whose gradient the function found to be None when it first looked.
    """

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.constants: dict[int, Any] = {}
        self.state: list[State] = []
        self.draws: dict[int, Callable[[], Any]] = {}
        self.drawn: dict[int, tuple[tuple[int, ...], Any]] = {}
        self.starts: dict[int, Any] = {}
        self.generators: dict[int, Any] = {}
        self.memories: dict[int, Memory] = {}
        self.met: dict[int, State] = {}
        self.dropped: set[int] = set()
        self.records: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.live: list[Live] = []
        self.checks: list[Check] = []
        self.objects: dict[int, Attributes] = {}
        self.count = 0
        self.closed = False

    def new(self, value: Any, memory: Memory | None = None) -> TracedArray:
        """A value that has a number from now on, in memory of its own unless it is given."""
        if is_bfloat16(value.dtype):
            raise TraceError(f"{user_line()}: programs do not compute in bfloat16; leave it to eager execution")
        self.count += 1
        return TracedArray(self, value, self.count - 1, memory or Memory())

    def outside(self, tensor: Any, role: str) -> TracedArray:
        """The value of a tensor from outside, whose memory others of them may share."""
        known = self.memories.get(id(tensor.version))
        memory = Memory(known, role)
        memory.seen = 0  # what is outside has the values from before the first write
        self.memories.setdefault(id(tensor.version), memory)
        return self.new(tensor.array, memory)

    def constant(self, array: Any) -> TracedArray:
        """A value that is the same in each run; others may write to `array` later, so it is copied."""
        traced = self.new(NAMESPACES[type(array)].copy(array))
        self.constants[traced.number] = traced.value
        return traced

    def draw(self, generator: Any, method: str, *args: Any, **kwargs: Any) -> TracedArray:
        """A value that is drawn anew in each run; the generator's own numbers are not used up by tracing."""
        self.generators.setdefault(id(generator), (generator, generator.state()))
        return self._drawn(partial(generator.draw, method, *args, **kwargs))

    def number(self, find: LiveNumber) -> TracedArray:
        """A number that each run finds anew."""
        return self._drawn(find)

    def check(self, tensor: Any, low: float, high: float, but: float | None, error: Exception) -> None:
        """Let each run raise `error` where a value is neither from `low` to `high` nor `but`."""
        self.lift((tensor,))
        self.checks.append(Check(tensor.array.current().number, low, high, but, error))

    def _drawn(self, draw: Callable[[], Any]) -> TracedArray:
        traced = self.new(draw())
        self.draws[traced.number] = draw
        self.drawn[traced.number] = (traced.shape, traced.dtype)
        return traced

    def lift(self, tensors: Iterable[Any]) -> None:
        """Make state of the tensors from outside that the function has met: their arrays are traced until the end."""
        for tensor in tensors:
            array = getattr(tensor, "array", None)  # scalars and plain arrays may be among them
            if array is not None and type(array) in NAMESPACES and NAMESPACES[type(array)].rank == 0:
                traced = self.outside(tensor, "state")
                place = (tensor.node, tensor.requires_grad, tensor.seen)
                state = State(tensor, array, traced.number, tensor.grad, list(tensor.version), place)
                self.state.append(state)
                self.met[id(tensor)] = state
                tensor.array = traced
                tensor.node = None  # a graph from outside is no part of the program

    def lift_grads(self, tensors: Iterable[Any]) -> None:
        """Make state of tensors and of their gradients, which the function is about to read."""
        for tensor in tensors:
            self.lift((tensor, tensor.grad))
            state = self.met.get(id(tensor))
            if state is not None and state.grad is tensor.grad is None and id(tensor) not in self.dropped:
                self.starts[id(tensor)] = tensor

    def drop_grads(self, tensors: Iterable[Any]) -> None:
        """Note that the function is about to forget gradients: whether they were there does not matter after that."""
        for tensor in tensors:
            self.lift((tensor,))
            self.dropped.add(id(tensor))

    def rely(self, objects: Iterable[Any]) -> None:
        """Note the attributes of objects that the function is about to use."""
        for each in objects:
            if id(each) not in self.objects:
                self.objects[id(each)] = Attributes(each)

    def restore(self, record: dict[str, Any]) -> dict[str, Any]:
        """Give a dictionary, which the function is about to change, its items back at the end; returns these."""
        return self.records.setdefault(id(record), (record, dict(record)))[1]

    def release(self) -> None:
        """Leave everything from outside as it was: arrays, gradients, step counts and random numbers."""
        for tensor, array, _, grad, version, place in self.state:
            tensor.array, tensor.grad, tensor.version[:] = array, grad, version
            tensor.node, tensor.requires_grad, tensor.seen = place
        for record, items in self.records.values():
            record.update(items)
        for generator, state in self.generators.values():
            generator.set_state(state)
        self.closed = True

    def check_open(self) -> None:
        """Raise where the tracing is over: its arrays have no values of their own."""
        if self.closed:
            raise TraceError(
                f"{user_line()}: a tensor was kept from a function that was traced, and has no values; "
                "return it from the function"
            )

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Compute and record one vocabulary function."""
        self.check_open()
        if name == "getitem":
            _mapped(_refuse_mask, args[1])
        args = _mapped(self.own, args)
        kwargs = {key: _mapped(self.own, value) for key, value in kwargs.items()}
        kinds = {type(leaf.value) for leaf in _leaves((*args, *kwargs.values())) if type(leaf) is TracedArray}
        if len(kinds) > 1:
            names = sorted(NAMESPACES[kind].name for kind in kinds)
            raise TraceError(f"{name}: operands are on different devices, {' and '.join(names)}")
        xp = NAMESPACES[kinds.pop()]
        y = getattr(xp, name)(*_mapped(_value, args), **{k: _mapped(_value, v) for k, v in kwargs.items()})
        traced = self._result(name, args, kwargs, y if type(y) in NAMESPACES else xp.wrap(y), xp)
        kwargs = {key: _mapped(_reference, value) for key, value in kwargs.items()}
        instruction = Instruction(name, _mapped(_reference, args), kwargs, traced.number, traced.shape, traced.dtype)
        self.instructions.append(instruction)
        return traced

    def _result(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any, xp: Any) -> TracedArray:
        """A computed value, in the memory of the argument that it is a view of."""
        if name in UNCERTAIN:
            sources = [leaf for leaf in _leaves(args) if type(leaf) is TracedArray]
            shares = len(sources) == 1 and (name == "reshape" or y is sources[0].value or xp.is_view(y))
            return self.new(y, Memory(sources[0].memory) if shares else None)
        if name not in LINKED or not xp.is_view(y) or (name == "getitem" and not is_basic(args[1])):
            return self.new(y)
        view = self.new(y, args[0].memory)
        view.base, view.instruction = args[0], (name, args[1:], kwargs)
        return view

    def own(self, leaf: Any) -> Any:
        """An array as a value of this program: one that nobody traced becomes a constant; what is no array, itself."""
        if type(leaf) is TracedArray:
            if leaf.recorder is not self:
                leaf.recorder.check_open()
                raise TraceError("arrays of two functions that are being traced meet")
            return leaf.current()
        return self.constant(leaf) if type(leaf) in NAMESPACES else leaf


def _leaves(tree: Any) -> Iterable[Any]:
    found: list[Any] = []
    _mapped(found.append, tree)
    return found


def _value(leaf: Any) -> Any:
    return leaf.value if type(leaf) is TracedArray else leaf


def _reference(leaf: Any) -> Any:
    return Ref(leaf.number) if type(leaf) is TracedArray else leaf


def _refuse_mask(leaf: Any) -> None:
    if type(leaf) is TracedArray and leaf.dtype.kind == "b":
        leaf._refuse("indexing with a boolean array, whose result has as many elements as it has true ones,")


class _TracedNamespace(ProxyNamespace):
    """The namespace ``xp`` of traced arrays."""

    name = "traced"
    kind = TracedArray
    multi_device = False  # `Recorder.call` checks the devices itself
    rank = 1

    def __init__(self) -> None:
        super().__init__(_record)
        self.kernels: dict[str, Any] = {}

    def wrap(self, y: Any) -> Any:
        return y

    def parts(self, array: TracedArray) -> tuple[Any, ...]:
        """What an array stands for: arrays of a device, or tensors."""
        return (array.value,)

    def is_view(self, x: Any) -> bool:
        traced: TracedArray = x
        return traced.base is not None or traced.memory.parent is not None

    def same_place(self, x: TracedArray, y: TracedArray) -> bool:
        return x.base is not None and x.base is y.base and x.instruction == y.instruction

    def device_of(self, array: TracedArray) -> str:
        device: str = NAMESPACES[type(array.value)].device_of(array.value)
        return device

    def to_numpy(self, array: TracedArray) -> NoReturn:
        array._refuse("item(), float(), bool() or numpy()")

    def to_device(self, array: TracedArray, device: str) -> NoReturn:
        array._refuse("moving to another device")


def _record(name: str, *args: Any, **kwargs: Any) -> Any:
    """Compute and record a vocabulary function, in the program of its first traced argument."""
    for leaf in _leaves((*args, *kwargs.values())):
        if type(leaf) is TracedArray:
            return leaf.recorder.call(name, args, kwargs)
    raise TraceError(f"{name}: no argument is traced")


namespace = _TracedNamespace()
NAMESPACES[TracedArray] = namespace
