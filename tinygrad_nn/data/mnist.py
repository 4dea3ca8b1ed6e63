"""MNIST, read from a folder of IDX files and checked, or downloaded where there is a network."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .idx import read_idx

ENVIRONMENT_VARIABLE = "TINYGRAD_NN_MNIST_DIR"

# split -> the images' and the labels' file
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

# Of the decompressed content: a .gz file's own digest changes whenever someone compresses it anew.
SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def load_mnist(
    split: str = "train", *, data_dir: str | os.PathLike[str] | None = None, download: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Load MNIST: 60,000 handwritten digits of 28x28 pixels to train on, 10,000 to test on.

    Each file is checked: its magic number, its lengths, and the SHA-256 of its decompressed content.

    Parameters
    ----------
    split : {"train", "test"}
        Which samples.
    data_dir : str or path-like, optional
        The folder with the files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, plain or ending in ``.gz``. By default the
        one that the environment variable ``TINYGRAD_NN_MNIST_DIR`` names, else ``~/.cache/tinygrad_nn/mnist``
        (``$XDG_CACHE_HOME/tinygrad_nn/mnist`` where that variable is set).
    download : bool
        Whether to download what is missing into that folder (11 MB; needs ``pip install tinygrad_nn[data]``).

    Returns
    -------
    images : numpy.ndarray
        float32 of shape (N, 1, 28, 28), from 0 (blank) to 1 (full).
    labels : numpy.ndarray
        int64 of shape (N,), the classes 0 to 9.

    Raises
    ------
    FileNotFoundError
        If a file is missing and `download` is false.
    ValueError
        If a file is damaged or is not MNIST's, or if `split` is neither of the two.
    ConnectionError
        If no mirror can be reached.
    ImportError
        If a download needs pooch and it is not installed.

    References
    ----------
    Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", derived from NIST's
    Special Databases 1 and 3; distributed under CC BY-SA 3.0. Y. LeCun, L. Bottou, Y. Bengio, P. Haffner,
    "Gradient-based learning applied to document recognition", Proceedings of the IEEE 86(11), 1998.

    Examples
    --------
    >>> from tinygrad_nn.data import load_mnist
    >>> load_mnist("train", data_dir="no-such-folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: MNIST: found neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz in ...
    """
    if split not in FILES:
        raise ValueError(f"split: found {split!r}, wanted 'train' or 'test'")
    folder = Path(data_dir or os.environ.get(ENVIRONMENT_VARIABLE) or _cache()).expanduser()
    images, labels = (_read(folder, name, download) for name in FILES[split])
    scaled = images[:, None].astype(np.float32)
    scaled /= 255
    return scaled, labels.astype(np.int64)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "tinygrad_nn" / "mnist"


def _read(folder: Path, name: str, download: bool) -> NDArray[Any]:
    path = next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)
    if path is None:
        if not download:
            raise FileNotFoundError(
                f"MNIST: found neither {name} nor {name}.gz in {folder}"
                f"{'' if folder.is_dir() else ', which is not a folder'}; put the four IDX files there, "
                f"name their folder with data_dir= or the environment variable {ENVIRONMENT_VARIABLE}, "
                "or download them with download=True"
            )
        return _download(folder, name)
    return read_idx(path, sha256=SHA256[name])


def _download(folder: Path, name: str) -> NDArray[Any]:
    """Fetch one file from the first mirror that has it; only a file that passes the checks is kept."""
    try:
        import pooch
    except ImportError:
        raise ImportError("downloading MNIST needs pooch: pip install tinygrad_nn[data]") from None
    folder.mkdir(parents=True, exist_ok=True)
    failures = []
    # In a folder of its own first, so that a download that is cut off or wrong leaves nothing behind.
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        part = Path(temporary) / f"{name}.gz"
        for mirror in MIRRORS:
            try:
                pooch.HTTPDownloader(progressbar=True)(f"{mirror}{name}.gz", str(part), None)
                array = read_idx(part, sha256=SHA256[name])
            except (OSError, ValueError) as error:  # requests' exceptions are OSErrors
                failures.append(f"{mirror}: {error}")
            else:
                part.replace(folder / part.name)
                return array
    raise ConnectionError(
        f"MNIST: could not download {name}.gz; where there is no network, copy the four IDX files to a folder"
        f" and name it with data_dir= or the environment variable {ENVIRONMENT_VARIABLE} "
        f"({'; '.join(failures)})"
    )
