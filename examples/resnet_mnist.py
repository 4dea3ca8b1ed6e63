"""A small residual network on MNIST: blocks that add what they compute to their input, with batch normalization.

    python examples/resnet_mnist.py --compile

After He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", arXiv:1512.03385, 2015: three blocks, each
of which halves the sides; then the mean over all places, and one linear layer. MNIST's files are looked for where the
environment variable TINYGRAD_NN_MNIST_DIR says; `--download` fetches them.

One epoch takes it to 99.0 % on the test images, in under two minutes of processor time with `--compile` and numba.
"""

import argparse
import time

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import ArrayDataset, DataLoader, load_mnist

parser = argparse.ArgumentParser(description="Train a small ResNet on MNIST.")
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--images", type=int, default=60_000, help="how many of the 60,000 to train on")
parser.add_argument("--channels", type=int, default=16, help="of the first block")
parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
parser.add_argument("--compile", action="store_true", help="run the steps as a compiled program")
parser.add_argument("--download", action="store_true", help="download MNIST if it is not there")
args = parser.parse_args()
tg.manual_seed(0)
tg.keep_freed_memory()


class Block(nn.Module):
    """(N, channels, H, W) -> (N, wider, H / 2, W / 2), rounded up."""

    def __init__(self, channels, wider):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, wider, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(wider)
        self.conv2 = nn.Conv2d(wider, wider, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(wider)
        self.shortcut = nn.Sequential(nn.Conv2d(channels, wider, 1, stride=2, bias=False), nn.BatchNorm2d(wider))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU())
        widths = [channels, channels, 2 * channels, 4 * channels]
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in zip(widths, widths[1:])))
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x):
        y = self.blocks(self.stem(x))  # (N, 1, 28, 28) -> (N, 4 * channels, 4, 4)
        return self.head(y.mean(axis=(2, 3)))


images, labels = load_mnist("train", download=args.download)  # (60000, 1, 28, 28) from 0 to 1, (60000,)
images, labels = images[: args.images], labels[: args.images]
test = ArrayDataset(*load_mnist("test", download=args.download))
loader = DataLoader(ArrayDataset(images, labels), batch_size=128, shuffle=True, drop_last=True, device=args.device)
model = ResNet(args.channels, classes=10).to(args.device)
optimizer = optim.AdamW(model.parameters(), weight_decay=1e-2)
scheduler = optim.OneCycleLR(optimizer, max_lr=1e-2, total_steps=args.epochs * len(loader))


def step(x, y):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def accuracy(data):
    model.eval()  # batch normalization takes the statistics that it has kept
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
    print(f"epoch {epoch}/{args.epochs}: loss {total / len(loader):.4f}, test accuracy {100 * accuracy(test):.2f} %, "
          f"{seconds:.0f} s", flush=True)  # fmt: skip
