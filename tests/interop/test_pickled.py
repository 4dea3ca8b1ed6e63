"""Pickles as descriptions: plain data come back, and nothing is ever imported or called."""

import os
import pickle
import sys
import tracemalloc
from collections import OrderedDict
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_nn.interop import pickled as interpreter
from tinygrad_nn.interop.pickled import LARGEST, MEMORY_PER_BYTE, Call, Name, Persistent, describe

from .torch_writing import ORDERED_DICT, pickled, plain

KEYS = st.one_of(st.none(), st.booleans(), st.integers(-(2**64) + 1, 2**64 - 1), st.floats(allow_nan=False), st.text())
PLAIN = st.recursive(
    KEYS | st.integers(-(2**1000), 2**1000),
    lambda inner: st.one_of(st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(KEYS, inner), st.sets(KEYS)),
)
ALLOWED = {"builtins.set", "__builtin__.set", "collections.OrderedDict"}


def without_calls(part):
    """A description with the sets of protocol 2, which are calls, as sets."""
    if isinstance(part, Call):
        assert part.name in ("builtins.set", "__builtin__.set")
        return set(*part.arguments)
    if isinstance(part, (list, tuple)):
        return type(part)(map(without_calls, part))
    return {key: without_calls(value) for key, value in part.items()} if isinstance(part, dict) else part


@settings(max_examples=50)
@given(PLAIN, st.integers(2, 5))
def test_plain_data_come_back(value, protocol):
    found = without_calls(describe(pickle.dumps(value, protocol), ALLOWED))
    assert found == value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_calls_and_names_are_described(protocol):
    ordered = OrderedDict(a=[1])
    ordered.note = "x"
    found = describe(pickle.dumps([ordered, OrderedDict], protocol), ALLOWED)
    assert isinstance(found[0], Call)
    assert (found[0].name, found[0].arguments, found[0].items) == ("collections.OrderedDict", (), [("a", [1])])
    assert found[0].state == {"note": "x"}
    assert (type(found[1]), found[1].text) == (Name, "collections.OrderedDict")


def test_what_lies_beside_is_described():
    found = describe(pickled(plain(("storage", 3)), b"Q"), ())
    assert isinstance(found, Persistent)
    assert found.key == ("storage", 3)


def test_one_object_stays_one():
    part = [1]
    found = describe(pickle.dumps([part, (part,), part], 4), ())
    assert found[0] is found[1][0] is found[2]


HOSTILE = {
    "sets": b"(" + b"\x8f" * 2**16 + b"t",
    "dicts": b"(" + b"}" * 2**16 + b"t",
    "marks": b"(" * 2**16,
    "memo": b"N" + b"\x94" * 2**16,
    "tuples": b"N" + b"\x85" * 2**16,
    "calls": b"ccollections\nOrderedDict\nq\x00(" + b"h\x00)R" * 2**14 + b"t",
}


class TestMemory:
    @pytest.mark.parametrize("kind", HOSTILE)
    def test_a_small_file_cannot_take_much(self, monkeypatch, kind):
        monkeypatch.setattr(interpreter, "MEMORY_BESIDE", 1 << 20)
        hostile = pickled(HOSTILE[kind])
        tracemalloc.start()
        try:
            with pytest.raises(ValueError, match="bytes of memory"):
                describe(hostile, ALLOWED)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 2 * (MEMORY_PER_BYTE * len(hostile) + (1 << 20))

    def test_a_file_of_megabytes_is_refused_early(self):
        with pytest.raises(ValueError, match="bytes of memory"):
            describe(pickled(b"(", b"\x8f" * 2**21, b"t"), ())

    @pytest.mark.parametrize(
        "honest",
        [
            [float(n) for n in range(10**4)],
            list(range(10**4)),
            {str(n): (n, [n]) for n in range(10**4)},
            [OrderedDict(a=n) for n in range(10**4)],
        ],
        ids=["floats", "integers", "a dict", "calls"],
    )
    @pytest.mark.parametrize("protocol", [2, 4])
    def test_honest_files_are_read(self, honest, protocol):
        assert len(describe(pickle.dumps(honest, protocol), ALLOWED)) == len(honest)


class Exploit:
    """Python's own unpickler makes a folder when it reads one."""

    folder = ""

    def __reduce__(self):
        return os.mkdir, (self.folder,)


class TestNothingIsRun:
    @pytest.mark.parametrize("protocol", range(6))
    def test_a_call_of_python_s(self, tmp_path, monkeypatch, protocol):
        monkeypatch.setattr(Exploit, "folder", str(tmp_path / "made"))
        hostile = pickle.dumps({"weights": [Exploit()]}, protocol)
        with pytest.raises(ValueError, match=f"asks for '{os.name}.mkdir'" if protocol > 1 else "protocol 0 or 1"):
            describe(hostile, ALLOWED)
        assert not (tmp_path / "made").exists()
        pickle.loads(hostile)
        assert (tmp_path / "made").exists()  # so it was one

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (b"cos\nsystem\n(" + plain("true") + b"tR", "asks for 'os.system'"),
            (plain("os") + plain("system") + b"\x93(" + plain("true") + b"tR", "asks for 'os.system'"),
            (plain("os") + plain(3) + b"\x93", "asks for 'something without a name'"),
            (b"cbuiltins\neval\n", "asks for 'builtins.eval'"),
            (b"c__builtin__\ngetattr\n", "asks for '__builtin__.getattr'"),
            (b"ccollections\nOrderedDict.fromkeys\n", "asks for 'collections.OrderedDict.fromkeys'"),
            (b"(" + plain("true") + b"ios\nsystem\n", r"asks for 'os.system'"),
            (b"(icollections\nOrderedDict\n", "an instance of collections.OrderedDict"),
            (b"(cos\nsystem\n" + plain("true") + b"o", "asks for 'os.system'"),
            (b"(" + ORDERED_DICT + b"o", "OBJ"),
            (b"csubprocess\nPopen\n" + plain(("true",)) + b"\x81", "asks for 'subprocess.Popen'"),
            (ORDERED_DICT + b")\x81", "NEWOBJ"),
            (ORDERED_DICT + b")}\x92", "NEWOBJ_EX"),
            (b"\x82\x01", "EXT1"),
            (b"\x83\x01\x00", "EXT2"),
            (b"\x84\x01\x00\x00\x00", "EXT4"),
            (b"Pstorage\n", "opcode b'P'"),
            (b"I3\n", "opcode b'I'"),
            (b"\x8b\xff\xff\xff\x7f", r"opcode b'\\x8b'"),
            (b"\x96" + b"\xff" * 8, r"opcode b'\\x96'"),
            (plain("x") + b")R", "calls a str"),
            (ORDERED_DICT + plain("x") + b"R", "calls a Name"),
            (ORDERED_DICT + b")Rq\x01)R", "calls a Call"),
            (b"}" + plain({"__class__": 1}) + b"b", "sets the state of a dict"),
            (ORDERED_DICT + plain({"__reduce__": 1}) + b"b", "sets the state of a Name"),
            (ORDERED_DICT + b")R}b}b", "sets the state of a Call"),
        ],
    )
    def test_words_of_programs(self, words, message):
        with pytest.raises(ValueError, match=message):
            describe(pickled(words), ALLOWED)

    def test_no_module_is_imported(self):
        assert "antigravity" not in sys.modules
        with pytest.raises(ValueError, match="asks for 'antigravity.fly'"):
            describe(pickled(b"cantigravity\nfly\n"), ALLOWED)
        assert "antigravity" not in sys.modules


class TestDamaged:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (b"", "takes what is not there"),
            (b"NN", "something is left"),
            (b"(N", "something is left"),
            (b"N(", "takes what is not there"),
            (b"t", "takes what is not there"),
            (b"\x85", "takes what is not there"),
            (b"N(\x85", "takes what is not there"),  # not from below the mark
            (b"N.N", "something is left"),
            (b"]a", "takes what is not there"),
            (b"}Na", "appends to a dict"),
            (b"](NNu", "sets items of a list"),
            (b"}(Nu", "sets items of a dict"),
            (b"](N\x90", "adds to a list"),
            (b"}]Ns", "a list as key"),
            (b"}" + plain((1, "x")) + b"Ns", "a tuple as key"),
            (b"}" + plain(2**64) + b"Ns", "a int as key"),
            (b"\x8f(}\x90", "a dict as key"),
            (b"h\x00", "recalls object 0"),
            (b"j\xff\xff\xff\xff", "recalls object 4294967295"),
            (b"Nr\xff\xff\xff\xff", "counts to 4294967295 in 9 bytes"),
            (b"q\x00", "takes what is not there"),
            (b"X\xff\xff\xff\xffabc", "cut off"),
            (b"\x8d" + b"\xff" * 8, "cut off"),
            (b"\x8c\x01\xff", "can't decode byte 0xff"),
            (b"\x95" + b"\xff" * 8, "cut off"),
            (b"\x8a\xff\x01", "cut off"),
            (b"cos", "cut off"),
            (b"\x80\x09", "protocol 9"),
            (b"\x80\x00", "protocol 0"),
        ],
    )
    def test_is_said(self, words, message):
        with pytest.raises(ValueError, match=message):
            describe(pickled(words), ALLOWED)

    def test_at_every_length(self):
        whole = pickle.dumps({"a": [1, 2.5, (3, "x")], "b": {4}, "c": 2**100}, 4)
        for length in range(len(whole)):
            with pytest.raises(ValueError, match="pickle"):
                describe(whole[:length], ALLOWED)

    def test_too_large(self):
        with pytest.raises(ValueError, match=f"has {LARGEST + 1} bytes"):
            describe(bytes(LARGEST + 1), ())


def test_tuples_in_tuples_take_no_exponential_time():
    """Tuple k holds tuple k - 1 twice: its hash, as a key, would take 2**60 steps."""
    words = b"N\x85" + b"q\x00h\x00\x86" * 60
    with pytest.raises(ValueError, match="a tuple as key"):
        describe(pickled(b"}", words, b"Ns"), ())


@given(st.data())
def test_other_bytes_are_read_or_refused(data):
    value = {"a": [1, 2.5, (3, "x")], "b": {4}, "c": OrderedDict(x=1)}
    damaged = bytearray(pickle.dumps(value, data.draw(st.integers(2, 5))))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ValueError):
        describe(bytes(damaged), ALLOWED)
