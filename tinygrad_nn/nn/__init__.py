"""Neural networks: modules, layers and losses; `nn.functional` has them as functions, `nn.init` fills parameters."""

# isort: off
from . import functional, init
from .activations import (
    ELU, GELU, SELU, Hardtanh, LeakyReLU, LogSigmoid, LogSoftmax, Mish, PReLU, ReLU, Sigmoid, SiLU, Softmax, Softplus,
    Softsign, Tanh,
)  # fmt: skip
from .containers import ModuleDict, ModuleList, Sequential
from .dropout import Dropout
from .functional_call import functional_call
from .linear import Flatten, Identity, Linear
from .losses import (
    BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, KLDivLoss, L1Loss, MSELoss, NLLLoss, RMSELoss,
    SmoothL1Loss,
)  # fmt: skip
from .module import Module
from .parameter import Parameter
from .penalties import l1_penalty, l2_penalty
# isort: on

__all__ = [
    "ELU", "GELU", "SELU", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "Dropout", "Flatten", "Hardtanh",
    "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MSELoss",
    "Mish", "Module", "ModuleDict", "ModuleList", "NLLLoss", "PReLU", "Parameter", "RMSELoss", "ReLU", "Sequential",
    "SiLU", "Sigmoid", "SmoothL1Loss", "Softmax", "Softplus", "Softsign", "Tanh", "functional", "functional_call",
    "init", "l1_penalty", "l2_penalty",
]  # fmt: skip
