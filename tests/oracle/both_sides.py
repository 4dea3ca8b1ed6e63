"""What is done on both sides before and after a call, with words that PyTorch's tensors and ours share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["AFTER", "BEFORE", "normalised"]


def symmetric(x: Any) -> Any:
    """Which triangle is read is nobody's promise, and how the gradient is shared by the two is not either."""
    return x + x.mT


def normalised(x: Any) -> Any:
    """Logarithms of probabilities: PyTorch's gradient of some functions is right where they add up to 1 only."""
    return x - x.exp().sum(-1)[..., None].log()


# What the input becomes.
BEFORE: dict[str, Callable[[Any], Any]] = dict.fromkeys(
    ("cholesky", "linalg.cholesky", "linalg.eigh", "linalg.eigvalsh", "linalg.pinv:hermitian"), symmetric
) | {"nn.functional.ctc_loss": normalised}


def eigenvalues_and_magnitudes(values: Any, vectors: Any) -> Any:
    """Eigenvectors are determined but for a factor of magnitude one."""
    return values, abs(vectors)


def singular_values_and_magnitudes(u: Any, s: Any, vh: Any) -> Any:
    """So are singular vectors, as far as there are singular values."""
    count = s.shape[-1]
    return abs(u[..., :count]), s, abs(vh[..., :count, :])


# What of the outputs is determined, where not all of it is.
AFTER: dict[str, Callable[..., Any]] = {
    "linalg.eig": eigenvalues_and_magnitudes,
    "linalg.eigh": eigenvalues_and_magnitudes,
    "linalg.svd": singular_values_and_magnitudes,
}
