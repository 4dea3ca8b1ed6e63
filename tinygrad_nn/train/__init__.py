"""Training: the trainer and its callbacks, metrics, histories and checkpoints."""

from .averaging import WeightAveraging
from .callbacks import Callback, Checkpoint, EarlyStopping, HistoryCSV
from .checkpoint import Snapshot, load_checkpoint, read_checkpoint, save_checkpoint
from .divergence import TrainingDiverged
from .history import History
from .metrics import (
    Accuracy,
    ConfusionMatrix,
    Metric,
    R2Score,
    TopKAccuracy,
    accuracy,
    confusion_matrix,
    r2_score,
    top_k_accuracy,
)  # fmt: skip
from .sequential import Sequential
from .trainer import Trainer
from .windowed_stopping import WindowedStopping

__all__ = [
    "Accuracy", "Callback", "Checkpoint", "ConfusionMatrix", "EarlyStopping", "History", "HistoryCSV", "Metric",
    "R2Score", "Sequential", "Snapshot", "TopKAccuracy", "Trainer", "TrainingDiverged", "WeightAveraging",
    "WindowedStopping", "accuracy", "confusion_matrix", "load_checkpoint", "r2_score", "read_checkpoint",
    "save_checkpoint", "top_k_accuracy",
]  # fmt: skip
