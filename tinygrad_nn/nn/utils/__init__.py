"""Helpers around modules, where PyTorch's users look for them."""

from . import rnn
from .vectors import parameters_to_vector, vector_to_parameters

__all__ = ["parameters_to_vector", "rnn", "vector_to_parameters"]
