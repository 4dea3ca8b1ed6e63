"""Helpers around modules, where PyTorch's users look for them."""

from . import rnn

__all__ = ["rnn"]
