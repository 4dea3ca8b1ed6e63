"""Reading images, and fitting them to what a model was trained on."""

import builtins

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_nn.data import load_digits
from tinygrad_nn.interop import fit_image, read_image

GREY = np.array([[0, 51, 255], [102, 204, 153]], np.uint8)


def write_pgm(path, content):
    path.write_bytes(content)
    return path


class TestRead:
    @pytest.mark.parametrize(
        "content",
        [
            b"P5 3 2 255 " + GREY.tobytes(),
            b"P5\n# made by hand\n3 2\n# again\n255\n" + GREY.tobytes(),
            b"P2\n3 2\n255\n0 51 255\n102 204 153\n",
            b"P5 3 2 65535\n" + (GREY.astype(">u2") * 257).tobytes(),
            b"P2 3 2 5 0 1 5 2 4 3",
        ],
    )
    def test_pgm(self, tmp_path, content):
        image = read_image(write_pgm(tmp_path / "a.pgm", content))
        assert image.dtype == np.float32
        np.testing.assert_allclose(image, GREY / 255, rtol=1e-6)

    @pytest.mark.parametrize("content", [b"", b"P6 3 2 255 ", b"P5 3", b"text"])
    def test_no_pgm(self, tmp_path, content):
        with pytest.raises(ValueError, match=r"a\.pgm: not a PGM image"):
            read_image(write_pgm(tmp_path / "a.pgm", content))

    @pytest.mark.parametrize("content", [b"P5 3 2 255 abc", b"P2 3 2 255 1 2 3", b"P2 3 2 255 1 2 3 4 5 x"])
    def test_pgm_with_too_few_pixels(self, tmp_path, content):
        with pytest.raises(ValueError, match="does not hold the 3 x 2 pixels"):
            read_image(write_pgm(tmp_path / "a.pgm", content))

    @pytest.mark.parametrize(
        "array",
        [GREY, GREY / 255, (GREY / 255).astype(np.float32), GREY.astype(np.uint16) * 257],
        ids=["uint8", "float64", "float32", "uint16"],
    )
    def test_npy(self, tmp_path, array):
        np.save(tmp_path / "a.npy", array)
        np.testing.assert_allclose(read_image(tmp_path / "a.npy"), GREY / 255, rtol=1e-6)

    def test_npy_of_several(self, tmp_path):
        np.save(tmp_path / "a.npy", np.zeros((4, 1, 3, 2), bool))
        assert read_image(tmp_path / "a.npy").shape == (4, 3, 2)

    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.zeros(3), r"found shape \(3,\)"),
            (np.zeros((2, 3, 4, 4)), r"found shape \(2, 3, 4, 4\)"),
            (np.zeros((0, 4, 4)), r"found shape \(0, 4, 4\)"),
            (np.full((2, 2), 16.0), "found values from 16 to 16"),
            (np.full((2, 2), np.nan), "found values from nan to nan"),
            (np.full((2, 2), -1), "found values from"),
            (np.array([["a"]]), "found <U1"),
            (np.zeros((2, 2), complex), "found complex128"),
        ],
    )
    def test_npy_that_is_no_image(self, tmp_path, array, message):
        np.save(tmp_path / "a.npy", array)
        with pytest.raises(ValueError, match=rf"a\.npy: {message}"):
            read_image(tmp_path / "a.npy")

    def test_npy_is_never_unpickled(self, tmp_path):
        np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
        with pytest.raises(ValueError, match="not an array file of numbers"):
            read_image(tmp_path / "a.npy")

    @pytest.mark.parametrize("content", [b"", b"text", b"\x93NUMPY\x01\x00"])
    def test_npy_that_is_damaged(self, tmp_path, content):
        (tmp_path / "a.npy").write_bytes(content)
        with pytest.raises(ValueError, match="not an array file of numbers"):
            read_image(tmp_path / "a.npy")

    def test_missing(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"a\.png: no such file"):
            read_image(tmp_path / "a.png")
        with pytest.raises(IsADirectoryError, match="is a folder"):
            read_image(tmp_path)


class TestReadPictures:
    @pytest.fixture
    def pillow(self):
        return pytest.importorskip("PIL.Image")

    def test_grey(self, pillow, tmp_path):
        pillow.fromarray(GREY).save(tmp_path / "a.png")
        np.testing.assert_allclose(read_image(tmp_path / "a.png"), GREY / 255, rtol=1e-6)

    def test_16_bits(self, pillow, tmp_path):
        pillow.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / "a.png")
        np.testing.assert_allclose(read_image(tmp_path / "a.png"), GREY / 255, rtol=1e-6)

    def test_colours_become_grey(self, pillow, tmp_path):
        pillow.new("RGB", (4, 3), (255, 0, 0)).save(tmp_path / "a.png")
        np.testing.assert_allclose(read_image(tmp_path / "a.png"), np.full((3, 4), 0.299), atol=0.01)

    def test_what_is_transparent_is_white_paper(self, pillow, tmp_path):
        pillow.new("RGBA", (4, 3), (0, 0, 0, 0)).save(tmp_path / "a.png")
        assert read_image(tmp_path / "a.png").min() == 1

    def test_no_picture(self, pillow, tmp_path):
        (tmp_path / "a.png").write_text("text")
        with pytest.raises(ValueError, match=r"a\.png: not an image of a known format"):
            read_image(tmp_path / "a.png")

    def test_without_pillow(self, tmp_path, monkeypatch):
        (tmp_path / "a.png").write_text("text")
        real = builtins.__import__

        def without(name, *args, **kwargs):
            if name.startswith("PIL"):
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(ImportError, match=r"pip install tinygrad_nn\[plot\]"):
            read_image(tmp_path / "a.png")


class TestFit:
    def test_an_image_of_the_size_stays_as_it_is(self):
        image = load_digits("test")[0][0, 0]
        np.testing.assert_array_equal(fit_image(image, (8, 8)), image)

    def test_dark_ink_on_paper_is_inverted(self):
        image = load_digits("test")[0][0, 0]
        np.testing.assert_allclose(fit_image(1 - image, (8, 8)), image, atol=1e-6)

    @given(
        height=st.integers(3, 40), width=st.integers(3, 40), shape=st.tuples(st.integers(3, 30), st.integers(3, 30)),
        paper=st.booleans(), margin=st.integers(0, 1),
    )  # fmt: skip
    def test_shape_range_and_margin(self, height, width, shape, paper, margin):
        image = np.zeros((height, width), np.float32)
        image[1:-1, 1:-1] = np.linspace(0.3, 1, (height - 2) * (width - 2)).reshape(height - 2, width - 2)
        fitted = fit_image(1 - image if paper else image, shape, margin=margin)
        assert fitted.shape == shape
        assert 0 <= fitted.min() <= fitted.max() <= 1 + 1e-6
        if (height, width) != shape:
            for axis in (0, 1):
                inked = np.flatnonzero(fitted.any(axis=axis))
                assert inked[-1] - inked[0] < max(1, shape[1 - axis] - 2 * margin)

    def test_size_and_place_on_the_paper_do_not_matter(self):
        digit = load_digits("test")[0][3, 0]
        expected = fit_image(np.pad(digit, 1), (8, 8))
        page = np.full((90, 120), 0.95, np.float32)
        page[20:60, 50:90] -= 0.9 * np.kron(digit, np.ones((5, 5), np.float32))
        assert abs(fit_image(page, (8, 8)) - expected).mean() < 0.05

    @pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
    def test_an_empty_picture_is_refused(self, value):
        with pytest.raises(ValueError, match=r"\(20 x 30 pixels\) shows no ink"):
            fit_image(np.full((20, 30), value, np.float32), (8, 8))
