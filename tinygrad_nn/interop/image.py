"""Pictures as arrays: reading grey images from files, and fitting them to the size that a model was trained on."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_image", "read_image"]

Image = NDArray[np.float32]

_PGM_HEADER = re.compile(rb"P([25])" + rb"(?:\s+(?:#[^\n]*\n\s*)*)(\d+)" * 3 + rb"\s")


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read one grey image, or several from an array file.

    Parameters
    ----------
    path : str or path-like
        ``.npy`` with one image (H, W) or several (N, H, W) or (N, 1, H, W); ``.pgm``; or any format that Pillow
        reads, such as PNG (needs ``pip install tinygrad_nn[plot]``), whose colours are turned to grey.

    Returns
    -------
    numpy.ndarray
        float32 of shape (H, W) or (N, H, W), from 0 (black) to 1 (white).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no image, has another shape, or values outside of the range: integers count from 0 to the most
        that their dtype holds, floats from 0 to 1.
    ImportError
        If the format needs Pillow and it is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn.interop import read_image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "image.pgm"
    ...     _ = path.write_bytes(b"P5 2 1 255 " + bytes([0, 255]))
    ...     read_image(path)
    array([[0., 1.]], dtype=float32)
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; wanted is an image file or an array file (.npy)")
    if path.suffix == ".npy":
        return _from_array(path)
    if path.suffix == ".pgm":
        return _from_pgm(path)
    return _from_picture(path)


def _from_array(path: Path) -> Image:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: not an array file of numbers ({error})") from None
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (2, 3) or array.size == 0:
        raise ValueError(f"{path}: found shape {array.shape}; wanted is (H, W), (N, H, W) or (N, 1, H, W)")
    if array.dtype.kind in "iu":
        array = array / np.iinfo(array.dtype).max
    elif array.dtype.kind not in "bf":
        raise ValueError(f"{path}: found {array.dtype}; wanted are integers, floats from 0 to 1, or bools")
    if not (array.min() >= 0 and array.max() <= 1):  # false for NaN too
        raise ValueError(
            f"{path}: found values from {array.min():g} to {array.max():g}; wanted are floats from 0 to 1, or "
            "integers as uint8"
        )
    image: Image = array.astype(np.float32)
    return image


def _from_pgm(path: Path) -> Image:
    content = path.read_bytes()
    header = _PGM_HEADER.match(content)
    if header is None:
        raise ValueError(f"{path}: not a PGM image (no header such as 'P5 28 28 255')")
    kind, width, height, maximum = (int(part) for part in header.groups())
    body = content[header.end() :]
    try:
        if kind == 2:
            values = np.array(body.split(), np.int64)
        else:
            values = np.frombuffer(body, np.uint8 if maximum < 256 else ">u2", width * height)
        return values.reshape(height, width).astype(np.float32) / np.float32(maximum)
    except ValueError:
        raise ValueError(f"{path}: does not hold the {width} x {height} pixels that its header tells of") from None


def _from_picture(path: Path) -> Image:
    try:
        from PIL import Image as pillow
        from PIL import UnidentifiedImageError
    except ImportError:
        raise ImportError(
            f"reading {path.name} needs Pillow: pip install tinygrad_nn[plot]; .pgm and .npy files need nothing"
        ) from None
    try:
        with pillow.open(path) as picture:
            if picture.mode.startswith("I;16"):
                return np.asarray(picture, np.float32) / np.float32(65535)
            rgba = picture.convert("RGBA")
    except UnidentifiedImageError:
        raise ValueError(f"{path}: not an image of a known format") from None
    # What is transparent shows white paper.
    paper = pillow.new("RGBA", rgba.size, "white")
    return np.asarray(pillow.alpha_composite(paper, rgba).convert("L"), np.float32) / np.float32(255)


def fit_image(image: Image, shape: tuple[int, int], *, margin: int = 0) -> Image:
    """Make a picture of a digit look like the images that a model was trained on: light ink on black, of one size.

    A picture with a light border is inverted. One of another size is cut to its ink, scaled so that the longer side
    of the ink fills the image up to the margins, and placed with its centre of mass in the middle.

    Parameters
    ----------
    image : numpy.ndarray, shape (H, W)
        From 0 to 1.
    shape : tuple of int
        The height and width wanted.
    margin : int
        Pixels that the ink is to be smaller on each side; its placing may move it into them.

    Returns
    -------
    numpy.ndarray
        float32 of that shape, from 0 to 1.

    Raises
    ------
    ValueError
        If there is nothing in the picture.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.interop import fit_image
    >>> paper = np.ones((10, 10), np.float32)
    >>> paper[2:8, 4:6] = 0
    >>> fit_image(paper, (3, 3))
    array([[0., 1., 0.],
           [0., 1., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    ground = np.median(np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]]))
    if image.shape == shape:
        return (1 - image if ground > 0.5 else image).astype(np.float32)
    # Paper is hardly ever of one shade: less than a fifth of the strongest stroke does not count as ink.
    ink = ground - image if ground > 0.5 else image - ground
    marked = ink > 0.2 * ink.max()
    if not ink.max() > 0.05 or marked.all():
        raise ValueError(f"the picture ({image.shape[0]} x {image.shape[1]} pixels) shows no ink on a plain ground")
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    ink = np.where(marked, ink, 0)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = min((size - 2 * margin) / length for size, length in zip(shape, ink.shape, strict=True))
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    ink = _resampling(ink.shape[0], height) @ ink @ _resampling(ink.shape[1], width).T
    ink /= ink.max()
    top, left = _centred(ink.sum(axis=1), shape[0]), _centred(ink.sum(axis=0), shape[1])
    fitted = np.zeros(shape, np.float32)
    fitted[top : top + height, left : left + width] = ink
    return fitted


def _centred(profile: NDArray[Any], size: int) -> int:
    """Where to begin so that the centre of mass lies in the middle, as far as there is room."""
    centre = (profile * (np.arange(len(profile)) + 0.5)).sum() / profile.sum()
    return int(np.clip(round(size / 2 - centre), 0, size - len(profile)))


def _resampling(length: int, wanted: int) -> NDArray[Any]:
    """The matrix (wanted, length) of averages over the areas of fewer pixels, or of interpolation to more."""
    step = length / wanted
    distances = abs(np.arange(length) + 0.5 - (np.arange(wanted)[:, None] + 0.5) * step)
    weights = np.clip(step / 2 + 0.5 - distances, 0, 1) if step >= 1 else np.maximum(0, 1 - distances)
    normalised: NDArray[Any] = weights / weights.sum(axis=1, keepdims=True)
    return normalised
