"""Tensors in safetensors files: round trips, files of PyTorch's, and files that are damaged."""

import stat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.backend import dtypes
from tinygrad_nn.interop import load_file, read_metadata, save_file

DTYPES = "bool uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64 complex64".split()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0, 3), (2, 3, 4)])
def test_every_dtype_and_shape_comes_back(tmp_path, device, dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 7 + 1).astype(dtype).reshape(shape)
    save_file({"x": tg.asarray(array, device=device)}, tmp_path / "x.safetensors")
    x = load_file(tmp_path / "x.safetensors", device)["x"]
    assert (x.device, x.dtype, x.shape) == (device, array.dtype, shape)
    np.testing.assert_array_equal(x.numpy(), array)


@given(data=st.data(), shape=hnp.array_shapes(min_dims=2, max_dims=3, max_side=5))
def test_memory_layout_does_not_matter(tmp_path_factory, data, shape):
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    axes = data.draw(st.permutations(range(len(shape))))
    view = array.transpose(axes)[::-1, ::2]
    path = tmp_path_factory.mktemp("layout") / "x.safetensors"
    save_file({"x": view}, path)
    np.testing.assert_array_equal(load_file(path)["x"].numpy(), view)


def test_parameters_of_a_model_come_back_by_name(tmp_path, device):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).to(device)
    other = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).to(device)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    x = tg.ones((5, 3), device=device)
    np.testing.assert_array_equal(other(x).detach().numpy(), model(x).detach().numpy())


def test_metadata_come_back(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"x": np.zeros(1)}, path, {"note": "grüße", "empty": ""})
    assert read_metadata(path) == {"note": "grüße", "empty": ""}
    save_file({"x": np.zeros(1)}, path)
    assert read_metadata(path) == {}


def test_a_file_may_be_empty_of_tensors(tmp_path):
    save_file({}, tmp_path / "x.safetensors")
    assert load_file(tmp_path / "x.safetensors") == {}


def test_what_was_loaded_is_writable_and_outlives_the_file(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"x": np.ones(3, np.float32)}, path)
    x = load_file(path)["x"]
    path.unlink()
    x[0] = 5.0
    assert x.tolist() == [5.0, 1.0, 1.0]


def test_the_file_can_be_read_by_others_as_ordinary_ones_can(tmp_path):
    (tmp_path / "ordinary").write_bytes(b"")
    save_file({"x": np.ones(3)}, tmp_path / "x.safetensors")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.safetensors"
    save_file({"x": np.ones(3)}, path)
    with pytest.raises(TypeError, match="y is a list"):
        save_file({"x": np.zeros(3), "y": [1, 2]}, path)
    assert load_file(path)["x"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("tensors", "metadata", "message"),
    [
        ({"x": np.zeros(2, complex)}, None, "x is complex128"),
        ({"x": np.array(["a"])}, None, "x is <U1"),
        ({3: np.zeros(2)}, None, "name 3 is a int"),
        ({"x": np.zeros(2)}, {"epoch": 3}, "metadata 'epoch' is a int"),
    ],
)
def test_what_the_format_lacks_is_refused_by_name(tmp_path, tensors, metadata, message):
    with pytest.raises(TypeError, match=message):
        save_file(tensors, tmp_path / "x.safetensors", metadata)
    assert not list(tmp_path.iterdir())


class TestDamaged:
    @pytest.fixture
    def path(self, tmp_path):
        save_file({"x": np.arange(100.0)}, tmp_path / "x.safetensors", {"a": "b"})
        return tmp_path / "x.safetensors"

    @pytest.mark.parametrize("length", [0, 4, 20, 200, -1])
    def test_cut_off(self, path, length):
        path.write_bytes(path.read_bytes()[:length])
        for read in (load_file, read_metadata):
            with pytest.raises(ValueError, match=r"x\.safetensors: not a safetensors file, or cut off"):
                read(path)

    def test_something_else(self, path):
        path.write_bytes(b"\x89PNG" * 100)
        with pytest.raises(ValueError, match=r"x\.safetensors: not a safetensors file"):
            load_file(path)

    def test_missing(self, tmp_path):
        for read in (load_file, read_metadata):
            with pytest.raises(FileNotFoundError, match=r"none\.safetensors: no such file"):
                read(tmp_path / "none.safetensors")

    def test_a_folder(self, tmp_path):
        with pytest.raises(IsADirectoryError, match="is a folder"):
            load_file(tmp_path)


class TestFilesOfPyTorch:
    @pytest.fixture
    def torch(self):
        return pytest.importorskip("torch")

    def test_a_model_loads_as_it_is(self, torch, tmp_path, device):
        save = pytest.importorskip("safetensors.torch").save_file
        theirs = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 2))
        save(theirs.state_dict(), tmp_path / "theirs.safetensors", {"format": "pt"})
        ours = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2)).to(device)
        ours.load_state_dict(load_file(tmp_path / "theirs.safetensors"))
        x = np.linspace(-1, 1, 15, dtype=np.float32).reshape(3, 5)
        expected = theirs(torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(ours(tg.asarray(x, device=device)).detach().numpy(), expected, rtol=1e-5, atol=1e-6)

    def test_theirs_reads_ours(self, torch, tmp_path):
        load = pytest.importorskip("safetensors.torch").load_file
        ours = nn.Linear(5, 7)
        save_file(ours.state_dict(), tmp_path / "ours.safetensors")
        theirs = torch.nn.Linear(5, 7)
        theirs.load_state_dict(load(tmp_path / "ours.safetensors"))
        np.testing.assert_array_equal(theirs.weight.detach().numpy(), ours.weight.detach().numpy())

    def test_bfloat16_without_its_package_becomes_float32_without_loss(self, torch, tmp_path, device, monkeypatch):
        save = pytest.importorskip("safetensors.torch").save_file
        monkeypatch.setattr(dtypes, "find_spec", lambda name: None)
        x = torch.tensor([[1.5, -2.25, float("inf")], [3e38, -0.0, 1e-40]]).bfloat16()
        save({"x": x, "scalar": x[0, 0].clone(), "y": torch.ones(2)}, tmp_path / "x.safetensors")
        loaded = load_file(tmp_path / "x.safetensors", device)
        assert {name: t.dtype for name, t in loaded.items()} == dict.fromkeys(("x", "scalar", "y"), tg.float32)
        np.testing.assert_array_equal(loaded["x"].numpy(), x.float().numpy())
        assert loaded["scalar"].shape == ()

    def test_bfloat16_there_and_back(self, torch, tmp_path):
        pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
        files = pytest.importorskip("safetensors.torch")
        theirs = torch.nn.Linear(5, 7).bfloat16()
        files.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
        loaded = load_file(tmp_path / "theirs.safetensors")
        assert {x.dtype for x in loaded.values()} == {tg.bfloat16}
        loaded["weight"][0] = 0.0  # memory that can be written
        for dtype in (tg.bfloat16, tg.float32):
            ours = nn.Linear(5, 7, dtype=dtype)
            ours.load_state_dict(load_file(tmp_path / "theirs.safetensors"))
            assert ours.weight.dtype == dtype
            assert ours.weight.tolist() == theirs.weight.tolist()
            save_file(ours.state_dict(), tmp_path / "ours.safetensors")
            back = files.load_file(tmp_path / "ours.safetensors")
            assert str(back["weight"].dtype) == f"torch.{dtype}"
            theirs.load_state_dict(back)
            assert ours.bias.tolist() == theirs.bias.tolist()
        narrow = nn.Linear(5, 7, dtype=tg.bfloat16)  # and a file in float32 into bfloat16
        state = torch.nn.Linear(5, 7).state_dict()
        theirs.load_state_dict(state)
        files.save_file(state, tmp_path / "wide.safetensors")
        narrow.load_state_dict(load_file(tmp_path / "wide.safetensors"))
        assert narrow.weight.tolist() == theirs.weight.tolist()

    def test_bfloat16_for_another_device_becomes_float32(self, torch, tmp_path):
        save = pytest.importorskip("safetensors.torch").save_file
        save({"x": torch.ones(2).bfloat16()}, tmp_path / "x.safetensors")
        assert load_file(tmp_path / "x.safetensors", "strict")["x"].dtype == tg.float32

    def test_8_bit_floats_are_refused_by_name(self, torch, tmp_path):
        save = pytest.importorskip("safetensors.torch").save_file
        save({"y": torch.ones(2), "x": torch.ones(2).to(torch.float8_e4m3fn)}, tmp_path / "x.safetensors")
        with pytest.raises(ValueError, match=r"no array can hold x \(F8_E4M3\)"):
            load_file(tmp_path / "x.safetensors")
