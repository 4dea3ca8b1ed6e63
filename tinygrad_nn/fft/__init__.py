"""Fourier transforms, under the names of the Array API's extension.

A transform of `n` values takes the first `n` along an axis, or as many zeros after those there are. The factor that
makes a transform and its inverse undo each other is where `norm` says: ``"backward"`` puts ``1 / n`` on the inverse,
``"forward"`` on the transform, ``"ortho"`` its root on both.
"""

from .frequencies import fftfreq, fftshift, ifftshift, rfftfreq
from .of_real import hfft, ihfft, irfft, irfftn, rfft, rfftn
from .transforms import fft, fftn, ifft, ifftn

__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip
