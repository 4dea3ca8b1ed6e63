"""LeNet on MNIST: two convolutions, each with a max-pool, and three linear layers.

    python examples/lenet_mnist.py --compile

The shape is LeNet-5's (LeCun, Bottou, Bengio and Haffner 1998), with ReLU and max-pooling. MNIST's files are looked for
where the environment variable TINYGRAD_NN_MNIST_DIR says; `--download` fetches them.

It reaches 99.27 % on the test images in 10 epochs, which take 9 minutes of processor time with `--compile` and numba.
"""

import argparse
import time

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import ArrayDataset, DataLoader, load_mnist

parser = argparse.ArgumentParser(description="Train LeNet on MNIST.")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--images", type=int, default=60_000, help="how many of the 60,000 to train on")
parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
parser.add_argument("--compile", action="store_true", help="run the steps as a compiled program")
parser.add_argument("--download", action="store_true", help="download MNIST if it is not there")
args = parser.parse_args()
tg.manual_seed(0)
tg.keep_freed_memory()

images, labels = load_mnist("train", download=args.download)  # (60000, 1, 28, 28) from 0 to 1, (60000,)
images, labels = images[: args.images], labels[: args.images]
test = ArrayDataset(*load_mnist("test", download=args.download))
loader = DataLoader(ArrayDataset(images, labels), batch_size=128, shuffle=True, drop_last=True, device=args.device)

model = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # (N, 6, 14, 14)
    nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),  # (N, 16, 5, 5)
    nn.Flatten(),
    nn.Linear(16 * 5 * 5, 120), nn.ReLU(),
    nn.Linear(120, 84), nn.ReLU(),
    nn.Linear(84, 10),
).to(args.device)  # fmt: skip
optimizer = optim.Adam(model.parameters())
scheduler = optim.OneCycleLR(optimizer, max_lr=5e-3, total_steps=args.epochs * len(loader))


def step(x, y):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def accuracy(data):
    model.eval()
    with tg.no_grad():
        right = [(model(x).argmax(axis=1) == y).sum().item() for x, y in DataLoader(data, 500, device=args.device)]
    model.train()
    return sum(right) / len(data)


if args.compile:
    step = tg.compile(step)
start = time.perf_counter()
for epoch in range(1, args.epochs + 1):
    total = 0.0
    for x, y in loader:
        total += step(x, y).item()
        scheduler.step()
    seconds = time.perf_counter() - start
    print(f"epoch {epoch:2}/{args.epochs}: loss {total / len(loader):.4f}, test accuracy {100 * accuracy(test):.2f} %, "
          f"{seconds:.0f} s", flush=True)  # fmt: skip
