"""Reads the part of pickle's language that plain data need, as a description: nothing in it is imported or called.

A pickle is a program for a machine with a stack. Python's own machine imports any function that a pickle names and
calls it, so that a file can do whatever it likes. This one knows the words for numbers, texts and containers; a name
must be among those that the caller allows, and stays a name; a call stays a note of what was to be called with what.
What is made of the description is for the caller to decide, when all of it has been read.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Call", "Name", "Persistent", "describe", "is_key"]

LARGEST = 1 << 25  # bytes of a pickle
# A byte may make an object of 200. The memory that objects take is counted, and may be as much as this:
MEMORY_PER_BYTE, MEMORY_BESIDE = 16, 1 << 25
MARK, KEPT, ITEM, CALL = 40, 100, 64, 200  # bytes for a mark, what the memo and a container have of an object, a call
SCALARS = (str, int, float, bool, type(None))


@dataclass(frozen=True, eq=False, slots=True)
class Name:
    """Something that would be imported: ``collections.OrderedDict``."""

    text: str


@dataclass(eq=False, slots=True)
class Call:
    """A call of something named, and what would be put into what it gives."""

    name: str
    arguments: tuple[Any, ...]
    items: list[tuple[Any, Any]] = field(default_factory=list)
    state: Any = None


@dataclass(frozen=True, eq=False, slots=True)
class Persistent:
    """Something that lies beside the pickle, and what the pickle says of it."""

    key: Any


def describe(data: bytes, allowed: Collection[str]) -> Any:
    """Return what a pickle of protocol 2 to 5 holds, in lists, tuples, dicts, sets, bytes and the classes above.

    An object that the pickle refers to several times is one object in the description; it may even contain itself.

    Raises
    ------
    ValueError
        If a name is not among the `allowed`, or the pickle has words for anything but plain data, is damaged, or takes
        far more memory than its own size.
    """
    if len(data) > LARGEST:
        raise ValueError(f"its pickle has {len(data)} bytes; the most that is read is {LARGEST}")
    return _Machine(data, allowed).run()


class _Machine:
    def __init__(self, data: bytes, allowed: Collection[str]) -> None:
        self.data = data
        self.allowed = allowed
        self.position = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []  # the heights of the stack at which a MARK lies
        self.memo: dict[int, Any] = {}
        self.memory_left = MEMORY_PER_BYTE * len(data) + MEMORY_BESIDE

    def run(self) -> Any:
        if self.data[:1] != b"\x80":
            raise ValueError("its pickle is of protocol 0 or 1, or none; wanted is protocol 2 or later")
        while (word := self.take(1)) != b".":
            step = STEPS.get(word)
            if step is None:
                what = REFUSED.get(word, f"the opcode {word!r}")
                raise ValueError(f"its pickle has {what} at byte {self.position - 1}, which plain data do not need")
            step(self)
        result = self.pop()
        if self.stack or self.marks or self.position != len(self.data):
            raise ValueError("its pickle is damaged: something is left when it ends")
        return result

    # Reading

    def take(self, count: int) -> bytes:
        start, self.position = self.position, self.position + count
        if self.position > len(self.data):
            raise ValueError("its pickle is cut off")
        return self.data[start : self.position]

    def number(self, form: str) -> Any:
        """The next number, in a format of the module `struct`."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self, form: str) -> str:
        """The next text, whose length comes before it."""
        return self.take(self.number(form)).decode("utf-8", "surrogatepass")

    def line(self) -> str:
        end = self.data.find(b"\n", self.position)
        if end < 0:
            raise ValueError("its pickle is cut off")
        return self.take(end + 1 - self.position)[:-1].decode("utf-8")

    # The stack

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def spend(self, memory: int) -> None:
        self.memory_left -= memory
        if self.memory_left < 0:
            raise ValueError(
                f"its pickle of {len(self.data)} bytes takes more than "
                f"{MEMORY_PER_BYTE * len(self.data) + MEMORY_BESIDE} bytes of memory, as no honest one does"
            )

    def make(self, value: Any) -> None:
        """Push what takes memory of its own."""
        self.spend(sys.getsizeof(value))
        self.push(value)

    def mark(self) -> None:
        self.spend(MARK)
        self.marks.append(len(self.stack))

    def pop(self) -> Any:
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise ValueError("its pickle is damaged: it takes what is not there")
        return self.stack.pop()

    def top(self) -> Any:
        self.push(value := self.pop())
        return value

    def pop_to_mark(self) -> list[Any]:
        if not self.marks:
            raise ValueError("its pickle is damaged: it takes what is not there")
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def pop_tuple(self, size: int) -> None:
        self.make(tuple([self.pop() for _ in range(size)][::-1]))

    # The memo: what the pickle refers to again

    def keep(self, index: int) -> None:
        if index >= len(self.data):  # picklers count from 0
            raise ValueError(f"its pickle is damaged: it counts to {index} in {len(self.data)} bytes")
        self.spend(KEPT)
        self.memo[index] = self.top()

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise ValueError(f"its pickle is damaged: it recalls object {index}, which it has not kept")
        self.push(self.memo[index])

    # Names and calls

    def name(self, module: Any, name: Any) -> None:
        full = f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else "something without a name"
        if full not in self.allowed:
            raise ValueError(f"it asks for {full!r:.200}; wanted are tensors and plain data, such as a state_dict()")
        self.make(Name(full))

    def refuse_instance(self) -> None:
        self.name(self.line(), self.line())
        raise ValueError(f"it asks for an instance of {self.pop().text}; wanted are tensors and plain data")

    def call(self) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise ValueError(f"its pickle is damaged: it calls a {type(function).__name__}")
        self.spend(CALL)
        self.push(Call(function.text, arguments))

    def set_state(self) -> None:
        state, target = self.pop(), self.top()
        if not isinstance(target, Call) or target.state is not None:
            raise ValueError(f"its pickle is damaged: it sets the state of a {type(target).__name__}")
        target.state = state

    # Containers

    def extend(self, values: list[Any]) -> None:
        target = self.top()
        if not isinstance(target, list):
            raise ValueError(f"its pickle is damaged: it appends to a {type(target).__name__}")
        target.extend(values)

    def set_items(self, flat: list[Any]) -> None:
        """Put in keys and values, which follow each other."""
        target = self.top()
        keys, values = flat[::2], flat[1::2]
        if not isinstance(target, (dict, Call)) or len(keys) != len(values):
            raise ValueError(f"its pickle is damaged: it sets items of a {type(target).__name__}")
        self.spend(ITEM * len(keys))
        for key, value in zip(keys, values):
            _check_key(key)
            if isinstance(target, dict):
                target[key] = value
            else:
                target.items.append((key, value))

    def add(self, values: list[Any]) -> None:
        target = self.top()
        if not isinstance(target, set):
            raise ValueError(f"its pickle is damaged: it adds to a {type(target).__name__}")
        self.spend(ITEM * len(values))
        for value in values:
            _check_key(value)
            target.add(value)


def is_key(value: Any) -> bool:
    """Whether a dict or set may be given this as a key.

    Others can be made so that hashing one takes exponential time (tuples in tuples), or so that all have the same
    hash, which makes a dict quadratic (longer integers, tuples of integers).
    """
    return isinstance(value, SCALARS) and not (isinstance(value, int) and value.bit_length() > 64)


def _check_key(key: Any) -> None:
    if not is_key(key):
        raise ValueError(f"it has a {type(key).__name__} as key; wanted are texts and numbers of at most 64 bits")


# The words, by their opcodes. A lambda takes the machine.
STEPS: dict[bytes, Callable[[_Machine], None]] = {
    # the protocol, and frames, which are for reading ahead
    b"\x80": lambda m: _check_protocol(m.number("<B")),
    b"\x95": lambda m: _check_frame(m.number("<Q"), m),
    # values
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"J": lambda m: m.make(m.number("<i")),
    b"K": lambda m: m.push(m.number("<B")),
    b"M": lambda m: m.make(m.number("<H")),
    b"\x8a": lambda m: m.make(int.from_bytes(m.take(m.number("<B")), "little", signed=True)),
    b"G": lambda m: m.make(m.number(">d")),
    b"X": lambda m: m.make(m.text("<I")),
    b"\x8c": lambda m: m.make(m.text("<B")),
    b"\x8d": lambda m: m.make(m.text("<Q")),
    b"C": lambda m: m.make(m.take(m.number("<B"))),
    b"B": lambda m: m.make(m.take(m.number("<I"))),
    b"\x8e": lambda m: m.make(m.take(m.number("<Q"))),
    # containers
    b"(": lambda m: m.mark(),
    b")": lambda m: m.push(()),
    b"t": lambda m: m.make(tuple(m.pop_to_mark())),
    b"\x85": lambda m: m.pop_tuple(1),
    b"\x86": lambda m: m.pop_tuple(2),
    b"\x87": lambda m: m.pop_tuple(3),
    b"]": lambda m: m.make([]),
    b"a": lambda m: m.extend([m.pop()]),
    b"e": lambda m: m.extend(m.pop_to_mark()),
    b"}": lambda m: m.make({}),
    b"s": lambda m: m.set_items([m.pop(), m.pop()][::-1]),
    b"u": lambda m: m.set_items(m.pop_to_mark()),
    b"\x8f": lambda m: m.make(set()),
    b"\x90": lambda m: m.add(m.pop_to_mark()),
    # the memo
    b"q": lambda m: m.keep(m.number("<B")),
    b"r": lambda m: m.keep(m.number("<I")),
    b"\x94": lambda m: m.keep(len(m.memo)),
    b"h": lambda m: m.recall(m.number("<B")),
    b"j": lambda m: m.recall(m.number("<I")),
    # names, calls, and what lies beside
    b"c": lambda m: m.name(m.line(), m.line()),
    b"\x93": lambda m: m.name(*[m.pop(), m.pop()][::-1]),
    b"i": lambda m: m.refuse_instance(),
    b"R": lambda m: m.call(),
    b"b": lambda m: m.set_state(),
    b"Q": lambda m: m.make(Persistent(m.pop())),
}

# Words that would import or call something else.
REFUSED = {
    b"o": "OBJ (an instance of a class)",
    b"\x81": "NEWOBJ (an instance of a class)",
    b"\x92": "NEWOBJ_EX (an instance of a class)",
    b"\x82": "EXT1 (something from a register)",
    b"\x83": "EXT2 (something from a register)",
    b"\x84": "EXT4 (something from a register)",
}


def _check_protocol(protocol: int) -> None:
    if not 2 <= protocol <= 5:
        raise ValueError(f"its pickle is of protocol {protocol}; wanted is 2 to 5")


def _check_frame(size: int, machine: _Machine) -> None:
    if size > len(machine.data) - machine.position:
        raise ValueError("its pickle is cut off")
