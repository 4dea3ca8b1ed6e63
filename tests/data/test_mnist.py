"""load_mnist: on small stand-in files, from a local server, and on the real files where a folder has them."""

import gzip
import hashlib
import http.server
import os
import shutil
import sys
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tinygrad_nn.data import load_mnist, mnist

REAL = os.environ.get(mnist.ENVIRONMENT_VARIABLE)
needs_mnist = pytest.mark.skipif(not REAL, reason=f"{mnist.ENVIRONMENT_VARIABLE} names no folder with MNIST")

TRAIN_IMAGES, TRAIN_LABELS = mnist.FILES["train"]


def idx(array):
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(np.uint8).tobytes()


@pytest.fixture(autouse=True)
def no_folder_by_default(monkeypatch, tmp_path):
    monkeypatch.delenv(mnist.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def contents(monkeypatch):
    """Stand-ins for the four files, of a few samples, and their digests in place of the real ones."""
    contents = {}
    for n, (images, labels) in zip((3, 2), mnist.FILES.values(), strict=True):
        contents[images] = idx(np.arange(n * 28 * 28).reshape(n, 28, 28) % 256)
        contents[labels] = idx(np.arange(n) + 4)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(mnist, "SHA256", digests)
    return contents


@pytest.fixture
def folder(contents, tmp_path):
    for name, content in contents.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    return tmp_path


def assert_is_stand_in(split, n, **kwargs):
    images, labels = load_mnist(split, **kwargs)
    assert (images.shape, images.dtype) == ((n, 1, 28, 28), np.float32)
    assert (images.min(), images.max()) == (0, 1)
    assert labels.dtype == np.int64
    assert labels.tolist() == list(range(4, 4 + n))


@pytest.mark.parametrize(("split", "n"), [("train", 3), ("test", 2)])
def test_reads_gzip(folder, split, n):
    assert_is_stand_in(split, n, data_dir=folder)
    assert_is_stand_in(split, n, data_dir=str(folder))


def test_reads_plain(contents, tmp_path):
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    assert_is_stand_in("train", 3, data_dir=tmp_path)


def test_folder_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv(mnist.ENVIRONMENT_VARIABLE, str(folder))
    assert_is_stand_in("train", 3)


def test_argument_goes_before_the_environment(folder, monkeypatch):
    monkeypatch.setenv(mnist.ENVIRONMENT_VARIABLE, "no-such-folder")
    assert_is_stand_in("train", 3, data_dir=folder)


def test_folder_in_the_cache(folder, monkeypatch, tmp_path):
    cache = tmp_path / "elsewhere"
    shutil.copytree(folder, cache / "tinygrad_nn" / "mnist")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    assert_is_stand_in("test", 2)


def test_unknown_split(folder):
    with pytest.raises(ValueError, match="split: found 'all', wanted 'train' or 'test'"):
        load_mnist("all", data_dir=folder)


def test_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        load_mnist(data_dir=tmp_path / "nowhere")
    for words in ("nowhere, which is not a folder", "data_dir=", "TINYGRAD_NN_MNIST_DIR", "download=True"):
        assert words in str(error.value)


def test_missing_file_is_named(folder):
    (folder / f"{TRAIN_LABELS}.gz").unlink()
    with pytest.raises(FileNotFoundError, match="neither train-labels-idx1-ubyte nor"):
        load_mnist(data_dir=folder)
    assert_is_stand_in("test", 2, data_dir=folder)


def test_other_content_of_the_right_shape_is_refused(folder):
    (folder / f"{TRAIN_IMAGES}.gz").write_bytes(gzip.compress(idx(np.zeros((3, 28, 28)))))
    with pytest.raises(ValueError, match=f"{TRAIN_IMAGES}.gz: the content's SHA-256"):
        load_mnist(data_dir=folder)


def test_truncated_file_is_refused(folder):
    path = folder / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match="damaged gzip file"):
        load_mnist(data_dir=folder)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A server on this machine in place of the mirrors; yields the folder that it serves."""
    pytest.importorskip("pooch")
    served = tmp_path / "served"
    served.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=served)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        monkeypatch.setattr(mnist, "MIRRORS", (f"http://127.0.0.1:{server.server_port}/",))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield served
        server.shutdown()
        thread.join()


def test_downloads_once(contents, mirror, tmp_path):
    for name, content in contents.items():
        (mirror / f"{name}.gz").write_bytes(gzip.compress(content, 1))
    target = tmp_path / "new" / "mnist"
    assert_is_stand_in("train", 3, data_dir=target, download=True)
    assert sorted(os.listdir(target)) == [f"{TRAIN_IMAGES}.gz", f"{TRAIN_LABELS}.gz"]
    shutil.rmtree(mirror)
    assert_is_stand_in("train", 3, data_dir=target, download=True)
    assert_is_stand_in("train", 3, data_dir=target)


def test_downloads_to_the_cache_by_default(contents, mirror, tmp_path):
    for name, content in contents.items():
        (mirror / f"{name}.gz").write_bytes(gzip.compress(content))
    assert_is_stand_in("test", 2, download=True)
    assert (tmp_path / "cache" / "tinygrad_nn" / "mnist").is_dir()
    assert_is_stand_in("test", 2)


def test_second_mirror_serves_where_the_first_fails(contents, mirror, tmp_path, monkeypatch):
    (mirror / "good").mkdir()
    for name, content in contents.items():
        (mirror / f"{name}.gz").write_bytes(gzip.compress(b"<html>blocked</html>"))
        (mirror / "good" / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(mnist, "MIRRORS", (*mnist.MIRRORS, mnist.MIRRORS[0] + "good/"))
    assert_is_stand_in("train", 3, data_dir=tmp_path / "new", download=True)


def test_no_mirror_leaves_nothing_behind_and_says_what_to_do(contents, mirror, tmp_path):
    (mirror / f"{TRAIN_IMAGES}.gz").write_bytes(b"not what was asked for")
    target = tmp_path / "new"
    with pytest.raises(ConnectionError, match="could not download train-images-idx3-ubyte") as error:
        load_mnist(data_dir=target, download=True)
    assert "data_dir=" in str(error.value)
    assert "not an IDX file" in str(error.value)
    assert os.listdir(target) == []


def test_no_network(contents, mirror, tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9/",))  # the discard port: nobody listens
    with pytest.raises(ConnectionError, match="where there is no network"):
        load_mnist(data_dir=tmp_path / "new", download=True)


def test_no_pooch(contents, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r"pip install tinygrad_nn\[data\]"):
        load_mnist(data_dir=tmp_path, download=True)


def test_no_download_where_the_files_are(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert_is_stand_in("train", 3, data_dir=folder, download=True)


@needs_mnist
@pytest.mark.parametrize(("split", "n"), [("train", 60_000), ("test", 10_000)])
def test_real_mnist(split, n):
    images, labels = load_mnist(split, data_dir=REAL)
    assert (images.shape, images.dtype) == ((n, 1, 28, 28), np.float32)
    assert (images.min(), images.max()) == (0, 1)
    assert (labels.shape, labels.dtype) == ((n,), np.int64)
    assert set(labels.tolist()) == set(range(10))


@needs_mnist
def test_real_mnist_downloads_from_a_mirror(mirror, tmp_path):
    for name in mnist.FILES["test"]:
        packed, plain = Path(REAL, f"{name}.gz"), Path(REAL, name)
        content = packed.read_bytes() if packed.exists() else gzip.compress(plain.read_bytes())
        (mirror / f"{name}.gz").write_bytes(content)
    images, _ = load_mnist("test", data_dir=tmp_path / "new", download=True)
    assert len(images) == 10_000
