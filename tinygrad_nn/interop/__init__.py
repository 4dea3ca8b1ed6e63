"""Exchange with other programs: weights as safetensors, and out of PyTorch's own files; pictures as arrays; NumPy's
functions and einops on tensors."""

from .einops import register_einops
from .files import replacing
from .image import fit_image, read_image
from .safetensors import load_file, read_metadata, save_file
from .torch_files import TorchFileError, load_torch

__all__ = [
    "TorchFileError", "fit_image", "load_file", "load_torch", "read_image", "read_metadata", "register_einops",
    "replacing", "save_file",
]  # fmt: skip
