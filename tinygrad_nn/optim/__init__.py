"""Optimizers, learning-rate schedulers and gradient clipping."""

from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .asgd import ASGD
from .chained import ChainedScheduler
from .clip import clip_grad_norm_, clip_grad_value_
from .cycles import CosineAnnealingWarmRestarts, CyclicLR
from .decays import CosineAnnealingLR, ExponentialDecayLR, ExponentialLR, InverseTimeLR, LinearLR
from .factors import ConstantLR, MultiplicativeLR, PolynomialLR
from .grad_scaler import GradScaler, scale_gradients
from .lamb import LAMB
from .lbfgs import LBFGS
from .lion import Lion
from .lookahead import Lookahead
from .muon import Muon
from .nadam import NAdam
from .one_cycle import OneCycleLR
from .optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .schedulers import LambdaLR, LRScheduler, MultiStepLR, Scheduler, StepLR
from .sequential import SequentialLR
from .sgd import SGD
from .swa import SWALR

__all__ = [
    "ASGD", "LAMB", "LBFGS", "SGD", "SWALR", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax",
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR",
    "ExponentialDecayLR", "ExponentialLR", "GradScaler", "InverseTimeLR", "LRScheduler", "LambdaLR", "LinearLR", "Lion",
    "Lookahead", "MultiStepLR", "MultiplicativeLR", "Muon", "NAdam", "OneCycleLR", "Optimizer", "PolynomialLR",
    "RAdam", "RMSprop", "ReduceLROnPlateau", "Rprop", "Scheduler", "SequentialLR", "StepLR", "clip_grad_norm_",
    "clip_grad_value_", "scale_gradients",
]  # fmt: skip
