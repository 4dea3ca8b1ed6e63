"""Optimizers, learning-rate schedulers and gradient clipping."""

from .adagrad import Adagrad
from .adam import Adam, AdamW
from .clip import clip_grad_norm_, clip_grad_value_
from .decays import CosineAnnealingLR, ExponentialDecayLR, ExponentialLR, InverseTimeLR, LinearLR
from .one_cycle import OneCycleLR
from .optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .rmsprop import RMSprop
from .schedulers import LambdaLR, LRScheduler, MultiStepLR, Scheduler, StepLR
from .sequential import SequentialLR
from .sgd import SGD

__all__ = [
    "SGD", "Adagrad", "Adam", "AdamW", "CosineAnnealingLR", "ExponentialDecayLR", "ExponentialLR", "InverseTimeLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR", "Optimizer", "RMSprop", "ReduceLROnPlateau",
    "Scheduler", "SequentialLR", "StepLR", "clip_grad_norm_", "clip_grad_value_",
]  # fmt: skip
