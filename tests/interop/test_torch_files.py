"""Files of `torch.save`: what comes back, and that a file of any content is read or refused."""

import os
import pickle
import struct
import zipfile
from collections import OrderedDict, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.backend import dtypes
from tinygrad_nn.interop import TorchFileError, load_file, load_torch
from tinygrad_nn.interop.torch_files import DEEPEST

from .torch_writing import ORDERED_DICT, pickled, plain, storage, tensor, write

SIX = np.arange(6, dtype=np.float32)


def made(path, *words, entries=None):
    """What is read from a file with these words in its pickle."""
    write(path / "x.pt", pickled(*words), entries)
    return load_torch(path / "x.pt")


class TestWithoutPyTorch:
    def test_a_tensor(self, tmp_path, device):
        write(tmp_path / "x.pt", pickled(tensor()))
        x = load_torch(tmp_path / "x.pt", device)
        assert (x.device, x.dtype, x.requires_grad) == (device, tg.float32, False)
        np.testing.assert_array_equal(x.numpy(), SIX.reshape(2, 3))

    @pytest.mark.parametrize(
        ("view", "expected"),
        [
            ({"sizes": (3, 2), "strides": (1, 3)}, SIX.reshape(2, 3).T),
            ({"offset": 1, "sizes": (2,), "strides": (2,)}, SIX[1:5:2]),
            ({"offset": 5, "sizes": (), "strides": ()}, SIX[5]),
            ({"sizes": (4, 3), "strides": (0, 1)}, np.broadcast_to(SIX[:3], (4, 3))),
            ({"sizes": (4, 3), "strides": (1, 1)}, np.lib.stride_tricks.sliding_window_view(SIX, 3)),
            ({"offset": 6, "sizes": (0, 5), "strides": (5, 1)}, np.zeros((0, 5))),
            ({"sizes": (1, 6), "strides": (10**15, 1)}, SIX[None]),
        ],
    )
    def test_views(self, tmp_path, view, expected):
        np.testing.assert_array_equal(made(tmp_path, tensor(**view)).numpy(), expected)

    @given(st.data())
    def test_every_view_is_right_or_refused(self, tmp_path_factory, data):
        axes = data.draw(st.integers(0, 3))
        sizes = tuple(data.draw(st.integers(-1, 4)) for _ in range(axes))
        strides = tuple(data.draw(st.integers(-2, 4)) for _ in range(axes))
        offset = data.draw(st.integers(-1, 7))
        places = offset + sum(
            (np.arange(max(size, 0)) * stride).reshape((-1,) + (1,) * (axes - 1 - i))
            for i, (size, stride) in enumerate(zip(sizes, strides))
        )
        wanted = min((*sizes, *strides, offset, 0)) == 0 and offset <= 6 and np.all(places < 6)
        folder = tmp_path_factory.mktemp("views")
        if wanted:
            x = made(folder, tensor(offset=offset, sizes=sizes, strides=strides))
            np.testing.assert_array_equal(x.numpy(), SIX[places] if x.size else np.zeros(sizes))
        else:
            with pytest.raises(TorchFileError):
                made(folder, tensor(offset=offset, sizes=sizes, strides=strides))

    def test_views_have_memory_of_their_own_and_one_tensor_stays_one(self, tmp_path):
        x, y, z = made(tmp_path, b"]", tensor(), b"q\xc8a", tensor(), b"ah\xc8a")
        x[0, 0] = 9.0
        assert (y[0, 0].item(), z is x) == (0.0, True)

    @pytest.mark.parametrize("order", ["little", "big"])
    @pytest.mark.parametrize(
        ("kind", "form"),
        [
            ("Double", "d"), ("Float", "f"), ("Half", "e"), ("Long", "q"), ("Int", "i"), ("Short", "h"), ("Char", "b"),
            ("Byte", "B"), ("Bool", "?"),
        ],
    )  # fmt: skip
    def test_byte_orders(self, tmp_path, order, kind, form):
        numbers = struct.pack({"little": "<", "big": ">"}[order] + 3 * form, 0, 1, 1)
        words = tensor(storage(f"torch\n{kind}Storage", count=3), sizes=(3,), strides=(1,))
        with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
            for name, content in {"data.pkl": pickled(words), "byteorder": order, "data/0": numbers}.items():
                archive.writestr(f"x/{name}", content)
        x = load_torch(tmp_path / "x.pt")
        assert x.tolist() == [0, 1, 1]
        assert x.dtype.isnative

    def test_bools_of_other_bytes(self, tmp_path):
        words = tensor(storage("torch\nBoolStorage", count=3), sizes=(3,), strides=(1,))
        x = made(tmp_path, words, entries={"x/data/0": b"\x00\x01\xff"})
        assert x.numpy().view(np.uint8).tolist() == [0, 1, 1]

    def test_plain_data(self, tmp_path):
        size = b"ctorch\nSize\n" + plain(((2, 3),)) + b"R"
        words = plain({"a": [1, (2.5, None)], 3: {"b", 4}}), b"X\x01\x00\x00\x00s", size, b"s"
        assert made(tmp_path, *words) == {"a": [1, (2.5, None)], 3: {"b", 4}, "s": (2, 3)}

    def test_no_such_file(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"none\.pt: no such file"):
            load_torch(tmp_path / "none.pt")
        with pytest.raises(IsADirectoryError, match="is a folder"):
            load_torch(tmp_path)

    def test_no_such_device(self, tmp_path):
        write(tmp_path / "x.pt", pickled(tensor()))
        with pytest.raises(ValueError, match="tpu") as raised:
            load_torch(tmp_path / "x.pt", "tpu")
        assert raised.type is not TorchFileError


class TestRefused:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            # views that are none
            (tensor(offset=1), "outside of its storage of 6 elements"),
            (tensor(sizes=(3, 3)), "outside of its storage"),
            (tensor(strides=(4, 1)), "outside of its storage"),
            (tensor(strides=(3,)), "outside of its storage"),
            (tensor(offset=7, sizes=(0,), strides=(1,)), "outside of its storage"),
            (tensor(offset=-1), "not sizes"),
            (tensor(sizes=(2, -3)), "not sizes"),
            (tensor(strides=(-3, 1)), "not sizes"),
            (tensor(sizes=(2, 2.0)), "not sizes"),
            (tensor(sizes=[2, 3]), "not sizes"),
            (tensor(offset=None), "not sizes"),
            (tensor(sizes=(2**70, 3), strides=(0, 1)), "not sizes"),
            (tensor(sizes=(1,) * 65, strides=(1,) * 65), "65 axes"),
            (tensor(sizes=(0, 2**61), strides=(1, 1)), ""),  # NumPy says why
            # enormous ones of few bytes
            (tensor(sizes=(2**40, 3), strides=(0, 1)), "repeat their storages"),
            (tensor(sizes=(2**61,) * 3, strides=(0,) * 3), "repeat their storages"),
            (b"](" + tensor(sizes=(10**7,), strides=(0,)) * 3 + b"e", "repeat their storages"),
            # storages that are none
            (tensor(storage(key="1")), "no entry 'data/1'"),
            (tensor(storage(key="../data.pkl")), "no entry 'data/../data.pkl'"),
            (tensor(storage(key=0)), "whose storage is described"),
            (tensor(storage(count=7)), "24 bytes; wanted are 7 elements"),
            (tensor(storage(count=5)), "24 bytes; wanted are 5 elements"),
            (tensor(storage(count=-1)), "24 bytes; wanted are -1 elements"),
            (tensor(storage("torch\nSize")), "whose storage is described"),
            (tensor(storage("torch\nQInt8Storage")), "asks for 'torch.QInt8Storage'"),
            (tensor(plain("storage")), "whose storage is described"),
            (storage(), "a storage that is no tensor's"),
            (b"]" + storage() + b"a", "a storage that is no tensor's"),
            # names used in another way
            (b"ctorch\nfloat8_e5m2\n", "asks for 'torch.float8_e5m2'"),
            (b"ctorch\nFloatStorage\n", "uses torch.FloatStorage in a way"),
            (b"ctorch\nfloat32\n)R", "uses torch.float32 in a way"),
            (ORDERED_DICT, "uses collections.OrderedDict in a way"),
            (ORDERED_DICT + plain(([],)) + b"R", "uses collections.OrderedDict in a way"),
            (b"ctorch\nSize\n)R", "uses torch.Size in a way"),
            (b"ctorch\nSize\n" + plain((("x",),)) + b"R", "not sizes"),
            (b"cbuiltins\nset\n(](]etR", "uses builtins.set in a way"),
            (b"ctorch._utils\n_rebuild_tensor_v2\n)R", "uses torch._utils._rebuild_tensor_v2 in a way"),
            (tensor() + b"}b", "uses torch._utils._rebuild_tensor_v2 in a way"),
            (tensor() + b"(NNu", "uses torch._utils._rebuild_tensor_v2 in a way"),
            (b"ctorch._utils\n_rebuild_parameter\n(N\x88NtR", "uses torch._utils._rebuild_parameter in a way"),
            # objects in themselves, and too deep
            (b"]q\x00h\x00a", "a list that contains itself"),
            (b"}q\x00(Nh\x00u", "a dict that contains itself"),
            (b"]q\x00(h\x00tq\x01a", "a list that contains itself"),
            (ORDERED_DICT + b")Rq\x00(Nh\x00u", "a Call that contains itself"),
            (b"]" * 10**5 + b"a" * (10**5 - 1), f"more than {DEEPEST} deep"),
            (b"N" + b"\x85" * 10**5, f"more than {DEEPEST} deep"),
        ],
    )
    def test_by_what_is_wrong(self, tmp_path, words, message):
        with pytest.raises(TorchFileError, match=rf"x\.pt: .*{message}"):
            made(tmp_path, words)

    @pytest.mark.parametrize("protocol", [2, 4])
    def test_a_call_of_python_s(self, tmp_path, protocol):
        class Exploit:
            def __reduce__(self):
                return os.mkdir, (str(tmp_path / "made"),)

        write(tmp_path / "x.pt", pickle.dumps({"weight": Exploit()}, protocol))
        with pytest.raises(TorchFileError, match=r"mkdir'; wanted are tensors and plain data"):
            load_torch(tmp_path / "x.pt")
        assert not (tmp_path / "made").exists()

    def test_before_anything_is_built(self, tmp_path):
        """The name at the end of the pickle is found first, not the storage at its beginning that is not there."""
        with pytest.raises(TorchFileError, match=r"asks for 'os.system'"):
            made(tmp_path, b"](", tensor(storage(key="missing")), b"cos\nsystem\ne")

    def test_containers_that_share_their_parts_take_no_exponential_time(self, tmp_path):
        found = made(tmp_path, b"]", b"q\x00h\x00\x86" * 60)
        assert found[0] is found[1]

    def test_at_every_length(self, tmp_path):
        write(tmp_path / "whole.pt", pickled(tensor()))
        whole = (tmp_path / "whole.pt").read_bytes()
        for length in range(len(whole)):
            (tmp_path / "x.pt").write_bytes(whole[:length])
            with pytest.raises(TorchFileError):
                load_torch(tmp_path / "x.pt")

    @given(st.data())
    def test_other_bytes(self, tmp_path_factory, data):
        """Of the archive, or of the pickle in one whose checksums fit."""
        path = tmp_path_factory.mktemp("damaged") / "x.pt"
        words = pickled(b"}(", plain("w"), tensor(), plain("more"), plain([1, 2.5, ("x", True)]), b"u")
        inside = data.draw(st.booleans())
        write(path, words)
        damaged = bytearray(words if inside else path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        if inside:
            write(path, bytes(damaged))
        else:
            path.write_bytes(damaged)
        try:
            load_torch(path)
        except TorchFileError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017 (it may be read, too)


class TestFilesOfPyTorch:
    @pytest.fixture
    def torch(self):
        return pytest.importorskip("torch")

    def back(self, torch, path, value, **options):
        torch.save(value, path / "x.pt", **options)
        return load_torch(path / "x.pt")

    @pytest.mark.parametrize(
        "dtype",
        "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64 complex64 complex128".split(),
    )
    def test_every_dtype_shape_and_layout(self, torch, tmp_path, dtype):
        x = torch.arange(24).reshape(2, 3, 4).to(getattr(torch, dtype))
        views = [x, x.permute(2, 0, 1), x[1, ::2, 1:], x[0, 0, 0], x[:, :0]]
        found, *others = self.back(torch, tmp_path, [views, x.dtype, x.shape])
        for y, theirs in zip(found, views):
            assert (y.dtype, y.shape) == (np.dtype(dtype), theirs.shape)
            np.testing.assert_array_equal(y.numpy(), theirs.numpy())
        assert others == [np.dtype(dtype), (2, 3, 4)]

    def test_bfloat16(self, torch, tmp_path):
        pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
        x = torch.tensor([[1.5, -2.25, float("inf")], [3e38, -0.0, 1e-40]]).bfloat16()
        *found, dtype, empty = self.back(torch, tmp_path, [x, x.T, x[0, 0], x.dtype, x[:0]])
        for theirs, y in zip((x, x.T, x[0, 0]), found):
            assert (y.dtype, y.shape) == (tg.bfloat16, theirs.shape)
            np.testing.assert_array_equal(y.astype(tg.float32).numpy(), theirs.float().numpy())
        assert dtype == empty.dtype == tg.bfloat16
        found[0][0] = 0.0  # memory that can be written

    def test_bfloat16_without_its_package_becomes_float32_without_loss(self, torch, tmp_path, monkeypatch):
        monkeypatch.setattr(dtypes, "find_spec", lambda name: None)
        x = torch.tensor([[1.5, -2.25, float("inf")], [3e38, -0.0, 1e-40]]).bfloat16()
        for theirs, y in zip((x, x.T, x[0, 0]), self.back(torch, tmp_path, [x, x.T, x[0, 0]])):
            assert (y.dtype, y.shape) == (tg.float32, theirs.shape)
            np.testing.assert_array_equal(y.numpy(), theirs.float().numpy())

    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_a_checkpoint(self, torch, tmp_path, protocol):
        theirs = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 2))
        optimizer = torch.optim.Adam(theirs.parameters())
        theirs(torch.ones(3, 5)).sum().backward()
        optimizer.step()
        checkpoint = {
            "model": theirs.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "tags": {"a", "b"},
            "best": (0.5, None), "raw": torch.nn.Parameter(torch.ones(2)), "settings": OrderedDict(lr=0.1),
        }  # fmt: skip
        found = self.back(torch, tmp_path, checkpoint, pickle_protocol=protocol)
        assert list(found) == list(checkpoint)
        assert (found["epoch"], found["tags"], found["best"], found["settings"]) == (
            3, {"a", "b"}, (0.5, None), OrderedDict(lr=0.1),
        )  # fmt: skip
        moment = optimizer.state_dict()["state"][2]["exp_avg"].numpy()
        np.testing.assert_array_equal(found["optimizer"]["state"][2]["exp_avg"].numpy(), moment)
        ours = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2))
        ours.load_state_dict(found["model"])
        x = np.linspace(-1, 1, 15, dtype=np.float32).reshape(3, 5)
        expected = theirs(torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(ours(tg.asarray(x)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)

    @pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
    def test_a_network_of_many_layers_loads_by_name(self, torch, tmp_path, device, suffix):
        """Statistics of batch normalization included: it has seen a batch."""

        def network(nn):
            return nn.Sequential(
                nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.PReLU(4), nn.MaxPool2d(2), nn.GroupNorm(2, 4),
                nn.ConvTranspose2d(4, 3, 2, stride=2), nn.Flatten(), nn.Linear(3 * 6 * 6, 5), nn.LayerNorm(5),
            )  # fmt: skip

        theirs, ours = network(torch.nn), network(nn).to(device)
        theirs(torch.randn(8, 2, 6, 6))
        path = tmp_path / f"x{suffix}"
        if suffix == ".pt":
            torch.save(theirs.state_dict(), path)
            ours.load_state_dict(load_torch(path))
        else:
            pytest.importorskip("safetensors.torch").save_file(theirs.state_dict(), path)
            ours.load_state_dict(load_file(path))
        assert list(ours.state_dict()) == list(theirs.state_dict())
        x = np.random.default_rng(0).normal(size=(3, 2, 6, 6)).astype(np.float32)
        expected = theirs.eval()(torch.from_numpy(x)).detach().numpy()
        found = ours.eval()(tg.asarray(x, device=device)).detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda torch: torch.nn.Linear(2, 3), "asks for 'torch.nn.modules.linear.Linear'"),
            (lambda torch: torch.eye(2).to_sparse(), "asks for 'torch._utils._rebuild_sparse_tensor'"),
            (lambda torch: torch.eye(2).to(torch.float8_e5m2), "asks for 'torch.float8_e5m2'"),
            (lambda torch: torch.ones(2, dtype=torch.complex64).conj(), "save tensor.resolve_conj()"),
            (lambda torch: defaultdict(OrderedDict), "uses collections.defaultdict in a way that torch.save does not"),
            (lambda torch: defaultdict(torch.ones), "asks for '__builtin__.getattr'"),
            (lambda torch: [list], "uses __builtin__.list in a way that torch.save does not"),
        ],
    )
    def test_what_is_refused(self, torch, tmp_path, make, message):
        with pytest.raises(TorchFileError, match=message):
            self.back(torch, tmp_path, make(torch))

    @pytest.mark.parametrize("protocol", [2, 4])
    def test_what_else_is_plain(self, torch, tmp_path, protocol):
        counts = defaultdict(list, a=[1])
        saved = [torch.device("cpu"), torch.device("cuda", 1), b"", b"\x00\xff", counts, defaultdict(None, {1: b"x"})]
        saved += [defaultdict(int), defaultdict(str)]
        found = self.back(torch, tmp_path, saved, pickle_protocol=protocol)
        assert found == ["cpu", "cuda:1", b"", b"\x00\xff", {"a": [1]}, {1: b"x"}, {}, {}]
        assert [each["b"] for each in found[6:]] == [0, ""]
        assert (type(found[4]), found[4]["b"], found[5].default_factory) == (defaultdict, [], None)

    def test_the_older_format(self, torch, tmp_path):
        with pytest.raises(TorchFileError, match="the format of PyTorch before 1.6"):
            self.back(torch, tmp_path, torch.ones(2), _use_new_zipfile_serialization=False)
