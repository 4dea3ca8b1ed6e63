"""The functions behind layers and losses, under PyTorch's names (with `axis` for dim)."""

# isort: off
from ...ops import linear
from .activations import (
    celu, elu, gelu, glu, hardtanh, leaky_relu, log_softmax, logsigmoid, mish, prelu, relu, selu, sigmoid, silu,
    softmax, softmin, softplus, softsign, tanh, tanhshrink,
)  # fmt: skip
from .attention import scaled_dot_product_attention
from .average_pooling import (
    adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d, avg_pool1d, avg_pool2d, avg_pool3d,
)  # fmt: skip
from .batch_normalization import batch_norm, instance_norm
from .bilinear import bilinear
from .categories import gumbel_softmax, one_hot
from .classification import cross_entropy, nll_loss
from .convolution import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from .ctc import ctc_loss
from .distance import cosine_similarity, normalize, pairwise_distance
from .distribution import binary_cross_entropy, binary_cross_entropy_with_logits, kl_div
from .dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from .embedding import embedding
from .embedding_bags import embedding_bag
from .folding import fold, unfold
from .fractional_pooling import fractional_max_pool2d, fractional_max_pool3d
from .grid_sampling import affine_grid, grid_sample
from .likelihood import gaussian_nll_loss, poisson_nll_loss
from .linear_cross_entropy import linear_cross_entropy
from .margin import (
    margin_ranking_loss, multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss, soft_margin_loss,
)  # fmt: skip
from .max_pooling import (
    adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d, max_pool1d, max_pool2d, max_pool3d,
)  # fmt: skip
from .norm_pooling import lp_pool1d, lp_pool2d, lp_pool3d
from .normalization import group_norm, layer_norm, local_response_norm, rms_norm
from .padding import pad
from .piecewise import hardshrink, hardsigmoid, hardswish, relu6, rrelu, softshrink, threshold
from .positions import rotary_embedding, sinusoidal_positions
from .regression import huber_loss, l1_loss, mse_loss, rmse_loss, smooth_l1_loss
from .resampling import interpolate
from .shuffling import channel_shuffle, pixel_shuffle, pixel_unshuffle
from .similarity import (
    cosine_embedding_loss, hinge_embedding_loss, triplet_margin_loss, triplet_margin_with_distance_loss,
)  # fmt: skip
from .unpooling import max_unpool1d, max_unpool2d, max_unpool3d
# isort: on

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "affine_grid", "alpha_dropout", "avg_pool1d", "avg_pool2d", "avg_pool3d", "batch_norm",
    "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits", "celu", "channel_shuffle", "conv1d",
    "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "cosine_embedding_loss",
    "cosine_similarity", "cross_entropy", "ctc_loss", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu",
    "embedding", "embedding_bag", "feature_alpha_dropout", "fold", "fractional_max_pool2d", "fractional_max_pool3d",
    "gaussian_nll_loss", "gelu", "glu", "grid_sample", "group_norm", "gumbel_softmax", "hardshrink", "hardsigmoid",
    "hardswish", "hardtanh", "hinge_embedding_loss", "huber_loss", "instance_norm", "interpolate", "kl_div", "l1_loss",
    "layer_norm", "leaky_relu", "linear", "linear_cross_entropy", "local_response_norm", "log_softmax", "logsigmoid",
    "lp_pool1d", "lp_pool2d", "lp_pool3d", "margin_ranking_loss", "max_pool1d", "max_pool2d", "max_pool3d",
    "max_unpool1d", "max_unpool2d", "max_unpool3d", "mish", "mse_loss", "multi_margin_loss", "multilabel_margin_loss",
    "multilabel_soft_margin_loss", "nll_loss", "normalize", "one_hot", "pad", "pairwise_distance", "pixel_shuffle",
    "pixel_unshuffle", "poisson_nll_loss", "prelu", "relu", "relu6", "rms_norm", "rmse_loss", "rotary_embedding",
    "rrelu", "scaled_dot_product_attention", "selu", "sigmoid", "silu", "sinusoidal_positions", "smooth_l1_loss",
    "soft_margin_loss", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
    "triplet_margin_loss", "triplet_margin_with_distance_loss", "unfold",
]  # fmt: skip
