"""Data: bundled and read data sets, batches, splits and preparation, all NumPy arrays on the host."""

from .dataset import ArrayDataset, Dataset, Subset
from .digits import load_digits
from .idx import read_idx
from .loader import DataLoader
from .mnist import load_mnist
from .preprocess import Standardizer, one_hot, standardize
from .split import random_split, split_indices, train_test_split
from .toy import make_blobs, make_moons, make_noisy_function, make_rings, make_spirals, make_xor

__all__ = [
    "ArrayDataset",
    "DataLoader",
    "Dataset",
    "Standardizer",
    "Subset",
    "load_digits",
    "load_mnist",
    "make_blobs",
    "make_moons",
    "make_noisy_function",
    "make_rings",
    "make_spirals",
    "make_xor",
    "one_hot",
    "random_split",
    "read_idx",
    "split_indices",
    "standardize",
    "train_test_split",
]
