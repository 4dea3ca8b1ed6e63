"""The functions behind layers and losses, under PyTorch's names (with `axis` for dim)."""

# isort: off
from ...ops import linear
from .activations import (
    elu, gelu, hardtanh, leaky_relu, log_softmax, logsigmoid, mish, prelu, relu, selu, sigmoid, silu, softmax,
    softplus, softsign, tanh,
)  # fmt: skip
from .classification import cross_entropy, nll_loss
from .distribution import binary_cross_entropy, binary_cross_entropy_with_logits, kl_div
from .dropout import dropout
from .regression import huber_loss, l1_loss, mse_loss, rmse_loss, smooth_l1_loss
# isort: on

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "dropout", "elu", "gelu", "hardtanh",
    "huber_loss", "kl_div", "l1_loss", "leaky_relu", "linear", "log_softmax", "logsigmoid", "mish", "mse_loss",
    "nll_loss", "prelu", "relu", "rmse_loss", "selu", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softplus",
    "softsign", "tanh",
]  # fmt: skip
