"""Losses as modules; the functions themselves, with their formulas, are in `nn.functional`."""

# isort: off
from .classification import CrossEntropyLoss, NLLLoss
from .ctc import CTCLoss
from .distribution import BCELoss, BCEWithLogitsLoss, KLDivLoss
from .likelihood import GaussianNLLLoss, PoissonNLLLoss
from .linear_cross_entropy import LinearCrossEntropyLoss
from .margin import MarginRankingLoss, MultiLabelMarginLoss, MultiLabelSoftMarginLoss, MultiMarginLoss, SoftMarginLoss
from .regression import HuberLoss, L1Loss, MSELoss, RMSELoss, SmoothL1Loss
from .similarity import CosineEmbeddingLoss, HingeEmbeddingLoss, TripletMarginLoss, TripletMarginWithDistanceLoss
# isort: on

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CTCLoss", "CosineEmbeddingLoss", "CrossEntropyLoss", "GaussianNLLLoss",
    "HingeEmbeddingLoss", "HuberLoss", "KLDivLoss", "L1Loss", "LinearCrossEntropyLoss", "MSELoss", "MarginRankingLoss",
    "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss", "PoissonNLLLoss", "RMSELoss",
    "SmoothL1Loss", "SoftMarginLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss",
]  # fmt: skip
