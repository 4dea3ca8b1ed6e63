"""Milliseconds that a training step takes, as JSON; `nndiy_convolution.py` runs it with one thread and with all.

    OMP_NUM_THREADS=1 python examples/papers/nndiy_speed.py --device cpu
"""

import argparse
import json
import time
from statistics import median

from nndiy_autoencoders import autoencoder
from nndiy_convolution import network_1d, network_2d

import tinygrad_nn as tg

parser = argparse.ArgumentParser(description="Measure training steps.")
parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
parser.add_argument("--seconds", type=float, default=1.5, help="for each network")
args = parser.parse_args()
tg.manual_seed(0)
tg.keep_freed_memory()

NETWORKS = {
    "autoencoder, batch 500": (autoencoder(256, 64, 256), (500, 784), "binary_crossentropy"),
    "1-D CNN, batch 500": (network_1d("relu"), (500, 1, 256), "sparse_categorical_crossentropy"),
    "2-D CNN, batch 500": (network_2d(), (500, 1, 28, 28), "sparse_categorical_crossentropy"),
}


def milliseconds(model, shape, loss):
    model.to(args.device)
    model.compile(loss, "adam", jit_compile=args.seconds > 1)  # compiling is worth it for long
    x = tg.rand(*shape).numpy()
    y = x if loss == "binary_crossentropy" else tg.randint(0, 10, (shape[0],)).numpy()
    model.fit(x, y, 3, batch_size=len(x), verbose=False)  # one step an epoch
    seconds, end = [], time.perf_counter() + args.seconds
    while not seconds or time.perf_counter() < end:
        seconds += model.fit(x, y, 10, batch_size=len(x), verbose=False)["seconds"][-10:]
    return 1000 * median(seconds)


print(json.dumps({name: round(milliseconds(*network), 2) for name, network in NETWORKS.items()}))
