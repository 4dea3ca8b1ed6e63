"""Exchange with other programs: weights as safetensors, pictures as arrays, NumPy's functions and einops on tensors."""

from .einops import register_einops
from .files import replacing
from .image import fit_image, read_image
from .safetensors import load_file, read_metadata, save_file

__all__ = ["fit_image", "load_file", "read_image", "read_metadata", "register_einops", "replacing", "save_file"]
